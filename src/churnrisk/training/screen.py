"""The columns of a flat source before training: which are left out, which are suspected, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from churnrisk.errors import SettingsError
from churnrisk.modeling.alone import as_numbers, auc_alone
from churnrisk.settings import FlatSource, PipelineSettings
from churnrisk.sources.flat import FlatTable
from churnrisk.training.alike import Alike, alike_rows
from churnrisk.training.suspects import (
    LEAK,
    STRONG,
    Finding,
    Said,
    filled_for_churners,
    is_constant,
    is_id_like,
    is_named_like,
    mostly_numbers,
)


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column of the file.

    Parameters
    ----------
    type
        number, text or time.
    missing
        Share of rows without a value.
    levels
        How many different values it has.
    auc
        How well it alone tells churners from the others, out of fold; None where that cannot be said.
    why_not
        Why no model reads it; empty where one does.
    """

    name: str
    type: str
    missing: float
    levels: int
    auc: float | None
    why_not: str = ""


@dataclass(frozen=True)
class Screened:
    """A flat source after its columns were looked at.

    Parameters
    ----------
    features
        The columns that a model may read.
    alike
        Which customers are alike in all of these.
    """

    table: FlatTable
    columns: list[ColumnFacts]
    findings: list[Finding]
    features: list[str]
    alike: Alike

    @property
    def is_open(self) -> bool:
        """Whether someone must still look at a finding."""
        return any(one.is_open for one in self.findings)

    @property
    def X(self) -> pd.DataFrame:  # noqa: N802
        """The features of the rows whose label is known."""
        return self.table.X.iloc[self.table.labelled][self.features].reset_index(drop=True)

    @property
    def churned(self) -> np.ndarray:
        """The known labels."""
        return self.table.churned[self.table.labelled].astype(np.int64)


def screen(table: FlatTable, settings: PipelineSettings) -> Screened:
    """Look at every column of a flat source, and decide which of them a model may read.

    Raises
    ------
    SettingsError
        When no column is left.
    """
    screening = _Screening(table, settings.flat or FlatSource(), settings)
    for name in table.X.columns:
        screening.look_at(str(name))
    features = screening.features
    if not features:
        told = "; ".join(f"{one.name}: {one.why_not}" for one in screening.columns) or "the file has no other column"
        raise SettingsError(
            f"No column is left to learn from ({told}). Take names out of exclude, or name columns to keep in allow."
        )
    churned = screening.churned
    alike = alike_rows(screening.rows[features], churned)
    findings = [*_rows_told(table), *alike.findings(), *screening.findings]
    return Screened(table, screening.columns, findings, features, alike)


