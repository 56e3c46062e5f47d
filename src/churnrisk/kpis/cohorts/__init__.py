"""Customers by the month in which they began: who is still there, what they pay, how long until the first churn."""
