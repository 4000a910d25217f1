"""The window of radii: noise learned in two units of the radius, and the test error from one end to the other."""