@dataclass
class _Screening:
    """Goes through the columns in the order of the file."""

    table: FlatTable
    source: FlatSource
    settings: PipelineSettings
    columns: list[ColumnFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    said: Said = field(default_factory=Said)

    def __post_init__(self) -> None:
        self.rows = self.table.X.iloc[self.table.labelled].reset_index(drop=True)
        self.churned = self.table.churned[self.table.labelled].astype(np.int64)

    def look_at(self, name: str) -> None:
        """Find what speaks against one column, and keep it or leave it out."""
        column = self.rows[name]
        constant = is_constant(column)
        auc = None if constant else auc_alone(column, self.churned)
        why_not = self._settled(name) or self._without_use(name, column, constant) or self._leaks(name, column, auc)
        self._noted(name, column, auc, why_not)
        if not why_not:
            self.features.append(name)
        if why_not in ("", "protected"):
            self.said.add(name, column)
        numbers = as_numbers(column)
        time = pd.api.types.is_datetime64_any_dtype(column)
        kind = "time" if time else "text" if numbers is None else "number"
        missing = float(column.isna().mean()) if len(column) else 0.0
        self.columns.append(ColumnFacts(name, kind, missing, int(column.nunique()), auc, why_not))

    def _settled(self, name: str) -> str:
        if name in self.source.exclude:
            return "excluded"
        return "protected" if name in self.settings.fairness.kept_out else ""

    def _without_use(self, name: str, column: pd.Series, constant: bool) -> str:
        """Leave out what describes no customer, or what another column says already."""
        if constant:
            self._add("constant", name, f"{name} is the same in every row. It is left out.")
            return "constant"
        if pd.api.types.is_datetime64_any_dtype(column):
            self._add(
                "time",
                name,
                f"{name} holds times, and a flat source has no cutoff to count days from. It is left out; days can "
                f"be derived: derive.days = \"date_diff('day', {name}, DATE '2025-06-01')\".",
            )
            return "time"
        if name in self.source.allow:
            return ""
        if is_id_like(name, column):
            self._add(
                "id_like",
                name,
                f"{name} names rows: {column.nunique():,} values in {len(column):,} rows. {_out(name)}",
            )
            return "id-like"
        same = self.said.before(column)
        if same is not None:
            self._add("duplicate", name, f"{name} says the same as {same} in every row. {_out(name)}")
            return f"the same as {same}"
        return ""

    def _leaks(self, name: str, column: pd.Series, auc: float | None) -> str:
        """Leave out what alone tells who left."""
        if auc is None or auc <= LEAK:
            return ""
        kept = name in self.source.allow
        told = f"{name} alone tells who left: AUC {auc:.3f} out of fold, and above {LEAK} it has seen the answer."
        if filled := filled_for_churners(column, self.churned):
            told += f" Besides, {filled}."
        settle = (
            "It is kept, as allow says."
            if kept
            else (f'It is left out. Settle it: exclude = ["{name}"], or allow = ["{name}"] if it was known before.')
        )
        self._add("label_leak", name, f"{told} {settle}", is_open=not kept)
        return "" if kept else "label leak"

    def _noted(self, name: str, column: pd.Series, auc: float | None, why_not: str) -> None:
        """Tell what is suspected of a column that is not left out for it."""
        settled = name in (*self.source.allow, *self.source.exclude) or why_not == "protected"
        if settled or why_not in ("constant", "label leak") or why_not.startswith("the same"):
            return
        alone = "" if auc is None else f" Alone it gives AUC {auc:.3f} out of fold."
        ask = f' Was it known before anyone left? exclude = ["{name}"] or allow = ["{name}"] settles it.'
        if filled := filled_for_churners(column, self.churned):
            self._add("filled_for_churners", name, f"{name}: {filled}.{alone}{ask}", is_open=True)
        if is_named_like(name, self.source.label):
            told = f"{name} is named like the label {self.source.label}, or speaks of churn."
            self._add("named_like_label", name, f"{told}{alone}{ask}", is_open=True)
        elif auc is not None and STRONG < auc <= LEAK and not why_not:
            self._add(
                "strong", name, f"{name} alone gives AUC {auc:.3f} out of fold, which is much.{ask}", is_open=True
            )
        if name not in self.source.types and not why_not and (odd := mostly_numbers(column)):
            self._add(
                "mostly_numbers",
                name,
                f"{name} is read as text: {odd}. Say which values mean none (none.{name} = [...]), or types.{name} = "
                '"text".',
                is_open=True,
            )

    def _add(self, code: str, name: str, sentence: str, *, is_open: bool = False) -> None:
        self.findings.append(Finding(code, name, sentence, is_open))


def _out(name: str) -> str:
    return f'It is left out; allow = ["{name}"] keeps it.'


def _rows_told(table: FlatTable) -> list[Finding]:
    """Tell of rows that are not used as they stand."""
    told: list[Finding] = []
    if table.left_out:
        told.append(Finding("rows", "", f"{table.left_out:,} rows are left out by where."))
    if table.folded:
        told.append(
            Finding("duplicate_rows", "", f"{table.folded:,} rows repeat an earlier row, id and all; one is kept.")
        )
    for reason, number in table.set_aside.items():
        twice = reason.startswith("customer_id: stands")
        told.append(
            Finding(
                "duplicate_customers" if twice else "rows", "", f"{number:,} rows are set aside: {reason}.", twice
            )
        )
    unknown = len(table.customers) - len(table.labelled)
    if unknown:
        told.append(Finding("rows", "", f"{unknown:,} rows have no label: they are scored, and teach nothing."))
    if table.not_read:
        names = ", ".join(table.not_read)
        told.append(
            Finding("rows", "", f"{names}: not read, for another column bears the same name but for capitals.")
        )
    return told


def names_told(findings: Sequence[Finding]) -> list[str]:
    """Give the open findings as sentences."""
    return [one.sentence for one in findings if one.is_open]
