"""Reading a flat source: one file, one row a customer, columns typed by looking at their values."""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError, SourceError
from churnrisk.settings import FilePart, FlatSource, PipelineSettings
from churnrisk.sources.database import DatabaseSource
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import KNOWN, FileSource
from churnrisk.sources.label import read_label
from churnrisk.sources.lookup import with_lookup
from churnrisk.sources.mapping import KEPT, OURS, REASON, Mapping, Wanted
from churnrisk.sources.raw import FILE, LINE, Raw

#: Our names of what is no feature; no file has columns called so.
ID, LABEL, WHETHER, WHY, AT, IN = (
    f"churnrisk_{name}" for name in ("customer_id", "label", "kept", "reason", "line", "file")
)
#: What a sum of money stays below, as in the contracts.
MOST_MONEY = 1e16
TWICE = "customer_id: stands in an earlier row with other values"


@dataclass(frozen=True)
class FlatTable:
    """A flat source, read: one row a customer, in the order of the file.

    Parameters
    ----------
    X
        The file's columns and the derived ones, without id and label: numbers, texts and times.
    customers
        The customer of each row.
    churned
        1 = left, 0 = stayed, NaN where the label is empty.
    rows_read
        Always rows_read = len(customers) + left_out + folded + the rows set aside.
    left_out
        Rows that ``where`` leaves out.
    folded
        Rows that are alike in id and in every value to an earlier one.
    set_aside
        Reason = rows that cannot be used.
    rejects
        The rows set aside: customer_id, reason, line, file.
    not_read
        Columns of the file that could not be told from others by their names.
    """

    X: pd.DataFrame
    customers: np.ndarray
    churned: np.ndarray
    files: tuple[str, ...] = ()
    fingerprint: str = ""
    rows_read: int = 0
    left_out: int = 0
    folded: int = 0
    set_aside: dict[str, int] = field(default_factory=dict)
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    not_read: tuple[str, ...] = ()

    @property
    def labelled(self) -> np.ndarray:
        """Places of the rows whose label is known."""
        return np.flatnonzero(~np.isnan(self.churned))


def read_flat(
    settings: PipelineSettings, engine: Engine, *, types: Named[str, str] | None = None, to_learn: bool = True
) -> FlatTable:
    """Read a pipeline's flat source; nothing is written.

    Parameters
    ----------
    types
        Column = the type in which a model reads it, where the TOML does not say otherwise.
    to_learn
        Whether both those who left and those who stayed must be there; to score, not even the label must be.

    Raises
    ------
    SourceError
        When the file, its label or its ids cannot be used; with every fault of the mapping at once.
    """
    source = settings.flat
    if source is None:
        raise SettingsError(f'{settings.file.name} has no flat source. Say kind = "flat" under [source].')
    where, source = _open(settings, source, engine)
    try:
        paths = where.find(source.file or [])
        raw = where.read(paths, source)
        for lookup in source.lookup:
            part = FilePart(encoding=lookup.encoding, delimiter=lookup.delimiter)
            raw = with_lookup(raw, where.read(where.find(lookup.file), part), lookup, engine)
        names = ", ".join(path.name for path in paths)
        if not to_learn and source.label not in (*raw.columns, *source.derive):
            source = source.model_copy(update={"label": ""})
        if not to_learn:  # what no model reads need not be there
            source = source.model_copy(update={"exclude": [], "allow": []})
        beside = {"list.display": settings.list.display} | (_to_learn(settings) if to_learn else {})
        _refuse(names, _unknown_names(raw, source, beside))
        rows, not_read = _mapped(replace(raw, lazy=False), _typed(raw, source, types or {}), engine, names)
        table = _table(rows, source, names, to_learn)
        return replace(
            table, files=tuple(path.name for path in paths), fingerprint=where.fingerprint(paths), not_read=not_read
        )
    finally:
        where.close()


