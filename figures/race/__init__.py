"""The race: signal learned against noise memorised, one path an optimiser."""
