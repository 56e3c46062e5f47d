"""What a person sees on the terminal after a command."""

from churnrisk.terminal.lists import show_score
from churnrisk.terminal.models import (
    show_backtest,
    show_bench,
    show_bench_kpis,
    show_bench_models,
    show_signals,
    show_training,
    show_versions,
)
from churnrisk.terminal.tables import show_check, show_flat_check, show_init, show_sample

__all__ = [
    "show_backtest",
    "show_bench",
    "show_bench_kpis",
    "show_bench_models",
    "show_check",
    "show_flat_check",
    "show_init",
    "show_sample",
    "show_score",
    "show_signals",
    "show_training",
    "show_versions",
]
