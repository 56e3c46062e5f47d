"""Key figures: what was lost, where, since when, and whether it is more than chance."""
