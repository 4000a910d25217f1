"""Loss and test error through SAM, then SGD, beside SGD alone."""
