"""Writing a backtest down: its files, its run in MLflow, and its place on the model card."""

from pathlib import Path

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.modeling.card import renew_card
from churnrisk.modeling.tracking import Run
from churnrisk.training.backtest import Backtest
from churnrisk.training.backtest_facts import FILE, card_block, facts, sentence, steps, totals
from churnrisk.training.backtest_plot import backtest_plot


def write_backtest(backtest: Backtest, folder: Path) -> Path:
    """Write table, lists, picture and plain data; the folder is there whole or not at all."""
    table = backtest.table()
    with whole_folder(folder) as unfinished:
        write_table(table, unfinished / "backtest.parquet")
        write_table(backtest.lists(), unfinished / "lists.parquet")
        backtest_plot(backtest).figure.savefig(unfinished / "backtest.png", dpi=144)
        write_table(table, unfinished / "backtest.csv")
        write_json(facts(backtest), unfinished / FILE)
    return folder


def record_backtest(run: Run, backtest: Backtest, folder: Path) -> Path | None:
    """Record a backtest in MLflow, without anything that names a customer, and put it first on the model card.

    Returns
    -------
    The model card's path; None while there is none.
    """
    run.log_tags({"backtest": sentence(backtest), "cutoffs": len(backtest.replays)})
    for step, numbers in enumerate(steps(backtest)):
        run.log_numbers(numbers, step=step)
    run.log_numbers(totals(backtest))
    for name in ("backtest.csv", "backtest.png", FILE):
        run.log_file(folder / name)
    return renew_card(backtest.settings.card_folder, {"backtest": card_block(backtest.settings)})
