"""Radius and length of the SAM stage together: the map of the final test error."""
