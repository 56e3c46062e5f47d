"""Signals of the contract: tenure, term, renewal, plan, price.

A signal of this table receives ``past`` with ``is_running``: whether the row was running at the cutoff.
"""

import ibis
import ibis.expr.types as ir

from churnrisk.features.signal import ratio, signal


@signal(
    table="subscriptions",
    group="contract",
    unit="days",
    raises_risk="low",
    moves_with_calendar=True,
    sentence="A customer for only {value:day|days}",
)
def contract_tenure_days(subscriptions: ir.Table) -> ir.Value:
    """Days since the customer's first start."""
    return subscriptions.started_days_ago.max()


@signal(table="subscriptions", group="contract", unit="days", moves_with_calendar=True)
def contract_row_age_days(subscriptions: ir.Table) -> ir.Value:
    """Days since the newest term, plan or price began."""
    return subscriptions.started_days_ago.min()


@signal(
    table="subscriptions",
    group="contract",
    unit="days",
    raises_risk="low",
    needs=("term_ends_at",),
    below=91,
    sentence="{value:day|days} to the end of the term",
)
def contract_days_to_term_end(subscriptions: ir.Table) -> ir.Value:
    """Days from the cutoff to the end of the running term; empty without a term."""
    ahead = subscriptions.is_running & (subscriptions.term_ends_days_ago <= 0)
    return -subscriptions.term_ends_days_ago.max(where=ahead)


@signal(table="subscriptions", group="contract", unit="days", needs=("term_ends_at",))
def contract_term_days(subscriptions: ir.Table) -> ir.Value:
    """Length of the running term in days; empty without a term."""
    length = subscriptions.started_days_ago - subscriptions.term_ends_days_ago
    return length.max(where=subscriptions.is_running)


@signal(
    table="subscriptions",
    group="contract",
    unit="yes/no",
    missing=0,
    raises_risk="high",
    above=0,
    needs=("auto_renew_off_at",),
    sentence="Automatic renewal was switched off",
    actionable=True,
    change="automatic renewal switched on again",
)
def contract_auto_renew_off(subscriptions: ir.Table) -> ir.Value:
    """Whether automatic renewal of a running row was switched off before the cutoff."""
    off = subscriptions.is_running & subscriptions.auto_renew_off_at.notnull()
    return off.cast("int64").max()


@signal(
    table="subscriptions",
    group="contract",
    unit="yes/no",
    raises_risk="low",
    below=0.5,
    needs=("auto_renew",),
    sentence="The contract does not renew by itself",
    actionable=True,
    change="a contract that renews by itself",
)
def contract_auto_renew(subscriptions: ir.Table) -> ir.Value:
    """Whether the running row renews by itself, as agreed at its start."""
    return subscriptions.auto_renew.cast("int64").max(where=subscriptions.is_running)


@signal(table="subscriptions", group="contract", unit="money", raises_risk="low", needs=("mrr",))
def contract_mrr(subscriptions: ir.Table) -> ir.Value:
    """Monthly recurring revenue of the running rows."""
    return subscriptions.mrr.cast("float64").sum(where=subscriptions.is_running)


@signal(table="subscriptions", group="contract", unit="changes", days=182, missing=0, needs=("previous_plan",))
def contract_plan_changes_182d(subscriptions: ir.Table) -> ir.Value:
    """Rows begun in the 182 days before the cutoff with another plan than the row before."""
    changed = subscriptions.previous_plan.notnull() & (subscriptions.plan != subscriptions.previous_plan)
    return subscriptions.count(where=changed & (subscriptions.started_days_ago <= 182))


@signal(
    table="subscriptions",
    group="contract",
    unit="share",
    days=182,
    missing=0,
    raises_risk="high",
    needs=("previous_mrr", "previous_plan"),
    above=0,
    sentence="The price rose {value:%} in the last 182 days",
)
def contract_price_rise_182d(subscriptions: ir.Table) -> ir.Value:
    """Largest rise of MRR from one row to the next on the same plan, in the 182 days before the cutoff."""
    return _price_change(subscriptions, 182).max()


@signal(
    table="subscriptions",
    group="contract",
    unit="share",
    days=56,
    missing=0,
    raises_risk="high",
    needs=("previous_mrr", "previous_plan"),
    above=0,
    sentence="The price rose {value:%} in the last 56 days",
)
def contract_price_rise_56d(subscriptions: ir.Table) -> ir.Value:
    """Largest rise of MRR from one row to the next on the same plan, in the 56 days before the cutoff."""
    return _price_change(subscriptions, 56).max()


def _price_change(subscriptions: ir.Table, days: int) -> ir.Value:
    recent = (subscriptions.started_days_ago <= days) & subscriptions.previous_mrr.notnull()
    recent = recent & subscriptions.previous_plan.identical_to(subscriptions.plan)
    change = ratio(subscriptions.mrr, subscriptions.previous_mrr) - 1
    return ibis.ifelse(recent, change, 0.0)


@signal(
    table="subscriptions",
    group="contract",
    unit="share",
    days=182,
    missing=0,
    raises_risk="low",
    needs=("previous_mrr",),
    below=0,
    sentence="Moved to a smaller plan in the last 182 days",
)
def contract_mrr_change_182d(subscriptions: ir.Table) -> ir.Value:
    """Sum of the changes of MRR from row to row, each as a share, in the 182 days before the cutoff."""
    recent = (subscriptions.started_days_ago <= 182) & subscriptions.previous_mrr.notnull()
    change = ratio(subscriptions.mrr, subscriptions.previous_mrr) - 1
    return change.sum(where=recent)


@signal(table="subscriptions", group="contract", unit="rows", missing=0)
def contract_rows(subscriptions: ir.Table) -> ir.Value:
    """Terms, plans and prices so far."""
    return subscriptions.count()


@signal(table="subscriptions", group="contract", unit="subscriptions", missing=0)
def contract_subscriptions_running(subscriptions: ir.Table) -> ir.Value:
    """Subscriptions running at the cutoff."""
    return subscriptions.count(where=subscriptions.is_running)


@signal(
    table="customers",
    group="contract",
    unit="days",
    needs=("signed_up_at",),
    moves_with_calendar=True,
    raises_risk="low",
    sentence="First seen only {value:day|days} ago",
)
def contract_signed_up_days_ago(customers: ir.Table) -> ir.Value:
    """Days since the customer signed up."""
    return customers.signed_up_days_ago.max()
