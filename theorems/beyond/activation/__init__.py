"""Other activations than relu: where the boundary lies, and whether SAM's mechanism needs a slope of zero."""
