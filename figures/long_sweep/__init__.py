"""A long sweep: memory against cells done, and the time to list what is done against the size of the folder."""
