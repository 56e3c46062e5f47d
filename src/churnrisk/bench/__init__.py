"""What describing and scoring costs, as a ratio to one plain pass over the event tables."""

from churnrisk.bench.report import as_text, run

__all__ = ["as_text", "run"]
