"""SAM on clients whose labels are skewed: with local, global and estimated ascents."""