def _open(
    settings: PipelineSettings, source: FlatSource, engine: Engine
) -> tuple[FileSource | DatabaseSource, FlatSource]:
    """Open the folder or the database; a path that names a file is its folder and the file."""
    path = settings.source_path
    if path.is_file() and not path.name.lower().endswith(KNOWN):
        if source.file is None:
            raise SourceError(f'file is missing: name the table of {path.name}, as in file = "customers".')
        return DatabaseSource(path, engine), source
    if path.is_file():
        return FileSource(path.parent, engine), source.model_copy(update={"file": source.file or path.name})
    if source.file is None:
        there = (
            sorted(one.name for one in path.iterdir() if one.name.lower().endswith(KNOWN)) if path.is_dir() else []
        )
        said = f"The folder {path} holds {', '.join(there[:5])}" if there else f"There is none in {path}"
        raise SourceError(f'file is missing: name the file with one row a customer, as in file = "c.csv". {said}.')
    return FileSource(path, engine), source


def _to_learn(settings: PipelineSettings) -> dict[str, list[str]]:
    """Give the settings of a training that name columns."""
    signals = settings.signals
    return {
        "fairness.protected": settings.fairness.protected,
        "fairness.allow_as_features": settings.fairness.allow_as_features,
        "signals.actionable": signals.actionable,
        "signals.not_actionable": signals.not_actionable,
    }


def _unknown_names(raw: Raw, source: FlatSource, beside: Named[str, Sequence[str]]) -> list[str]:
    """Find settings that name a column which is not there."""
    file, derived = set(raw.columns), {*raw.columns, *source.derive}
    named = [("customer_id", source.customer_id), ("label", source.label), ("mrr", source.mrr)]
    asked = [(key, name, derived) for key, name in named if name]
    asked += [(key, name, derived) for key in ("exclude", "allow") for name in getattr(source, key)]
    asked += [("attributes", name, file) for name in source.attributes]
    asked += [(key, name, derived) for key, names in beside.items() for name in names]
    return [
        f"{key}: there is no column {name!r}. {did_you_mean(name, known)}"
        for key, name, known in asked
        if name not in known
    ]


def _typed(raw: Raw, source: FlatSource, types: Named[str, str]) -> FlatSource:
    """Add a model's types to those of the TOML, for columns of the file that are neither id nor label."""
    own = {source.customer_id, source.label}
    known = {name: type_ for name, type_ in types.items() if name in raw.columns and name not in own}
    return source.model_copy(update={"types": {**known, **source.types}})


