"""A training: candidates against simple rules and the champion, and what is written down of it."""
