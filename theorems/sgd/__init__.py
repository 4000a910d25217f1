"""Training by gradient descent without perturbation."""
