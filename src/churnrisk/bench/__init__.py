"""What describing and scoring costs, as a ratio to one plain pass over the event tables."""
