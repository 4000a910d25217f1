"""Training, twice: in coefficients of any d, and on the weights with gradients by hand; they share no formula."""
