"""What the team does with a list: whom it contacts, whom it leaves alone, and what it does for which reason."""
