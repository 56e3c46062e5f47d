"""States of customers between numbered boundaries: what every key figure is counted from.

A run is a stretch of boundaries at which a customer was present and paid the same. A month in which nothing happens
costs nothing, so that many periods are counted as quickly as few.
"""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from churnrisk.kpis.periods import Periods
from churnrisk.settings import ChurnSettings

COLUMNS = ("customer_id", "tiling", "first", "last", "mrr", "plan")


def tiled(table: ir.Table, periods: Periods) -> ir.Table:
    """Repeat each row for each tiling."""
    if periods.tilings == 1:
        return table.mutate(tiling=ibis.literal(0, type="int32"))
    return table.mutate(tiling=ibis.range(0, periods.tilings).unnest().cast("int32"))


def numbered(states: ir.Table, periods: Periods) -> ir.Table:
    """Put the numbers of the boundaries that a state covers in place of its instants; who covers none is left out."""
    rows = tiled(states, periods)
    first = ibis.greatest(periods.boundary(rows.from_at, rows.tiling) + 1, 0)
    last = ibis.least(periods.boundary(rows.to_at, rows.tiling), periods.last_boundary(rows.tiling))
    rows = rows.mutate(first=first.cast("int32"), last=last.cast("int32"))
    return rows.filter(rows["last"] >= rows["first"])


def paid_runs(plain: ir.Table, overlapping: ir.Table, periods: Periods) -> ir.Table:
    """Give the runs of a contract pipeline: several subscriptions at once are added up.

    The plan is that of the subscription with the highest MRR; of equals, the one that began last.

    Parameters
    ----------
    plain
        By :func:`churnrisk.presence.stays.plain_states`.
    overlapping
        By :func:`churnrisk.presence.states.overlapping_states`.

    Returns
    -------
    Table
        ``customer_id, tiling, first, last, mrr, plan, began_at``: the boundaries first to last, both inclusive.
    """
    alone = numbered(plain, periods).select(*COLUMNS, "began_at")
    return ibis.union(alone, _added_up(numbered(overlapping, periods)), distinct=False)


def _added_up(rows: ir.Table) -> ir.Table:
    """Add up what customers pay for at once, boundary by boundary where states overlap."""
    before = ibis.window(group_by=["customer_id", "tiling"], order_by=["first", "last"], preceding=(None, 1))
    rows = rows.mutate(clash=(rows["last"].max().over(before) >= rows["first"]).fill_null(False))
    whose = ibis.window(group_by=["customer_id", "tiling"])
    rows = rows.mutate(clashes=rows.clash.any().over(whose))
    alone = rows.filter(~rows.clashes).select(*COLUMNS, "began_at")
    together = _steps(rows.filter(rows.clashes).drop("clash", "clashes"))
    return ibis.union(alone.mutate(mrr=alone.mrr.cast("decimal(18, 2)")), together, distinct=False)


