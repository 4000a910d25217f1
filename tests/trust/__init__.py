"""Tests of the verifier: mutations, calibration over blocks of seeds, properties."""
