"""The true region against the proved one: how far outside its hypotheses each conclusion goes on holding."""
