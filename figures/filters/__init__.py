"""Filters switching off: which filters are active on which noise, at W and at W + eps, from the first epoch to T_1."""
