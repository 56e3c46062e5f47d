"""Rows of subscriptions: one a term, or one a stretch of the same plan and price."""

import numpy as np

from churnrisk.sources.sample.calendar import NEVER, NONE, Calendar
from churnrisk.sources.sample.company import TRIAL_DAYS, Company

#: Fields of a row; days are counted from the first day.
FIELDS = (
    "customer",
    "stay",
    "started",
    "ended",
    "cancelled",
    "reason",
    "plan",
    "mrr",
    "term_end",
    "auto_renew",
    "renewal_off",
    "trial",
)
#: Values of end_reason, by number; -1 is none.
REASONS = (
    "renewed",
    "plan_changed",
    "price_changed",
    "converted",
    "trial_ended",
    "payment_failed",
    "card_expired",
    "not_needed",
    "too_expensive",
    "missing_features",
    "switched",
)
INVOLUNTARY = ("payment_failed", "card_expired")


def reason(name: str) -> int:
    """Give the number of an end reason.

    Examples
    --------
    >>> reason("renewed")
    0
    """
    return REASONS.index(name)


class Rows:
    """Collects subscription rows as they close.

    Examples
    --------
    >>> Rows().columns()["customer"].tolist()
    []
    """

    def __init__(self) -> None:
        self._parts: list[dict[str, np.ndarray]] = []

    def close(
        self,
        company: Company,
        who: np.ndarray,
        *,
        ended: np.ndarray | int = NONE,
        cancelled: np.ndarray | int = NONE,
        why: np.ndarray | int = -1,
    ) -> None:
        """Write the running rows of some customers, with how they ended."""
        self._add(
            customer=company.number[who],
            stay=company.stay[who],
            started=company.row_start[who],
            ended=ended,
            cancelled=cancelled,
            reason=why,
            plan=company.plan[who],
            mrr=company.mrr[who],
            term_end=company.term_end[who],
            auto_renew=company.auto_renew[who],
            renewal_off=company.renewal_off_at[who],
            trial=False,
        )

    def trials(self, company: Company, until: int) -> None:
        """Write the trials of a block that begin before a day."""
        who = np.flatnonzero((company.first_service < company.first_paid) & (company.first_service < until))
        start = company.first_service[who]
        over = start + TRIAL_DAYS
        converted = company.first_paid[who] != NEVER
        why = np.where(converted, reason("converted"), reason("trial_ended"))
        self._add(
            customer=company.number[who],
            stay=0,
            started=start,
            ended=np.where(over < until, over, NONE),
            cancelled=NONE,
            reason=np.where(over < until, why, -1),
            plan=company.plan[who],
            mrr=0.0,
            term_end=over,
            auto_renew=False,
            renewal_off=NONE,
            trial=True,
        )

    def earlier_terms(self, company: Company, calendar: Calendar) -> None:
        """Write the yearly terms that were over before the first day."""
        yearly = np.flatnonzero(company.yearly & (company.first_paid < 0))
        month = calendar.month_of(company.first_paid[yearly])
        day = company.first_paid[yearly] - calendar.start(month)
        while len(yearly):
            end = calendar.start(month + 12) + day
            over = end <= company.row_start[yearly]
            yearly, month, day, end = yearly[over], month[over] + 12, day[over], end[over]
            start = calendar.start(month - 12) + day
            self._add(
                customer=company.number[yearly],
                stay=0,
                started=start,
                ended=end,
                cancelled=NONE,
                reason=reason("renewed"),
                plan=company.plan[yearly],
                mrr=company.mrr[yearly],
                term_end=end,
                auto_renew=True,
                renewal_off=NONE,
                trial=False,
            )

    def _add(self, customer: np.ndarray, **columns: np.ndarray | float | bool) -> None:
        part = {name: np.broadcast_to(np.asarray(value), customer.shape).copy() for name, value in columns.items()}
        self._parts.append({"customer": customer.copy(), **part})

    def columns(self) -> dict[str, np.ndarray]:
        """Give all rows, by customer and start."""
        if not self._parts:
            return {name: np.array([]) for name in FIELDS}
        columns = {name: np.concatenate([part[name] for part in self._parts]) for name in FIELDS}
        order = np.lexsort((columns["started"], columns["customer"]))
        return {name: column[order] for name, column in columns.items()}
