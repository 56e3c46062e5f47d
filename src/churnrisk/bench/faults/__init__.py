"""Faults on purpose: runs killed at many instants, a full disk, what cannot be written, what is gone half-way."""
