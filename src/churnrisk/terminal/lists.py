"""What a person sees of a night: who stands where, and the head of the list."""

import os
from typing import TYPE_CHECKING, Any

from churnrisk.scoring.ranking import further_probabilities
from churnrisk.terminal.printing import console, money, records, table

if TYPE_CHECKING:
    from churnrisk.flows.score import ScoreResult


def show_score(result: "ScoreResult") -> None:
    """Say how many customers stand where, and show the head of the list."""
    screen = console()
    counts = result.counts
    when = f" as of {result.cutoff}" if result.cutoff else ""
    screen.print(
        f"{counts['scored']:,} customers scored{when} by model version {result.model_version}; "
        f"{counts['leaving']:,} are leaving, {counts['not_scored']:,} not scored."
    )
    if result.repeated:
        screen.print("The same tables, settings and model have written this night before; it is left as it is.")
    for warning in result.warnings:
        screen.print(f"Note: {warning}")
    columns = [("segment", "<"), ("customers", ">"), ("mean probability", ">"), ("expected loss", ">")]
    lines = (
        [row["segment"], f"{row['customers']:,}", f"{row['churn_probability']:.1%}", money(row["expected_loss"])]
        for row in records(result.segments)
    )
    screen.print(table(columns, lines))
    screen.print()
    further = further_probabilities(result.first)
    later = [(f"{name.rsplit('_', 1)[1]} days", ">") for name in further]
    moved = [("change", ">")] if "change" in result.first and result.first["change"].notna().any() else []
    shown = [("rank", ">"), ("customer", "<"), ("segment", "<"), ("probability", ">"), *later, *moved]
    shown.append(("expected loss", ">"))
    rows = (
        [
            str(row["rank"]),
            row["customer_id"],
            row["segment"],
            f"{row['churn_probability']:.1%}",
            *[f"{row[name]:.1%}" for name in further],
            *[_moved(row) for _ in moved],
            money(row["expected_loss"]),
            row["reason_1"] if isinstance(row["reason_1"], str) else "",
        ]
        for row in records(result.first)
    )
    screen.print(table([*shown, ("first reason", "<")], rows))
    folder = os.path.relpath(result.folder)
    screen.print(f"\n{_handed(counts)}\n  for the team: {folder}/today.csv\n  the whole list: {folder}/at_risk.csv")
    for line in result.differs:
        screen.print(f"Differs: {line}")
    if result.differs:
        stands = "was replaced" if result.replaced else "still stands; --replace puts this one in its place"
        screen.print(f"The list that this cutoff had {stands}.")
    for line in result.sent:
        screen.print(line, soft_wrap=True)


def _moved(row: Any) -> str:
    """Say how far a probability moved since the night before, in points."""
    if str(row["new_tonight"]) == "True":  # empty on a first night
        return "new"
    return "" if row["change"] != row["change"] else f"{row['change']:+.1f}"


def _handed(counts: dict[str, int]) -> str:
    """Say in one sentence how many customers stand where."""
    places = {
        "held_out": "held out",
        "cooling_down": "cooling down",
        "lost": "lost lately",
        "better": "got better",
    }
    rest = "; ".join(f"{counts[name]:,} {words}" for name, words in places.items() if counts.get(name))
    return f"{counts['today']:,} of {counts['at_risk']:,} at risk are for today{'; ' if rest else ''}{rest}."