def _mapped(raw: Raw, source: FlatSource, engine: Engine, names: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read id and label as texts and every other column as it looks; gives what could not be read besides."""
    own = {name: theirs for name, theirs in ((ID, source.customer_id), (LABEL, source.label)) if theirs}
    rest = [name for name in source.attributes or raw.columns if name not in own.values()]
    typed = {name: type_ for name, type_ in source.types.items() if name in rest}
    part = source.model_copy(
        update={
            "columns": {name: theirs for name, theirs in own.items() if theirs not in source.derive},
            "derive": {
                **{name: told for name, told in source.derive.items() if name not in own.values()},
                **{name: source.derive[theirs] for name, theirs in own.items() if theirs in source.derive},
            },
            "attributes": rest,
        }
    )
    wanted = [Wanted(name, "text") for name in own] + [Wanted(name, type_) for name, type_ in typed.items()]
    mapping = Mapping(raw, part, wanted, "source", True, engine, source.timezone)
    mapped = mapping.apply()
    _refuse(names, mapping.faults)
    made = [*mapped.columns, *mapped.attributes]
    values = {name: mapped.rows[OURS + name] for name in made}
    beside = {theirs: mapped.rows[ours] for theirs, ours in ((WHETHER, KEPT), (WHY, REASON), (AT, LINE), (IN, FILE))}
    rows = engine.rows(mapped.rows.select(**values, **beside))
    order = [name for name in (*raw.columns, *part.derive) if name in made and name not in own]
    return rows[[*own, *order, *beside]], tuple(name for name in rest if name not in made)


def _table(rows: pd.DataFrame, source: FlatSource, names: str, to_learn: bool) -> FlatTable:
    """Leave rows out, set others aside, and read the label of the rest."""
    rows = rows.sort_values([IN, AT, *([ID] if ID in rows else [])], kind="stable", ignore_index=True)
    if ID not in rows:
        rows.insert(0, ID, np.arange(1, len(rows) + 1).astype(str))
    rows = rows.assign(**{LABEL: None}) if LABEL not in rows else rows
    kept = rows[rows[WHETHER].astype(bool)].reset_index(drop=True)
    columns = [name for name in kept.columns if name not in (ID, LABEL, WHETHER, WHY, AT, IN)]
    again = kept[ID].notna() & kept[ID].duplicated()
    alike = again & kept.duplicated([ID, LABEL, *columns])
    why = kept[WHY].astype(object).where(kept[WHY].notna(), None)
    why = why.where(_is_amount(kept, source.mrr), f"{source.mrr}: not an amount")
    why = why.where(kept[ID].notna(), "customer_id: empty").where(~again, TWICE)
    used = kept[why.isna() & ~alike]
    aside = kept[why.notna() & ~alike]
    _refuse_emptiness(rows, kept, why[aside.index], source, names)
    rejects = aside[[ID, AT, IN]].set_axis(["customer_id", "line", "file"], axis=1)
    return FlatTable(
        X=pd.DataFrame({name: _plain(used[name]) for name in columns}).reset_index(drop=True),
        customers=used[ID].astype(object).to_numpy(),
        churned=_label(used[LABEL], source, names, to_learn),
        rows_read=len(rows),
        left_out=len(rows) - len(kept),
        folded=int(alike.sum()),
        set_aside={str(reason): int(number) for reason, number in why[aside.index].value_counts().items()},
        rejects=rejects.assign(reason=why[aside.index]).reset_index(drop=True),
    )


def _is_amount(rows: pd.DataFrame, name: str | None) -> pd.Series:
    """Say of each row whether its money can be money; all rows, where no column of numbers is named."""
    if name not in rows or not pd.api.types.is_numeric_dtype(rows[name]):
        return pd.Series(True, index=rows.index)
    return rows[name].isna() | (rows[name].astype("float64").abs() < MOST_MONEY)


def _label(cells: pd.Series, source: FlatSource, names: str, to_learn: bool) -> np.ndarray:
    """Read the label; a fault names the file."""
    try:
        return read_label(cells, source.label, source.churned_value, both=to_learn)
    except SourceError as fault:
        raise SourceError(f"{names}: {fault}") from fault


def _refuse_emptiness(rows: pd.DataFrame, kept: pd.DataFrame, why: pd.Series, source: FlatSource, names: str) -> None:
    """Refuse a file without rows, and one of which too much would be set aside."""
    if rows.empty:
        raise SourceError(f"{names} has a header and no rows. Give a file with one row a customer.")
    if kept.empty:
        raise SourceError(f"where leaves out all {len(rows):,} rows of {names}. Loosen it: where = {source.where!r}.")
    if len(why) > source.max_rejected * len(kept):
        told = ", ".join(f"{reason} ({number:,})" for reason, number in why.value_counts().items())
        raise SourceError(
            f"{names}: {len(why):,} of {len(kept):,} rows cannot be used, and max_rejected allows "
            f"{source.max_rejected:.0%}: {told}. A flat source has one row a customer: keep one with where, mend the "
            "file, or raise max_rejected."
        )


def _plain(column: pd.Series) -> pd.Series:
    """Give a column as floats, times or texts; true and false are texts."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    if pd.api.types.is_bool_dtype(column) or set(map(type, column.dropna())) == {bool}:
        return column.astype(object).map({True: "true", False: "false"}).astype("str")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64").replace([np.inf, -np.inf], np.nan)
    texts = column.astype("str")
    return texts.where(texts != "")


def _refuse(names: str, faults: list[str]) -> None:
    if faults:
        plural = "finding" if len(faults) == 1 else "findings"
        lines = "\n".join(f"  {fault}" for fault in dict.fromkeys(faults))
        raise SourceError(f"{names} cannot be used as the source says ({len(faults)} {plural}):\n{lines}")
