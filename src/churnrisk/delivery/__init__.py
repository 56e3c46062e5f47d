"""Where lists go."""