def _steps(rows: ir.Table) -> ir.Table:
    """Cut a customer's states where one begins or ends, and add up those that hold from there on."""
    keys = ["customer_id", "tiling"]
    paid = rows.mutate(
        paid=ibis.coalesce(rows.mrr, 0).cast("decimal(38, 2)"), priced=rows.mrr.notnull().cast("int64")
    )
    begins = paid.select(*keys, at=paid["first"], paid=paid.paid, priced=paid.priced, held=ibis.literal(1))
    ends = paid.select(*keys, at=paid["last"] + 1, paid=-paid.paid, priced=-paid.priced, held=ibis.literal(-1))
    edges = ibis.union(begins, ends.cast(dict(begins.schema().items())), distinct=False)
    edges = edges.group_by(*keys, "at").aggregate(
        paid=edges.paid.sum(), priced=edges.priced.sum(), held=edges.held.sum()
    )
    so_far = ibis.cumulative_window(group_by=keys, order_by="at")
    steps = edges.mutate(
        held=edges.held.sum().over(so_far),
        priced=edges.priced.sum().over(so_far),
        mrr=edges.paid.sum().over(so_far).cast("decimal(18, 2)"),
        until=edges["at"].lead().over(ibis.window(group_by=keys, order_by="at")),
    )
    steps = steps.filter(steps.held > 0)
    held = rows.select(who=rows.customer_id, of=rows.tiling, since=rows["first"], to=rows["last"], **_rank(rows))
    at = steps.inner_join(
        held,
        [
            steps.customer_id == held.who,
            steps.tiling == held.of,
            steps["at"] >= held.since,
            steps["at"] <= held.to,
        ],
    )
    return (
        at.group_by(*keys, "at")
        .aggregate(
            last=(at.until.max() - 1).cast("int32"),
            mrr=ibis.ifelse(at.priced.max() > 0, at.mrr.max(), ibis.null("decimal(18, 2)")),
            plan=at.plan.argmin(at.place).nullif(""),
            began_at=at.began_at.min(),
        )
        .select(*keys, ibis._["at"].cast("int32").name("first"), "last", "mrr", "plan", "began_at")
    )


def _rank(rows: ir.Table) -> dict[str, ir.Value]:
    """Rank states held at once, the highest MRR first, of equals the last begun, then by id; with plan and start."""
    place = ibis.struct(
        {
            "mrr": -ibis.coalesce(rows.mrr, 0).cast("decimal(18, 2)"),
            "age": -rows.from_at.epoch_seconds(),
            "id": rows.subscription_id,
        }
    )
    return {"place": place, "plan": ibis.coalesce(rows.plan, ""), "began_at": rows.began_at}


def _place(rows: ir.Table, of: list[str]) -> ir.Value:
    """Rank states held at once: the highest MRR first, of equals the one that began last, then by id."""
    order = [ibis.desc(rows.mrr.fill_null(0)), ibis.desc(rows.from_at), rows.subscription_id]
    return ibis.row_number().over(ibis.window(group_by=of, order_by=order))


def bought_runs(
    spells: ir.Table, bought: ir.Table | None, first_days: ir.Table, periods: Periods, value_days: int
) -> ir.Table:
    """Give the runs of an inactivity pipeline, one a boundary: MRR is the mean monthly amount of the days before.

    Parameters
    ----------
    spells
        By :func:`churnrisk.presence.states.spell_states`.
    bought
        ``customer_id, day, amount``; None leaves MRR empty.
    first_days
        ``customer_id, first_day``.
    """
    rows = numbered(spells, periods)
    if bought is None:
        return rows.select(*COLUMNS)
    rows = rows.mutate(at=ibis.range(rows["first"], rows["last"] + 1).unnest().cast("int32"))
    buys = tiled(bought, periods)
    midnight = buys.day.cast("timestamp")
    buys = buys.mutate(
        first=periods.boundary(midnight, buys.tiling) + 1,
        last=periods.boundary(midnight + ibis.interval(days=value_days), buys.tiling),
    )
    buys = buys.mutate(
        first=ibis.greatest(buys["first"], 0), last=ibis.least(buys["last"], periods.last_boundary(buys.tiling))
    )
    buys = buys.filter(buys["last"] >= buys["first"])
    buys = buys.mutate(at=ibis.range(buys["first"], buys["last"] + 1).unnest().cast("int32"))
    totals = buys.group_by("customer_id", "tiling", "at").aggregate(total=buys.amount.sum())
    worth = rows.left_join(totals, ["customer_id", "tiling", "at"]).drop(
        "customer_id_right", "tiling_right", "at_right"
    )
    worth = worth.inner_join(first_days, "customer_id")
    instants = _boundaries(periods)
    worth = worth.inner_join(instants, [worth.tiling == instants.of_tiling, worth["at"] == instants.number])
    age = ibis.least(worth.instant.date().delta(worth.first_day, unit="day"), value_days)
    monthly = ibis.coalesce(worth.total, 0.0) / ibis.greatest(age, 90) * 365 / 12
    mrr = ibis.greatest(monthly, 0.0).round(2).cast("decimal(18, 2)")
    return worth.select("customer_id", "tiling", first=worth["at"], last=worth["at"], mrr=mrr, plan=worth.plan)


