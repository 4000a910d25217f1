"""Concentration at the start: what data and initial weights look like, with probability 1 - delta."""
