"""Local SGD beside parallel SGD, with label noise and without."""
