"""What a person sees of tables: proposed, written, checked."""

import os
from typing import TYPE_CHECKING, Any

from churnrisk.terminal.printing import by_reason, console, records, table

if TYPE_CHECKING:
    from churnrisk.flows.check import CheckResult
    from churnrisk.flows.flat_check import FlatCheckResult
    from churnrisk.flows.init import InitResult
    from churnrisk.flows.sample import SampleResult
    from churnrisk.tables.report import TableReport
    from churnrisk.training.screen import ColumnFacts


def show_init(result: "InitResult") -> None:
    """Say which file is which table, what could not be matched, and what someone must decide."""
    screen = console()
    lines = ([name, file, str(len(columns)), ", ".join(columns)] for name, (file, columns) in result.tables.items())
    columns = [("table", "<"), ("file", "<"), ("columns", ">"), ("mapped", "<")]
    if result.tables:
        screen.print(table(columns, lines))
    for file, why in result.unmatched.items():
        screen.print(f"No table: {file}: {why}")
    if result.lacking:
        screen.print(f"No file: {', '.join(result.lacking)}.")
    for note in result.notes:
        screen.print(f"Note: {note}")
    for choice in result.choices:
        screen.print(f"To decide: {choice}")
    told = ", ".join(f"{name} = {value}" for name, value in result.churn.items())
    screen.print(f"\nChurn: {told}.\nWritten to {result.file}. Read it, then: churnrisk check {result.file}")


def show_sample(result: "SampleResult") -> None:
    """Say what the sample company's tables hold."""
    if result.rows:
        told = ", ".join(f"{name} {rows:,}" for name, rows in result.rows.items())
        console().print(f"Sample company written to {os.path.relpath(result.folder)}: {told} rows.")
    else:
        console().print(f"Nothing written: {result.reason}.")


def show_check(result: "CheckResult") -> None:
    """Show the usability report."""
    screen = console()
    screen.print(f"{result.pipeline}: data from {result.span[0]} to {result.span[1]}\n")
    columns = [("table", "<"), ("rows", ">"), ("from", "<"), ("to", "<"), ("set aside", ">"), ("missing", "<")]
    screen.print(table(columns, (_table_line(one) for one in result.tables)))
    for one in result.tables:
        for reason, number in one.set_aside.items():
            screen.print(f"  {one.name}: {number:,} rows set aside: {reason}")
        for finding in one.findings:
            screen.print(f"  {one.name}: {finding}")
    screen.print(f"\n{len(result.on)} signals are on, {len(result.off)} are off.")
    for reason, names in by_reason(result.off).items():
        screen.print(f"  off: {', '.join(names)}: {reason}")
    if result.labels is not None:
        screen.print()
        cells = [("cutoff", "<"), ("customers", ">"), ("churners", ">"), ("rate", ">")]
        lines = (
            [
                str(row["cutoff"])[:10],
                f"{row['customers']:,.0f}",
                f"{row['churners']:,.0f}",
                f"{row['churners'] / row['customers']:.1%}",
            ]
            for row in records(result.labels.rows)
        )
        screen.print(table(cells, lines))
    if result.horizons:
        screen.print()
        cells = [("within", "<"), ("labelled cutoffs", ">"), ("customers", ">"), ("churners", ">"), ("rate", ">")]
        screen.print(table(cells, (_horizon_line(*one) for one in result.horizons)))
    if result.identity is not None:
        screen.print("\nThe same leavers by the label (lead 0, to the next month) and by the key figures:")
        cells = [("month", "<"), ("positives", ">"), ("= churned", ">"), ("+ left and back", ">")]
        cells += [("− leaving before", ">"), ("− not scored", ">")]
        lines = (_identity_line(row) for row in records(result.identity.rows))
        screen.print(table(cells, lines))
    screen.print()
    for note in result.notes:
        screen.print(f"Note: {note}")
    if result.fault:
        screen.print(f"Fault: {result.fault}")
    screen.print(result.answer)


def show_flat_check(result: "FlatCheckResult") -> None:
    """Show the columns of a flat source, what each alone knows of churn, and what must be looked at."""
    screen = console()
    share = f"{result.churners / result.customers:.1%}" if result.customers else "–"
    told = f"{result.pipeline}: {result.customers:,} customers, {result.churners:,} of them churned ({share})"
    screen.print(f"{told}{f', {result.unlabelled:,} without a label' if result.unlabelled else ''}\n")
    columns = [("column", "<"), ("type", "<"), ("missing", ">"), ("values", ">"), ("AUC alone", ">"), ("", "<")]
    screen.print(table(columns, (_flat_line(one) for one in result.columns)))
    screen.print("AUC alone: how well the column alone tells churners, out of fold; 0.5 is chance.\n")
    for finding in result.findings:
        screen.print(f"{'To look at' if finding.is_open else 'Note'}: {finding.sentence}")
    screen.print(result.answer)


def _flat_line(one: "ColumnFacts") -> list[str]:
    gaps = f"{one.missing:.1%}" if one.missing else ""
    alone = "–" if one.auc is None else f"{one.auc:.3f}"
    return [one.name, one.type, gaps, f"{one.levels:,}", alone, f"left out: {one.why_not}" if one.why_not else ""]


def _table_line(one: "TableReport") -> list[str]:
    span = [str(day.date()) if day is not None else "" for day in (one.first_at, one.last_at)]
    gaps = ", ".join(f"{name} {share:.0%}" for name, share in one.missing.items() if share >= 0.005)
    return [one.name, f"{one.rows_used:,}", *span, f"{one.rows_set_aside:,}", gaps]


def _horizon_line(days: int, cutoffs: int, customers: int, churners: int) -> list[str]:
    rate = f"{churners / customers:.1%}" if customers else "–"
    return [f"{days} days", f"{cutoffs:,}", f"{customers:,}", f"{churners:,}", rate]


def _identity_line(row: dict[str, Any]) -> list[str]:
    numbers = ("positives", "churned", "left_and_back", "leaving", "not_scored")
    return [f"{row['cutoff']:%Y-%m}", *(f"{row[name]:,}" for name in numbers)]
