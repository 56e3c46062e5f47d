"""The tables a company gives: what each must hold, and what was known when."""
