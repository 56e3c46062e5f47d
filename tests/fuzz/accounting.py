"""Whether a night is sound, judged from outside: from the mutated tables and from the files that it wrote."""

import json
import math
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.sources.spreadsheet import as_written
from tests.fuzz.companies import Frames, Kind

#: Days after an end in which a customer may come back, by default.
GRACE_DAYS = 7
#: Columns that name a customer, by table, where another name than ours is used.
ID_COLUMNS = {"Vertraege": "KdNr", "Nutzung": "Kunde"}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Unsound(AssertionError):  # noqa: N818  what it says is a finding
    """A night that lies, or leaves somebody out."""


def check_night(folder: Path, cutoff: date | None) -> dict[str, set[str]]:
    """Read every file of a night, and give who stands where.

    Raises
    ------
    Unsound
        With the first thing that is not as it should be.
    """
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    scores = pd.read_parquet(folder / "scores.parquet")
    at_risk = pd.read_parquet(folder / "at_risk.parquet")
    lists = {path.stem: read_csv(path) for path in sorted(folder.glob("*.csv"))}
    for path in folder.glob("*.parquet"):
        pd.read_parquet(path)
    for path in folder.glob("*.xlsx"):
        rows = pd.read_excel(path, dtype=str, keep_default_na=False)
        _must(len(rows) == len(lists[path.stem]), f"{path.name} is another list than {path.stem}.csv")
    _numbers(scores, "scores")
    _numbers(at_risk, "at_risk")
    _must(scores["customer_id"].is_unique, "somebody is scored twice")
    _must(scores["segment"].notna().all(), "a score without a segment")
    _must(at_risk["rank"].tolist() == list(range(1, len(at_risk) + 1)), "ranks are not 1 to n")
    _must(set(at_risk["customer_id"]) <= set(scores["customer_id"]), "at risk and not scored")
    _must(lists["at_risk"]["customer_id"].tolist() == at_risk["customer_id"].tolist(), "at_risk.csv is another list")
    people = {name: set(rows["customer_id"]) for name, rows in lists.items()}
    people["scores"] = set(scores["customer_id"])
    for name, rows in lists.items():
        one_line = rows["customer_id"][~rows["customer_id"].str.contains("\n")]  # all line ends are written alike
        _must(one_line.is_unique, f"somebody stands twice in {name}")
        _must(not (rows["customer_id"] == "").any(), f"nobody stands in {name}")
    apart = ("scores", "leaving", "not_scored")
    _apart(people, apart)
    _apart(people, ("today", "held_out", "cooling_down", "leaving", "lost"))
    for name in ("today", "held_out", "cooling_down"):
        _must(people.get(name, set()) <= people["at_risk"], f"{name} holds somebody who is not at risk")
    counts = run["counts"]
    found = {"scored": len(scores), **{name: len(rows) for name, rows in lists.items()}}
    for name, number in found.items():
        _must(
            counts.get(name, number) == number,
            f"run.json counts {counts.get(name)} in {name}, and there are {number}",
        )
    _must(run["cutoff"] == (str(cutoff) if cutoff else None), "run.json names another cutoff")
    return people


def read_csv(path: Path) -> pd.DataFrame:
    """Read a list as text, ids as they were before they were made safe for spreadsheets."""
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    if "customer_id" in rows:
        rows["customer_id"] = rows["customer_id"].map(as_written)
    return rows


def _numbers(rows: pd.DataFrame, name: str) -> None:
    chance = rows["churn_probability"].to_numpy(dtype=float)
    _must(bool(((chance >= 0) & (chance <= 1)).all()), f"a probability in {name} is none")
    for column in ("mrr", "expected_loss", "score"):
        if column in rows:
            known = rows[column].dropna().to_numpy(dtype=float)
            _must(bool(np.isfinite(known).all()), f"{column} in {name} is infinite")


def _apart(people: dict[str, set[str]], names: tuple[str, ...]) -> None:
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            both = people.get(one, set()) & people.get(other, set())
            _must(not both, f"{sorted(both)[:3]} stands in {one} and in {other}")


def _must(holds: bool, told: str) -> None:
    if not holds:
        raise Unsound(told)


def check_everyone(
    frames: Frames, kind: Kind, people: dict[str, set[str]], cutoff: date | None, rejected: Path, run: dict
) -> None:
    """Ask of everybody who stands in the tables where they stand in the night.

    Parameters
    ----------
    frames
        The tables as they were written, read again from outside.
    rejected
        The folder of rows that were set aside.

    Raises
    ------
    Unsound
        When somebody stands nowhere and nothing says why.
    """
    frames = {name: frame.loc[:, ~frame.columns.duplicated()] for name, frame in frames.items()}  # the first counts
    told = people["scores"] | people["leaving"] | people["not_scored"]
    aside = _aside(rejected)
    counted = {one["table"]: one["set_aside"] for one in run["inputs"]}
    if aside and not sum(counted.values()):
        raise Unsound("rows were set aside and not counted")
    by_customer = {table: _by_customer(frame, table) for table, frame in frames.items()}
    for table, customer, rows in _everybody(by_customer):
        if customer in told or (customer in aside):
            continue
        own = {name: groups.get(customer, frames[name].iloc[:0]) for name, groups in by_customer.items()}
        why = _gone(kind, own, cutoff)
        if not why:
            shown = rows.head(3).astype(str).to_dict("records")
            raise Unsound(f"{customer!r} of {table} stands in no list, and nothing says why: {shown}")


