"""What a person sees of cohorts: a triangle of shares, their averages, and how long groups stay."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.terminal.printing import console, records, table

if TYPE_CHECKING:
    from churnrisk.flows.cohorts import CohortsResult
    from churnrisk.kpis.cohorts.study import CohortStudy

#: Cohorts that the triangle shows, the newest ones, and the months it shows of them.
COHORTS = 12
MONTHS = (0, 1, 2, 3, 4, 5, 6, 9, 12, 18, 24, 36)


def show_cohorts(result: "CohortsResult") -> None:
    """Show the newest cohorts month by month, all of them together, and the groups beside each other."""
    screen, study = console(), result.study
    if study.has_months:
        screen.print("Share of customers still present at the end of the k-th month after the month of first start")
        screen.print(_triangle(study))
    if study.before:
        below = "; below, they count from the age they had then" if study.enter_late else ", nor in what follows"
        screen.print(
            f"{study.before:,} customers who began before {study.seen_from:%Y-%m-%d} are in no cohort{below}."
        )
    screen.print()
    screen.print("Time to first churn (Kaplan-Meier), with 95 % intervals")
    screen.print(_groups(study))
    if study.groups["few"].any():
        screen.print("* fewer than 30 customers: read with care, not part of the test.")
    for row in records(study.tests):
        screen.print(in_words(row, len(study.tests)))
    screen.print()
    for note in study.notes:
        screen.print(f"Note: {note}")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def _triangle(study: "CohortStudy") -> Any:
    whole = study.retention[(study.retention["split"] == "all") & study.retention["complete"]]
    average = study.averages[study.averages["split"] == "all"].set_index("month")
    months = [month for month in MONTHS if month in average.index]
    grid = whole.pivot(index="cohort", columns="month", values="share").tail(COHORTS)
    sizes = whole.drop_duplicates("cohort").set_index("cohort")["customers"]
    lines = [
        [f"{day:%Y-%m}{'' if day.day == 1 else '*'}", f"{sizes[day]:,}", *_shares(grid.loc[day].reindex(months))]
        for day in grid.index
    ]
    weights = f"{sizes.sum():,}"
    lines.append([f"all {len(sizes)} cohorts", weights, *_shares(average.loc[months, "share"])])
    if study.has_mrr:
        lines.append(["first MRR still paid", "", *_shares(average.loc[months, "mrr_share"])])
    lines.append(["cohorts behind", "", *[f"{number:,}" for number in average.loc[months, "cohorts"]]])
    columns = [("first start", "<"), ("customers", ">"), *[(str(month), ">") for month in months]]
    return table(columns, lines)


def _shares(shares: pd.Series) -> list[str]:
    return ["" if pd.isna(share) else f"{share:.0%}" for share in shares]


def _groups(study: "CohortStudy") -> Any:
    columns = [("split", "<"), ("group", "<"), ("customers", ">"), ("churned", ">"), ("median, months", ">")]
    columns += [("mean months", ">"), ("within", ">"), ("stay 3 months", ">"), ("12 months", ">"), ("24 months", ">")]
    lines = []
    for row in records(study.groups):
        mean = _with_interval(row, "mean_months", "{:.1f}")
        stay = [_with_interval(row, f"stay_{months}", "{:.0%}") for months in (3, 12, 24)]
        median = _with_interval(row, "median_months", "{:.1f}") or (
            "not reached" if row["seen_months"] else "not seen"
        )
        name = f"{row['value']}{'*' if row['few'] else ''}"
        counts = [f"{row['customers']:,}", f"{row['churned']:,}"]
        lines.append([row["split"], name, *counts, median, mean, f"{row['mean_within_months']:.1f}", *stay])
    return table(columns, lines)


def _with_interval(row: dict[str, Any], name: str, shape: str) -> str:
    if pd.isna(row[name]):
        return ""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    told = shape.format(row[name])
    ends: Sequence[str] = ["–" if pd.isna(one) else shape.format(one) for one in (low, high)]
    return told if pd.isna(low) and pd.isna(high) else f"{told} [{ends[0]}, {ends[1]}]"


def in_words(row: dict[str, Any], tests: int) -> str:
    """Say what the test of one split found.

    Parameters
    ----------
    tests
        How many splits were tested.
    """
    if row["why_not"]:
        return f"By {row['split']}: no test, {row['why_not']}."
    p_value = row["p_corrected"]
    told = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
    more = f", corrected for {tests} splits" if tests > 1 else ""
    answer = "differ by more than chance explains" if p_value < 0.05 else "do not differ by more than chance explains"
    return f"By {row['split']}: the {row['groups']} groups {answer} (log-rank test, {told}{more})."
