"""The explorable: one page in which the theorem runs while a hand moves its sliders."""
