"""Servers of other makers, as far as their published interfaces go, on this machine."""
