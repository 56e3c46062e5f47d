"""The script that goes out with every released model; it imports nothing of churnrisk."""
