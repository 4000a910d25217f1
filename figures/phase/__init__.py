"""Phase diagrams: test error over d and ||mu||, the measured contour, and the boundaries of the theorems."""
