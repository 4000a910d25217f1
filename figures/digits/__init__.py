"""Real digits: test error over the noise, all pairs of digits, and the instant of the switch."""
