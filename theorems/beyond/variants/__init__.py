"""SAM and SGD as other algorithms do them: which keep the gap, and which lose it."""
