"""Which rates moved more than chance explains, with one promise over all watched series."""
