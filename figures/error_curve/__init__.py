"""SGD's test error against the distance from its boundary, and the law of the active shares."""
