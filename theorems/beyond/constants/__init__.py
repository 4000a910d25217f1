"""The hidden constants of the theorems, derived in the limit and measured along ladders."""
