"""Sharpness of the solutions, and whether it tells which of them generalise."""
