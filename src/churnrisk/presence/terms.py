"""Terms that came to their end, and whether they were renewed."""

from datetime import datetime

import ibis
import ibis.expr.types as ir

from churnrisk.settings import ChurnSettings

#: What makes a term one: rows of one subscription with the same end are one term.
KEY = ("customer_id", "subscription_id", "term_ends_at")


def ended_terms(
    stays: ir.Table, plain: ir.Table, others: ir.Table, churn: ChurnSettings, since: datetime, certain_to: datetime
) -> ir.Table:
    """Say of each term whether its customer had a subscription running once it and the days of grace were over.

    Parameters
    ----------
    stays
        Everyone's, by :func:`churnrisk.presence.stays.stays_in_order`.
    plain, others
        The stays of customers with one at a time, and of the others.
    since, certain_to
        Only terms that ended from the first instant on, with their grace by the second.

    Returns
    -------
    Table
        ``customer_id, term_ends_at, renewed``; one row a term.
    """
    grace = ibis.interval(days=churn.grace_days)
    looked = [_ended(rows, grace, since, certain_to) for rows in (plain, others)]
    known = _one_a_term(_beside(looked[0]))
    clear = known.filter(known.renewed.notnull())
    unclear = known.filter(known.renewed.isnull()).select(*KEY)
    open_ = ibis.union(unclear, looked[1].select(*KEY).distinct(), distinct=False)
    return ibis.union(
        clear.select("customer_id", "term_ends_at", "renewed"), _looked_up(open_, stays, grace), distinct=False
    )


def _ended(stays: ir.Table, grace: ir.Value, since: datetime, certain_to: datetime) -> ir.Table:
    rows = stays.filter((stays.term_ends_at > stays.paid_from) & (stays.term_ends_at >= since))
    rows = rows.mutate(judged_at=rows.term_ends_at + grace)
    return rows.filter(rows.judged_at <= certain_to)


def _beside(rows: ir.Table) -> ir.Table:
    """Judge a term by its own stay and the next; empty where the next is over too soon to tell."""
    renewed = ibis.cases(
        (rows.end >= rows.judged_at, True),
        (rows.next_from.isnull() | (rows.next_from > rows.judged_at), False),
        (rows.next_end >= rows.judged_at, True),
    )
    return rows.select(*KEY, renewed=renewed, whole=rows.end >= rows.term_ends_at)


def _one_a_term(rows: ir.Table) -> ir.Table:
    """Keep one row a term.

    Of customers with one stay at a time, at most one stay lasts until a term's end; only shorter ones can repeat it.
    """
    whole = rows.filter(rows.whole).select(*KEY, "renewed")
    short = rows.filter(~rows.whole)
    short = short.group_by(*KEY).aggregate(renewed=short.renewed.cast("int8").max().cast("boolean"))
    return ibis.union(whole, short.anti_join(whole, KEY), distinct=False)


def _looked_up(terms: ir.Table, stays: ir.Table, grace: ir.Value) -> ir.Table:
    """Look for a stay that runs when a term and its grace are over."""
    runs = stays.semi_join(terms, "customer_id").select(who="customer_id", paid_from="paid_from", until="end")
    judged_at = terms.term_ends_at + grace
    after = terms.inner_join(
        runs, [terms.customer_id == runs.who, runs.paid_from <= judged_at, runs.until >= judged_at]
    )
    kept = after.select(*KEY).distinct().mutate(renewed=True)
    joined = terms.left_join(kept, KEY)
    return joined.select("customer_id", "term_ends_at", renewed=joined.renewed.fill_null(False))
