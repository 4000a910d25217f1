"""A cartoon of the data, the network, and what SAM's ascent does."""