def normal(cell: object) -> str | None:
    """Write an id as it should be read; None where there is none."""
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if (
        isinstance(cell, (float, np.floating))
        and math.isfinite(cell)
        and float(cell).is_integer()
        and abs(cell) < 1e15
    ):
        return str(int(cell))
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    return str(cell).strip() or None


def _by_customer(frame: pd.DataFrame, table: str) -> dict[str, pd.DataFrame]:
    """Give the rows of each customer; nobody where it cannot be told which column names them."""
    column = ID_COLUMNS.get(table, "customer_id")
    if list(frame.columns).count(column) != 1:
        return {}
    ids = frame[column].map(normal)
    if _whole(ids):
        ids = ids.map(lambda text: text.split(".")[0] if isinstance(text, str) else text)
    return {str(customer): rows for customer, rows in frame.groupby(ids, sort=False)}


def _everybody(by_customer: dict[str, dict[str, pd.DataFrame]]) -> list[tuple[str, str, pd.DataFrame]]:
    found: dict[str, tuple[str, str, pd.DataFrame]] = {}
    for table, groups in by_customer.items():
        for customer, rows in groups.items():
            found.setdefault(customer, (table, customer, rows))
    return list(found.values())


def _whole(ids: pd.Series) -> bool:
    known = ids.dropna()
    return len(known) > 0 and known.str.fullmatch(r"[+-]?[0-9]+(\.0+)?").all()


def _aside(rejected: Path) -> set[str]:
    """Everything that stands in rows that were set aside."""
    found: set[str] = set()
    for path in rejected.glob("*.parquet"):
        rows = pd.read_parquet(path)
        for name in rows.columns:
            for cell in rows[name].dropna():
                text = normal(cell)
                if text is not None:
                    found |= {text, text.removesuffix(".0")}
    return found


def _gone(kind: Kind, rows: Frames, cutoff: date | None) -> str:
    """Say why somebody may stand in no list, by their raw rows alone; empty where nothing explains it."""
    if cutoff is None:
        return _left(rows["people"])
    night = datetime(cutoff.year, cutoff.month, cutoff.day)
    seen = [at for table in rows for at in _instants(rows[table], FIRSTS.get(table, []))]
    if seen and min(seen) >= night:
        return "known only later"
    if kind.model == "silence":
        last = [at for at in seen if at < night]
        return "silent" if last and (night - max(last)).days >= 60 else ""
    if kind.model == "recorded":
        return "left" if len(rows.get("churn_events", ())) else ""
    table = "Vertraege" if kind.model == "mapped" else "subscriptions"
    stays = rows.get(table, pd.DataFrame())
    if not len(stays):
        return ""
    return "left" if all(_over(stay, night) for _, stay in stays.iterrows()) else ""


FIRSTS = {
    "customers": ["signed_up_at"],
    "subscriptions": ["started_at"],
    "usage": ["occurred_at"],
    "tickets": ["opened_at"],
    "invoices": ["issued_at", "due_at"],
    "surveys": ["answered_at"],
    "offers": ["offered_at"],
    "Vertraege": ["Beginn"],
    "Nutzung": ["Tag"],
    "churn_events": ["churned_at"],
}


def _left(people: pd.DataFrame) -> str:
    labels = people["Churn"].astype(str).str.strip().str.lower() if "Churn" in people else pd.Series(dtype=str)
    return "left" if len(labels) and labels.isin(["yes", "true", "1", "y", "t", "1.0"]).any() else ""


def _over(stay: pd.Series, night: datetime) -> bool:
    """Say whether a stay had ended, had been given up, was never begun, or cannot be told from outside."""
    for name in ("ended_at", "cancelled_at", "Ende"):
        if name in stay.index and not isinstance(stay[name], pd.Series):
            at = instant(stay[name])
            if at is not None and at < night:
                return True
            if at is None and normal(stay[name]) is not None:
                return True  # not a plain date: the night may have read it by its own rules
    for name in ("started_at", "Beginn"):
        if name in stay.index and not isinstance(stay[name], pd.Series):
            at = instant(stay[name])
            return at is None or at >= night
    return True


def _instants(rows: pd.DataFrame, names: list[str]) -> list[datetime]:
    found = [instant(cell) for name in names if list(rows.columns).count(name) == 1 for cell in rows[name]]
    return [at for at in found if at is not None]


def instant(cell: object) -> datetime | None:
    """Read a plain time; None where it is none, or is written in another way."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    if isinstance(cell, np.datetime64):
        return None if np.isnat(cell) else cell.astype("datetime64[us]").item()
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    text = str(cell).strip()
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S.%f"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None
