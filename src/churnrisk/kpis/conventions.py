"""Conventions by which other tools count, beside our own: what each changes, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from churnrisk.catalog import Catalog

#: Days of a unit, where a month is 30 days.
DAYS = {"month": 30, "quarter": 90, "year": 360}


@dataclass(frozen=True)
class Convention:
    """One way to count.

    Parameters
    ----------
    title
        What it is called.
    changes
        What differs from our definitions, as a sentence.
    source
        Who counts so, where they say it, and what they do otherwise than we do even then.
    formulas
        Key figure = its formula, where that is another.
    """

    title: str
    changes: str
    source: str = ""
    formulas: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Say in one line what it changes and who counts so."""
        return f"Convention: {self.title}. {self.changes} {self.source}".strip()


CONVENTIONS: Catalog[Convention] = Catalog("convention")

CONVENTIONS.add("standard", Convention("our definitions", "A churn rate is a share of those present at the start."))

CONVENTIONS.add(
    "new_in_denominator",
    Convention(
        "new customers in the denominator",
        "A churn rate is a share of those present at the start and of those who first started in the period; who "
        "first started in it and is gone at its end counts as churned. Counts, bridges and revenue stay as they are.",
        "So counts Stripe Billing (support.stripe.com, 'Calculating subscriber churn rate in Billing': churned in "
        "the past 30 days, divided by those active 30 days ago plus the new ones of these 30 days; who starts and "
        "churns within them is in both). Stripe also counts who left and was back at the end; here that is no churn.",
        {
            "churn_rate": "(churned + came and went) / (customers at the start + new + came and went)",
            "crr": "100 − churn rate: (customers at the end − reactivated) / the same denominator",
            "voluntary_churn_rate": "those who chose to go, of churned and of came and went / the same denominator",
            "involuntary_churn_rate": "those who did not choose it, likewise / the same denominator",
            "unknown_churn_rate": "those whose reason is not known, likewise / the same denominator",
            "lifetime_months": "1 / monthly churn rate, from this churn rate",
            "ltv": "ARPA × gross margin × this lifetime",
        },
    ),
)

CONVENTIONS.add(
    "thirty_day_months",
    Convention(
        "months of 30 days",
        "Periods are not those of the calendar but 30 days long (a quarter 90, a year 360), laid end to end from the "
        "first day of the data; a lifetime is in months of 30 days. Each formula stays as it is.",
        "So counts Baremetrics (help.baremetrics.com, 'User and Revenue Churn': cancelled in the last 30 days, "
        "divided by customers 30 days ago; MRR lost to downgrades and cancellations in the last 30 days, divided by "
        'MRR 30 days ago). Baremetrics shows such 30 days as of each day: period = "rolling:30d" gives these.',
    ),
)


def unit_of(period: str, convention: str) -> str:
    """Give the unit in which periods are laid.

    Examples
    --------
    >>> unit_of("month", "standard"), unit_of("month", "thirty_day_months")
    ('month', 'days:30')
    """
    if convention == "thirty_day_months" and period in DAYS:
        return f"days:{DAYS[period]}"
    return period
