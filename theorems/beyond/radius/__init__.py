"""The radius of SAM: the smallest that prevents noise, the largest that helps, and a rule."""
