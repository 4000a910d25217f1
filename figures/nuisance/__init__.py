"""Pieces of photographs in the place of Gaussian noise, and where SGD and SAM begin to test well."""
