"""Test error of SAM on clients, against the skew of their labels and against the error of a global ascent."""
