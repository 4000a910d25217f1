"""Test error of SGD, SAM and their variants, from the same data and start."""
