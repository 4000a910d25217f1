"""Exponents: fitted minus predicted, with intervals, in the range that each statement allows."""
