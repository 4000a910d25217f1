"""Deactivation: the share of noise-aligned filters that stays active at W + eps, against the radius."""
