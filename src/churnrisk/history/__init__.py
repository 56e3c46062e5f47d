"""What was said of customers night after night, and what moved since."""
