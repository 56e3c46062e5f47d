"""The segment of the last list, and the group, before a period: what was made when, and from when it counts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.history.store import LEAVING as KEPT_LEAVING
from churnrisk.history.store import History
from churnrisk.kpis.periods import Periods
from churnrisk.sources.engine import Engine

#: The segment of who was leaving when the list was made.
LEAVING = "leaving"
#: The segment of who stood on no list that was there: customers who came later, or never paid.
NOT_LISTED = "not listed"
#: The segment of everyone before the first list.
NO_LIST = "no list"
#: The group of who was in none at the newest cutoff before.
NOT_GROUPED = "not grouped"


def lists_in(out_folder: Path) -> dict[date, Path]:
    """Find the nightly lists of a pipeline: cutoff = the folder of its run, oldest first."""
    found = {}
    for path in sorted(out_folder.glob("????-??-??")):
        try:
            day = date.fromisoformat(path.name)
        except ValueError:
            continue
        if (path / "scores.parquet").is_file():
            found[day] = path
    return found


def nights_in(out_folder: Path) -> dict[date, Path]:
    """Find where each night says who stood in which segment: in the history, else in the folder of its run."""
    history = History(out_folder / "history")
    found = {**lists_in(out_folder), **{day: history.folder_of(day) for day in history.nights()}}
    return {day: found[day] for day in sorted(found)}


def groups_in(out_folder: Path) -> Path:
    """Say where the groups of customers by cutoff lie, once they were made."""
    return out_folder / "groups" / "history.parquet"


def newest_at(cutoffs: list[date], periods: Periods) -> pd.DataFrame:
    """Say which list is the newest at which boundaries; one of the boundary's own day knows nothing of the period.

    Returns
    -------
    DataFrame
        ``tiling, lowest, highest`` (the boundaries, both inclusive), ``cutoff`` (empty before the first list).

    Examples
    --------
    >>> from datetime import datetime
    >>> from churnrisk.kpis.periods import lay_periods
    >>> months = lay_periods("month", datetime(2025, 1, 1), datetime(2025, 4, 1), 7)
    >>> newest_at([date(2025, 1, 15), date(2025, 3, 1)], months)[["lowest", "highest", "cutoff"]].values.tolist()
    [[0, 0, NaT], [1, 1, Timestamp('2025-01-15 00:00:00')], [2, 3, Timestamp('2025-03-01 00:00:00')]]
    """
    rows = periods.rows
    starts = rows[["tiling", "period", "start"]].set_axis(["tiling", "boundary", "instant"], axis=1)
    ends = rows[["tiling", "period", "end"]].set_axis(["tiling", "boundary", "instant"], axis=1)
    at = pd.concat([starts, ends.assign(boundary=ends["boundary"] + 1)]).drop_duplicates(["tiling", "boundary"])
    days = pd.Series(pd.to_datetime(sorted(cutoffs)), dtype="datetime64[us]")
    place = days.searchsorted(at["instant"].to_numpy(), side="right") - 1
    spans = at.assign(place=place).groupby(["tiling", "place"])["boundary"].agg(["min", "max"]).reset_index()
    cutoff = days.reindex(spans["place"].to_numpy()).to_numpy()
    found = {"tiling": spans["tiling"], "lowest": spans["min"], "highest": spans["max"]}
    return pd.DataFrame(found).astype("int32").assign(cutoff=cutoff)


def listed(lists: Mapping[date, Path], engine: Engine) -> ir.Table:
    """Read who stood in which segment of each list: ``customer_id, cutoff, segment``."""
    parts = []
    for day, folder in lists.items():
        cutoff = ibis.literal(day).cast("timestamp")
        scores = engine.connection.read_parquet(folder / "scores.parquet")
        segment = scores.segment.cast("string")
        if "status" in scores.columns:  # the history holds who was leaving, too
            segment = ibis.ifelse(scores.status == KEPT_LEAVING, LEAVING, segment)
        parts.append(scores.select("customer_id", cutoff=cutoff, segment=segment))
        if (folder / "leaving.csv").is_file():
            leaving = engine.connection.read_csv(folder / "leaving.csv", all_varchar=True)
            parts.append(leaving.select("customer_id", cutoff=cutoff, segment=ibis.literal(LEAVING)))
    return engine.union(parts)


def with_segment(runs: ir.Table, lists: Mapping[date, Path], periods: Periods, engine: Engine) -> ir.Table:
    """Cut runs where a newer list begins to count, and put the segment of the newest list beside each piece.

    Parameters
    ----------
    runs
        ``customer_id, tiling, first, last`` and more.
    lists
        By :func:`nights_in`.
    """

    def stood(days: Sequence[date]) -> ir.Table:
        return listed({day: lists[day] for day in days}, engine)

    return _beside(runs, "segment", list(lists), stood, periods, engine, (NO_LIST, NOT_LISTED))


def with_group(runs: ir.Table, history: Path, periods: Periods, engine: Engine) -> ir.Table:
    """Cut runs where customers were grouped anew, and put the newest group beside each piece.

    Parameters
    ----------
    history
        The file ``history.parquet`` of the command groups: ``customer_id, cutoff, group``.
    """
    kept = engine.connection.read_parquet(history)
    kept = kept.mutate(cutoff=kept.cutoff.cast("timestamp"), group=kept["group"].cast("string"))
    days = engine.rows(kept.select("cutoff").distinct())["cutoff"]
    cutoffs = sorted(pd.Timestamp(one).date() for one in days)
    return _beside(runs, "group", cutoffs, lambda _: kept, periods, engine, (NOT_GROUPED, NOT_GROUPED))


def _beside(
    runs: ir.Table,
    name: str,
    cutoffs: list[date],
    stood_at: Callable[[Sequence[date]], ir.Table],
    periods: Periods,
    engine: Engine,
    lacking: tuple[str, str],
) -> ir.Table:
    """Put the newest value at each boundary beside runs; lacking: before the first cutoff, and none then."""
    before, without = lacking
    newest = newest_at(cutoffs, periods) if cutoffs else pd.DataFrame({"cutoff": []})
    used = sorted({one.date() for one in newest["cutoff"].dropna()})
    if not used:
        return runs.mutate(**{name: ibis.literal(before)})
    spans = engine.frame(newest)
    spans = spans.select(of="tiling", lowest="lowest", highest="highest", newest_at="cutoff")
    cut = runs.inner_join(
        spans, [runs.tiling == spans.of, runs["first"] <= spans.highest, runs["last"] >= spans.lowest]
    )
    cut = cut.mutate(
        first=ibis.greatest(cut["first"], cut.lowest).cast("int32"),
        last=ibis.least(cut["last"], cut.highest).cast("int32"),
    ).drop("of", "lowest", "highest")
    stood = stood_at(used).rename(who="customer_id", made_at="cutoff", told=name)
    joined = cut.left_join(stood, [cut.customer_id == stood.who, cut.newest_at == stood.made_at])
    value = ibis.ifelse(joined.newest_at.isnull(), before, ibis.coalesce(joined.told, without))
    return joined.mutate(**{name: value}).drop("who", "made_at", "told", "newest_at")
