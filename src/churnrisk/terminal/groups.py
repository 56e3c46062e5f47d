"""What a person sees of groups: who they are, what they are worth, who left."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.terminal.printing import console, money, records, table

if TYPE_CHECKING:
    from churnrisk.flows.groups import GroupsResult


def show_groups(result: "GroupsResult") -> None:
    """Show each group with its figures, how it uses the product, and where to look next."""
    screen, study = console(), result.study
    screen.print(result.sentences[0])
    if study.grouping is None:
        _show_structure(screen, study.structure)
    else:
        screen.print()
        screen.print(_figures(study.table))
        if study.observed:
            first, last = min(study.observed), max(study.observed)
            screen.print(
                f"Customers, share and MRR at {study.day}. Churn within the horizon of {len(study.observed)} "
                f"cutoffs from {first} to {last}, customers counted at each, with 95 % intervals."
            )
        screen.print()
        screen.print(_use(study.profile, study.grouping.names, study.grouping.signals))
        screen.print("The median of each group.\n")
    for line in result.sentences[1:]:
        screen.print(line)
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _show_structure(screen: Any, structure: pd.DataFrame) -> None:
    if "valley" not in structure:
        return
    names = [
        ("groups", ">"),
        ("stability", ">"),
        ("structureless", ">"),
        ("valley", ">"),
        ("structureless", ">"),
        ("why not", "<"),
    ]
    rows = [
        [
            str(row["groups"]),
            *(
                f"{row[name]:.2f}"
                for name in ("stability", "structureless_stability", "valley", "structureless_valley")
            ),
            row["why_not"],
        ]
        for row in records(structure)
    ]
    screen.print(table(names, rows))


def _figures(found: pd.DataFrame) -> Any:
    columns = [("group", "<"), ("customers", ">"), ("share", ">"), ("MRR", ">"), ("share", ">"), ("churn rate", ">")]
    columns += [("MRR lost", ">"), ("revenue churn", ">"), ("than the others", "<")]
    rows = []
    for row in records(found):
        rate = (
            "–" if pd.isna(row["churn_rate"]) else f"{row['churn_rate']:.1f}% [{row['low']:.1f}, {row['high']:.1f}]"
        )
        share = "" if pd.isna(row["mrr_share"]) else f"{row['mrr_share']:.0%}"
        lost = "" if pd.isna(row["revenue_churn"]) else f"{row['revenue_churn']:.1f}%"
        cells = [row["group"], f"{row['customers']:,}", f"{row['share']:.0%}", money(row["mrr"]), share, rate]
        rows.append([*cells, money(row["mrr_lost"]), lost, row["differs"] or "not beyond chance"])
    return table(columns, rows)


def _use(profile: pd.DataFrame, names: list[str], signals: list[str]) -> Any:
    medians = profile["median"].to_numpy(float).reshape(len(names), len(signals))
    rows = [[name, *(f"{one:,.4g}" for one in line)] for name, line in zip(names, medians, strict=True)]
    whole = profile["median_of_all"].to_numpy(float)[: len(signals)]
    rows.append(["all", *(f"{one:,.4g}" for one in whole)])
    return table([("group", "<"), *((signal, ">") for signal in signals)], rows)