def _boundaries(periods: Periods) -> ir.Table:
    """Give the instant of each boundary: ``of_tiling, number, instant``."""
    rows = periods.table()
    starts = rows.select(of_tiling="tiling", number="period", instant="start")
    ends = rows.select(of_tiling="tiling", number=(rows.period + 1).cast("int32"), instant="end")
    return ibis.union(starts, ends, distinct=True)


def plain_firsts(stays: ir.Table, presence: ir.Table, since: datetime | None = None) -> ir.Table:
    """Give the first paid start of customers with one stay at a time, as :func:`firsts` does.

    Parameters
    ----------
    stays
        By :func:`churnrisk.presence.stays.placed`.
    since
        Only those who began at this instant or later.
    """
    if since is not None:
        stays, presence = stays.filter(stays.paid_from >= since), presence.filter(presence.started_at >= since)
    begun = stays.filter(stays.end_before.isnull()).select("customer_id", "paid_from", "mrr", "plan")
    joined = begun.inner_join(
        presence, [begun.customer_id == presence.customer_id, begun.paid_from == presence.started_at]
    )
    return joined.select("customer_id", "started_at", "churned_at", "competing", "mrr", "plan")


def firsts(states: ir.Table, presence: ir.Table) -> ir.Table:
    """Give each customer's first paid start, with what it was then and how the first spell ended.

    Returns
    -------
    Table
        ``customer_id, started_at, churned_at`` (empty while the first spell runs), ``competing, mrr, plan``.
    """
    spells = presence.group_by("customer_id").aggregate(
        started_at=presence.started_at.min(),
        churned_at=presence.churned_at.argmin(presence.started_at),
        competing=presence.competing.argmin(presence.started_at).fill_null(False),
        running=presence.churned_at.isnull().argmin(presence.started_at),
    )
    spells = spells.mutate(churned_at=ibis.ifelse(spells.running, ibis.null("timestamp"), spells.churned_at))
    starts = spells.select(who="customer_id", begins="started_at")
    begun = states.inner_join(starts, [states.customer_id == starts.who, states.from_at == starts.begins])
    begun = begun.mutate(place=_place(begun, ["customer_id"]))
    paid = begun.group_by("customer_id").aggregate(
        mrr=begun.mrr.sum().cast("decimal(18, 2)"), plan=begun.plan.max(where=begun.place == 0)
    )
    joined = spells.left_join(paid, "customer_id")
    return joined.select("customer_id", "started_at", "churned_at", "competing", "mrr", "plan")


def with_churn_index(presence: ir.Table, periods: Periods, churn: ChurnSettings) -> ir.Table:
    """Give the last end of each customer in each period: ``customer_id, tiling, period, reason, competing, kind``."""
    ended = presence.filter(presence.churned_at.notnull())
    ended = tiled(ended.select("customer_id", "churned_at", "reason", "competing"), periods)
    ended = ended.mutate(period=periods.boundary(ended.churned_at, ended.tiling))
    ended = ended.filter(ended.period >= 0)
    last = ended.group_by("customer_id", "tiling", "period").aggregate(
        reason=ibis.coalesce(ended.reason, "").argmax(ended.churned_at),
        competing=ended.competing.argmax(ended.churned_at),
    )
    why = last.reason.nullif("")
    kind = ibis.cases(
        (why.isin(churn.voluntary_reasons or [""]).fill_null(False), "voluntary"),
        (why.isin(churn.involuntary_reasons or [""]).fill_null(False), "involuntary"),
        else_="unknown",
    )
    return last.mutate(reason=why, reason_kind=kind)
