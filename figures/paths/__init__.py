"""Coefficient paths with their bounds and the closed form, under SGD and under SAM."""
