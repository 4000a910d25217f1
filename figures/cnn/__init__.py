"""A convolutional network on digits with flipped labels: does SAM there do what the theory says that it does?"""
