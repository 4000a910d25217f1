"""Tightness: measured over bound, for every inequality of every statement."""
