"""Where nights are kept: one folder a night, read back by its cutoff, thinned by age."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from churnrisk.history.places import Places
from churnrisk.settings import HistorySettings

SCORES, SHARES = "scores.parquet", "shares.parquet"
#: The status of who had given notice or ended when the list was made; the row has no probability.
LEAVING = "leaving"
#: What one row of a night holds.
COLUMNS: Mapping[str, pa.DataType] = {
    "customer_id": pa.string(),
    "churn_probability": pa.float64(),
    "segment": pa.string(),
    "on_list": pa.bool_(),
    "nights_on_list": pa.int32(),
    "status": pa.string(),
    "model_version": pa.string(),
    "mrr": pa.float64(),
    "expected_loss": pa.float64(),
}
#: What stays of a customer who was forgotten, so that counts add up, and what its row is called.
COUNTED, FORGOTTEN = ("segment", "on_list", "status", "model_version"), "forgotten"
#: Shares are kept as whole thousandths of log-odds.
SHARE_UNIT = 1000
_FOLDER = re.compile(r"cutoff=(\d{4}-\d{2}-\d{2})")
_RUN = b"churnrisk.run"
_MOST = np.iinfo(np.int16).max


def history_rows(scores: pd.DataFrame, at_risk: pd.DataFrame, leaving: pd.DataFrame | None = None) -> pd.DataFrame:
    """Lay a night's lists together as the history keeps them: a row for everyone scored or leaving.

    Parameters
    ----------
    scores
        Everyone scored.
    at_risk
        The list, with ``nights_on_list`` and, where the team was handed it, ``status``.
    leaving
        Who had given notice or ended.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["a", "b"], "churn_probability": [0.4, 0.1]})
    >>> at_risk = pd.DataFrame({"customer_id": ["a"], "nights_on_list": [3], "status": ["today"]})
    >>> rows = history_rows(scores, at_risk, pd.DataFrame({"customer_id": ["c"]}))
    >>> rows[["customer_id", "on_list", "nights_on_list", "status"]].fillna("").values.tolist()
    [['a', True, 3, 'today'], ['b', False, 0, ''], ['c', False, 0, 'leaving']]
    """
    rows = pd.DataFrame({name: scores[name].to_numpy() for name in kept_columns(scores) if name in scores})
    place = Places(scores["customer_id"]).of(at_risk["customer_id"])
    on_list, nights = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype="int32")
    status = np.full(len(rows), None, dtype=object)
    on_list[place] = True
    nights[place] = at_risk["nights_on_list"].to_numpy() if "nights_on_list" in at_risk else 1
    status[place] = at_risk["status"].astype(object).to_numpy() if "status" in at_risk else None
    rows = rows.assign(on_list=on_list, nights_on_list=nights, status=pd.Series(status, dtype="str"))
    if leaving is None or leaving.empty:
        return rows
    gone = leaving[[name for name in ("customer_id", "mrr") if name in leaving]]
    gone = gone.assign(status=LEAVING, on_list=False, nights_on_list=np.int32(0))
    return pd.concat([rows, gone], ignore_index=True)


def kept_columns(rows: pd.DataFrame) -> list[str]:
    """Name the columns of a night that are kept; probabilities of further horizons stand behind the first."""
    further = [name for name in rows.columns if re.fullmatch(r"churn_probability_\d+", str(name))]
    names = list(COLUMNS)
    return [*names[:2], *further, *names[2:]]


@dataclass(frozen=True)
class History:
    """The nights of one pipeline.

    Every night is a folder ``cutoff=YYYY-MM-DD`` with ``scores.parquet`` and, while it is young, ``shares.parquet``.
    So DuckDB reads all of them at once: ``read_parquet('history/*/scores.parquet', hive_partitioning = true)``.

    Parameters
    ----------
    folder
        ``out/<pipeline>/history``; it is made by the first night.

    Examples
    --------
    >>> import tempfile
    >>> history = History(Path(tempfile.mkdtemp()))
    >>> rows = pd.DataFrame({"customer_id": ["a"], "churn_probability": [0.4], "on_list": [True]})
    >>> history.write(date(2025, 7, 1), "2025-07-01-5cab089b", rows, None)
    >>> history.before(date(2025, 7, 2)), history.before(date(2025, 7, 1))
    (datetime.date(2025, 7, 1), None)
    >>> history.run_name(date(2025, 7, 1))
    '2025-07-01-5cab089b'
    """

    folder: Path

    def nights(self) -> list[date]:
        """List the cutoffs that are kept, oldest first."""
        found = [_FOLDER.fullmatch(path.parent.name) for path in self.folder.glob(f"cutoff=*/{SCORES}")]
        return sorted(date.fromisoformat(match[1]) for match in found if match)

    def before(self, cutoff: date) -> date | None:
        """Give the newest night before a cutoff; never one of the cutoff itself, or later."""
        return max((night for night in self.nights() if night < cutoff), default=None)

    def scores(self, cutoff: date) -> pd.DataFrame:
        """Read everyone of a night, in the order of ``customer_id``."""
        return pq.ParquetFile(self.folder_of(cutoff) / SCORES).read().to_pandas()

    def shares(self, cutoff: date) -> pd.DataFrame | None:
        """Read each signal's share of the log-odds, as whole thousandths; nothing once they were removed."""
        path = self.folder_of(cutoff) / SHARES
        if not path.is_file() or _run_of(path) != self.run_name(cutoff):
            return None
        return pq.ParquetFile(path).read().to_pandas()

    def run_name(self, cutoff: date) -> str | None:
        """Name the run that wrote a night."""
        path = self.folder_of(cutoff) / SCORES
        return _run_of(path) if path.is_file() else None

    def write(self, cutoff: date, run_name: str, scores: pd.DataFrame, shares: pd.DataFrame | None) -> None:
        """Keep a night, in place of what was kept of it before; the same rows give the same bytes.

        Parameters
        ----------
        run_name
            The run that made it; it stands in both files.
        scores
            Rows as :func:`history_rows` gives them; columns that are not there stay empty.
        shares
            ``customer_id`` and each signal's share of the log-odds, a column a signal.
        """
        with self.staged(cutoff, run_name, scores, shares) as keep:
            keep()

    @contextmanager
    def staged(
        self, cutoff: date, run_name: str, scores: pd.DataFrame, shares: pd.DataFrame | None
    ) -> Iterator[Callable[[], None]]:
        """Write a night beside the others, and give what puts it in its place: a list is delivered in between."""
        night = self.folder_of(cutoff)
        fresh = night.with_name(f".{night.name}.{os.getpid()}.unfinished")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)

        def keep() -> None:
            if not night.exists():
                fresh.rename(night)
                return
            if shares is None:
                (night / SHARES).unlink(missing_ok=True)
            for name in (SHARES, SCORES):  # scores last: shares of another run are not read
                if (fresh / name).is_file():
                    (fresh / name).replace(night / name)

        try:
            if shares is not None:
                write_rows(_shares_table(shares), fresh / SHARES, run_name)
            write_rows(_scores_table(scores), fresh / SCORES, run_name)
            yield keep
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def prune(self, cutoff: date, settings: HistorySettings) -> list[date]:
        """Remove nights, and shares, that are older than is kept; gives the nights that went."""
        gone = []
        for night in self.nights():
            age = cutoff - night
            if age > timedelta(days=settings.keep_days):
                folder = self.folder_of(night)
                aside = folder.with_name(f".{folder.name}.{os.getpid()}.replaced")
                folder.rename(aside)
                shutil.rmtree(aside)
                gone.append(night)
            elif age > timedelta(days=settings.keep_shares_days):
                (self.folder_of(night) / SHARES).unlink(missing_ok=True)
        return gone

    def forget(self, customer_id: str) -> int:
        """Empty a customer's rows, and give their number: by segment and list they count, and name nobody."""
        return sum(rows for _, rows in self.emptied(customer_id))

    def emptied(self, customer_id: str) -> Iterator[tuple[Path, int]]:
        """Empty a customer's rows night by night: the file, and how many rows of it."""
        for night in self.nights():
            for name, without in ((SHARES, _without), (SCORES, _nameless)):
                path = self.folder_of(night) / name
                if not path.is_file():
                    continue
                file = pq.ParquetFile(path)
                here = pc.equal(file.read(columns=["customer_id"])["customer_id"], customer_id).combine_chunks()
                if pc.any(here).as_py():
                    fresh = path.with_name(f".{name}.{os.getpid()}.unfinished")
                    write_rows(without(file.read(), here), fresh, _run_of(path) or "")
                    fresh.replace(path)
                    yield path, pc.sum(here).as_py()

    def folder_of(self, cutoff: date) -> Path:
        """Say where a night lies, or would lie."""
        return self.folder / f"cutoff={cutoff:%Y-%m-%d}"


