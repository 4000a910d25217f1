"""Sharpness along SGD's and SAM's paths, and beside the test error at equal training loss."""
