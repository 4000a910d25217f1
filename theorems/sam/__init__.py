"""Training by sharpness-aware minimization."""