def _without(rows: pa.Table, here: pa.BooleanArray) -> pa.Table:
    return rows.filter(pc.invert(here))


def _nameless(rows: pa.Table, here: pa.BooleanArray) -> pa.Table:
    """Leave of a customer what counts need: segment, list, status and model; the id becomes a number of the night."""
    number = 1
    while pc.any(pc.equal(rows["customer_id"], f"{FORGOTTEN}-{number}")).as_py():
        number += 1
    columns = {}
    for name in rows.column_names:
        value = f"{FORGOTTEN}-{number}" if name == "customer_id" else None
        emptied = pc.if_else(here, pa.scalar(value, rows.schema.field(name).type), rows[name])
        columns[name] = rows[name] if name in COUNTED else emptied
    return pa.table(columns).sort_by("customer_id")


def thousandths(shares: pd.DataFrame) -> np.ndarray:
    """Give shares as whole thousandths of log-odds, a column a signal; beyond 32.767 they are cut.

    Examples
    --------
    >>> thousandths(pd.DataFrame({"logins": [-0.25]})).tolist()
    [[-250]]
    """
    values = shares.to_numpy(dtype=np.float32)
    return np.clip(np.rint(values * SHARE_UNIT), -_MOST, _MOST).astype(np.int16)


def write_rows(rows: pa.Table, path: Path, run_name: str) -> None:
    """Write a table with the name of the run that made it."""
    told = rows.replace_schema_metadata({_RUN: run_name.encode()})
    with path.open("wb") as file:
        pq.write_table(told, file, compression="zstd", compression_level=1, write_statistics=False)
        file.flush()
        os.fsync(file.fileno())  # what is renamed survives a crash of the machine, too


def _scores_table(scores: pd.DataFrame) -> pa.Table:
    names = kept_columns(scores)
    columns = {}
    for name in names:
        kind = COLUMNS.get(name, pa.float64())
        if name in scores:
            columns[name] = pa.array(scores[name], type=kind, from_pandas=True)
        else:
            columns[name] = pa.nulls(len(scores), type=kind)
    return pa.table(columns).sort_by("customer_id")


def _shares_table(shares: pd.DataFrame) -> pa.Table:
    values = thousandths(shares.drop(columns="customer_id"))
    names = [str(name) for name in shares.columns if name != "customer_id"]
    columns = {name: pa.array(np.ascontiguousarray(values[:, at])) for at, name in enumerate(names)}
    table = pa.table({"customer_id": pa.array(shares["customer_id"], type=pa.string(), from_pandas=True), **columns})
    return table if shares["customer_id"].is_monotonic_increasing else table.sort_by("customer_id")


def _run_of(path: Path) -> str | None:
    told = (pq.read_schema(path).metadata or {}).get(_RUN)
    return told.decode() if told else None
