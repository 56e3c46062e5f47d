"""The customers, every one of them: those given, and those who stand in other tables only."""

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.sources.engine import Engine
from churnrisk.tables.contract import KNOWN_AT


def seen_in(table: ir.Table, first: str, name: str, engine: Engine) -> ir.Table:
    """Keep who stands in a table, and since when: one pass.

    Parameters
    ----------
    first
        The time column that tells since when.
    """
    seen = table.group_by("customer_id").agg(first_at=table[first].min(), rows=table.count())
    return engine.keep(seen, f"seen_{name}")


def everyone(seen: Mapping[str, ir.Table], engine: Engine) -> ir.Table:
    """Keep who stands in any table, and since when."""
    together = engine.union([table.select("customer_id", "first_at") for table in seen.values()])
    return engine.keep(together.group_by("customer_id").agg(first_at=together.first_at.min()), "everyone")


def derived_customers(people: ir.Table, engine: Engine, observed: ir.Value) -> ir.Table:
    """Make customers of those who stand in other tables.

    Parameters
    ----------
    observed
        The first instant of the data: since when somebody without any time of their own is known.
    """
    signed_up = people.first_at.cast(dt.timestamp)
    made = people.select(
        customer_id=people.customer_id, signed_up_at=signed_up, **{KNOWN_AT: signed_up.fill_null(observed)}
    )
    return engine.keep(made, "clean_customers")


def completed_customers(given: ir.Table, people: ir.Table, engine: Engine, observed: ir.Value) -> ir.Table:
    """Add to the given customers those who stand in other tables only, and fill unknown first days."""
    firsts = people.select(person=people.customer_id, first_at=people.first_at)
    joined = given.outer_join(firsts, given.customer_id == firsts.person)
    own = joined.signed_up_at if "signed_up_at" in given.columns else ibis.null(dt.timestamp)
    signed_up = ibis.coalesce(own, joined.first_at).cast(dt.timestamp)
    rest = [name for name in given.columns if name not in ("customer_id", "signed_up_at", KNOWN_AT)]
    made = joined.select(
        customer_id=ibis.coalesce(joined.customer_id, joined.person),
        signed_up_at=signed_up,
        **{name: joined[name] for name in rest},
        **{KNOWN_AT: ibis.coalesce(joined[KNOWN_AT], signed_up, observed).cast(dt.timestamp)},
    )
    return engine.keep(made, "clean_customers")
