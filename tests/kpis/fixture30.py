"""Thirty customers over four months, small enough to count with a pencil.

The story of each stands beside its rows; what comes out of them stands in ``test_by_hand.py``, typed in.
Prices: basic 20, pro 50, team 100, but where a row says otherwise. Grace 7 days, churn by the end day.
"""

from datetime import datetime

from churnrisk.settings import ChurnSettings
from tests.kpis.reference import Company

OLD = "2024-06-01"
PRICES = {"basic": "20.00", "pro": "50.00", "team": "100.00"}

CHURN = ChurnSettings(
    grace_days=7,
    early_days=60,
    voluntary_reasons=["price"],
    involuntary_reasons=["card"],
    competing_reasons=["death"],
)


def row(customer, plan, start=OLD, end=None, reason=None, *, mrr=None, term=None, number=1, **more):
    """Give one subscription row."""
    return {
        "subscription_id": f"{customer}-{number}",
        "customer_id": customer,
        "plan": plan,
        "mrr": mrr or PRICES[plan],
        "started_at": start,
        "ended_at": end,
        "end_reason": reason,
        "term_ends_at": term,
        **more,
    }


SUBSCRIPTIONS = [
    # ten who stay: five at 20, three at 50, two at 100 = 450; one of them renews a term
    *(row(f"s{n:02}", "basic") for n in (1, 2, 3, 4, 5)),
    row("s06", "pro", OLD, "2025-02-15", term="2025-02-15"),
    row("s06", "pro", "2025-02-15", term="2026-02-15", number=2),
    *(row(f"s{n:02}", "pro") for n in (7, 8)),
    *(row(f"s{n:02}", "team") for n in (9, 10)),
    # leaves by choice
    row("c11", "basic", OLD, "2025-01-20", "price"),
    # its card fails on the last day of January, as its term ends
    row("c12", "pro", OLD, "2025-01-31", "card", term="2025-01-31"),
    # leaves on the first of March and does not say why
    row("c13", "basic", OLD, "2025-03-01"),
    # dies: a competing end
    row("c14", "pro", OLD, "2025-02-10", "death"),
    # leaves in January, is back in March
    row("c15", "basic", OLD, "2025-01-10", "price"),
    row("c15", "basic", "2025-03-05", number=2),
    # leaves and comes back within February, 17 days later, and pays 10 more
    row("c16", "pro", OLD, "2025-02-03", "card", term="2025-02-03"),
    row("c16", "pro", "2025-02-20", mrr="60.00", number=2),
    # pauses 6 days over the end of January, within the grace, and pays 5 more
    row("c17", "pro", OLD, "2025-01-28", "price", term="2025-01-28"),
    row("c17", "pro", "2025-02-03", mrr="55.00", number=2),
    # begins with a trial of 14 days
    row("c18", "basic", "2025-01-10", mrr="25.50", trial_ends_at="2025-01-24"),
    # tries, never pays
    row("c19", "basic", "2025-02-01", "2025-02-15", is_trial=True),
    # goes from basic to team in the middle of February
    row("c20", "basic", OLD, "2025-02-15"),
    row("c20", "team", "2025-02-15", mrr="90.00", number=2),
    # goes from team down to pro in March
    row("c21", "team", OLD, "2025-03-10"),
    row("c21", "pro", "2025-03-10", number=2),
    # has two subscriptions and ends the dearer one in April
    row("c22", "basic"),
    row("c22", "pro", OLD, "2025-04-12", "price", number=2),
    # new in January, gone 46 days later
    row("c23", "pro", "2025-01-05", "2025-02-20", "price"),
    # comes and goes within January
    row("c24", "basic", "2025-01-08", "2025-01-26", "price"),
    # new in February
    row("c25", "team", "2025-02-10"),
    # comes and goes within March: the card
    row("c26", "pro", "2025-03-06", "2025-03-27", "card"),
    # new on the last day of January
    row("c27", "basic", "2025-01-31"),
    # pays 399.96 a year, a twelfth a month; the card fails as the term ends
    row("c28", "team", "2024-04-20", "2025-04-20", "card", mrr="33.33", term="2025-04-20"),
    # two subscriptions end on one day; 6 days later a dearer one begins
    row("c29", "basic", "2024-03-29", "2025-03-29", term="2025-03-29"),
    row("c29", "pro", "2024-03-29", "2025-03-29", term="2025-03-29", number=2),
    row("c29", "team", "2025-04-04", number=3),
    # new in March at a discount, down to basic in April
    row("c30", "pro", "2025-03-20", "2025-04-10", mrr="45.00"),
    row("c30", "basic", "2025-04-10", number=2),
]

NORTH = ["s01", "s02", "s03", "s04", "s05", "c11", "c14", "c15", "c17", "c20", "c22", "c23", "c26", "c27", "c29"]
EVERYONE = sorted({one["customer_id"] for one in SUBSCRIPTIONS})
REGIONS = {name: {"region": "north" if name in NORTH else "south"} for name in EVERYONE}


def answer(customer, day, score, kind="nps"):
    """Give one answer to a survey."""
    return {"customer_id": customer, "answered_at": day, "score": score, "kind": kind}


SURVEYS = [
    answer("s01", "2025-01-05", 10),
    answer("s02", "2025-01-06", 9),
    answer("s03", "2025-01-20", 7),
    answer("c11", "2025-01-19", 3),
    answer("s01", "2025-02-05", 4, "csat"),
    answer("s07", "2025-02-06", 5, "csat"),
    answer("c23", "2025-02-19", 2, "csat"),
    answer("s06", "2025-03-01", 6),
    answer("c21", "2025-03-31", 8),
]

THIRTY = Company(SUBSCRIPTIONS, datetime(2025, 5, 20), CHURN, REGIONS, SURVEYS, bands=(30, 60))

# --- how tests read the table of the thirty ---

COUNTS = ("customers_start", "new", "reactivated", "churned", "competing", "customers_end")
MONEY = (
    *("mrr_start", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr"),
    *("churned_mrr", "competing_mrr", "mrr_end"),
)
RATES = ("churn_rate", "crr", "voluntary_churn_rate", "involuntary_churn_rate", "unknown_churn_rate")
JAN, FEB, MAR, APR = "2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01"


def numbers(tables, names, start, split="all", value="all", **how):
    """Give some key figures of one period and part."""
    return tuple(tables(**how)[split, value, start].number[list(names)])


def rates(tables, start, *names, **how):
    return [None if one != one else round(one, 6) for one in numbers(tables, names, start, **how)]
