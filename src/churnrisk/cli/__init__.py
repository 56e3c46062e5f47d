"""The command line: each command reads settings, calls one flow, and prints what came of it."""

from churnrisk.cli import figures, learning, measuring, nights
from churnrisk.cli.app import app, main

__all__ = ["app", "figures", "learning", "main", "measuring", "nights"]
