"""Hidden constants along their ladders: each rung's ratio to its scale, over the value derived for the limit."""
