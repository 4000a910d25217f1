"""Which hypotheses are needed: one is broken alone, and what falls is said."""
