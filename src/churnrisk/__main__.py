"""Lets ``python -m churnrisk`` be the command line."""

from churnrisk.cli import main

if __name__ == "__main__":
    main()
