"""Customers grouped by how they use the product."""
