"""The faults of all tables, each with its remedy, told at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis.expr.types as ir
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import ContractError, shown
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.tables.count import Counts
from churnrisk.tables.draft import Draft

#: Tables whose customers the others are held against, the first that is there.
ANCHORS = ("customers", "subscriptions", "usage", "churn_events")


@dataclass
class Faults:
    """Faults found so far, by the file or table in which they stand."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, heading: str, *faults: str) -> None:
        """Note faults of one file."""
        if faults:
            self.found.setdefault(heading, []).extend(fault for fault in faults)

    def refuse(self) -> None:
        """Raise one error with everything that was found, if anything was.

        Raises
        ------
        ContractError
            With all faults of all tables.

        Examples
        --------
        >>> faults = Faults()
        >>> faults.add("inv.csv", "due_at: missing. Add the column.")
        >>> faults.refuse()
        Traceback (most recent call last):
        ...
        churnrisk.errors.ContractError: inv.csv does not match the contract (1 finding):
          due_at: missing. Add the column.
        """
        blocks = []
        for heading, faults in self.found.items():
            faults = list(dict.fromkeys(faults))
            plural = "finding" if len(faults) == 1 else "findings"
            lines = "\n".join(f"  {fault}" for fault in faults)
            blocks.append(f"{heading} does not match the contract ({len(faults)} {plural}):\n{lines}")
        if blocks:
            raise ContractError("\n".join(blocks))


def settings_faults(settings: PipelineSettings) -> list[str]:
    """Find columns of the TOML that no contract knows; unknown tables are refused with the settings."""
    faults: list[str] = []
    for name, source in settings.source.tables.items():
        contract = CONTRACTS[name]
        if contract.attributes:
            continue
        known = {*contract.names, *source.attributes, *(a for part in source.parts for a in part.attributes)}
        for setting in ("fixed", "overwritten"):
            faults += [
                f"source.tables.{name}.{setting}: there is no column {column!r}. {did_you_mean(column, known)}"
                for column in getattr(source, setting)
                if column not in known
            ]
    return faults


def needed_faults(settings: PipelineSettings, there: Sequence[str]) -> list[str]:
    """Find tables that this kind of churn cannot do without."""
    needed = {
        "contract": ["subscriptions"],
        "recorded": ["churn_events"],
        "inactivity": [name for name, rows in settings.churn.activity.items() if rows is not False] or ["usage"],
    }[settings.churn.kind]
    return [
        f'{name}: missing, and churn of kind "{settings.churn.kind}" stands on it. Put {name}.csv (or .parquet, '
        f".xlsx) into {settings.source_path}, or name its file in [source.tables.{name}]."
        for name in needed
        if name not in there
    ]


def count_faults(counts: Counts, source_where: str | None, max_rejected: float, reasons: pd.DataFrame) -> list[str]:
    """Find what the counts of a table forbid: no rows, or too many set aside.

    Parameters
    ----------
    reasons
        Columns reason, rows, line (the first one).
    """
    if counts.read == 0:
        return ["it holds no rows. Put them back, or take the table out of the TOML."]
    if counts.kept == 0:
        return [f"where: none of {counts.read:,} rows matches {source_where!r}. Look at its values."]
    share = counts.set_aside / counts.kept
    if share <= max_rejected:
        return []
    return [
        f"{row.reason} ({row.rows:,} of {counts.kept:,} rows, first in line {row.line})"
        for row in reasons.itertuples()
    ] + [
        f"{share:.1%} of the rows would be set aside, and max_rejected is {max_rejected:.1%}. "
        "Mend the rows, leave them out by where, or raise [source] max_rejected."
    ]


def _hint(reason: str) -> str:
    column, _, what = reason.partition(": ")
    if what == "not a time":
        return f'. If these are dates, give their pattern: formats.{column} = "%d/%m/%Y"'
    return f'. If these mean none, say so: none.{column} = "..."' if what.startswith("not ") else ""


def overlap_faults(seen: dict[str, ir.Table], drafts: dict[str, Draft], engine: Engine) -> list[tuple[str, str]]:
    """Find tables that share no customer with the others: heading and fault."""
    anchor = next((name for name in ANCHORS if name in seen), None)
    faults = []
    for name, people in seen.items():
        if anchor is None or name == anchor:
            continue
        shared = people.semi_join(seen[anchor], "customer_id").limit(1)
        if engine.rows(shared.select("customer_id")).empty:
            ours = engine.rows(people.select("customer_id").order_by("customer_id").limit(1)).iloc[0, 0]
            theirs = engine.rows(seen[anchor].select("customer_id").order_by("customer_id").limit(1)).iloc[0, 0]
            faults.append(
                (
                    drafts[name].heading,
                    f"customer_id: no customer of {name} stands in {anchor}. They look like {shown(ours)} here and "
                    f"{shown(theirs)} there. Map the column that holds the same id.",
                )
            )
    return faults
