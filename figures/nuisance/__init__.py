"""Pieces of photographs in the place of Gaussian noise: where do SGD and SAM begin to test well?"""
