"""Spine, features and label brought together, one row for each (customer, cutoff)."""
