"""What of the theory holds on real digits."""
