"""The verdict matrix: a tile a statement, by kind, shaded by the room that was left."""
