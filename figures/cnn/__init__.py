"""A convolutional network on digits with flipped labels, trained by SGD and by SAM."""
