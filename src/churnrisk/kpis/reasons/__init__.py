"""Why customers say they leave, and what the data say beside it."""
