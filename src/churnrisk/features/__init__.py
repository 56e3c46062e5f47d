"""Signals: what is known of a customer at a cutoff, one registered function each."""
