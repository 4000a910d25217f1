"""The network and the optimisers of the paper on real images: a digit as signal patch, Gaussian noise as the others."""
