"""What the tables show of the sample company: noisy traces of its customers' states, month by month."""

from dataclasses import dataclass

import numpy as np

from churnrisk.sources.sample.calendar import NONE, Calendar
from churnrisk.sources.sample.company import Company

Columns = dict[str, np.ndarray]

EVENTS = ("task_created", "report_opened", "file_uploaded", "link_shared", "data_exported", "api_called")
CAMPAIGNS = ("newsletter", "product_news", "webinar", "tips")
ACTIONS = ("sent", "opened", "clicked", "unsubscribed", "login")
SEVERITIES = ("low", "normal", "high")
CATEGORIES = ("how_to", "bug", "billing", "access", "performance")
MEASURES = ("discount", "success_call", "training")
MEASURE_COSTS = np.array([60.0, 35.0, 90.0])

MINUTES = 24 * 60
#: A ticket that takes longer than this many days disappoints.
SLOW_DAYS = 6.0


@dataclass
class Month:
    """One month of a block: who is served in it, and on which of its days.

    Parameters
    ----------
    who
        Customers served on at least one day.
    first, last
        Their first day of it, and the first day that is no longer one.
    """

    company: Company
    month: int
    calendar: Calendar
    rng: np.random.Generator
    who: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, company: Company, month: int, calendar: Calendar, rng: np.random.Generator) -> "Month":
        """Find who is served in a month."""
        first = np.maximum(company.service_from, calendar.start(month))
        last = np.minimum(company.service_to, calendar.start(month + 1))
        who = np.flatnonzero(first < last)
        return cls(company, month, calendar, rng, who, first[who], last[who])

    @property
    def share(self) -> np.ndarray:
        """How much of the month each customer is served."""
        return (self.last - self.first) / self.calendar.length(self.month)

    def times(self, at: np.ndarray) -> np.ndarray:
        """Draw minutes within the served days, mostly by day, in order for each customer; ``at`` must rise."""
        length = (self.last - self.first)[at]
        day = self.first[at] + (self.rng.random(len(at)) * length).astype(int)
        minute = day * MINUTES + 360 + (self.rng.random(len(at), np.float32) * 840).astype(int)
        order = at.astype(np.int64) * 2**32 + minute
        order.sort()
        return order - at.astype(np.int64) * 2**32

    def until_now(self, minute: np.ndarray) -> np.ndarray:
        """Blank what happens after the last day of data."""
        return np.where(minute < self.calendar.end * MINUTES, minute, NONE)


def usage(month: Month) -> Columns:
    """Single uses: more and larger where the need is high, of more kinds where customers are satisfied."""
    company, rng, who = month.company, month.rng, month.who
    need, satisfaction = company.need[who], company.satisfaction[who]
    rate = np.array([7.7, 8.1, 8.5])[company.size[who]] * np.exp(0.88 * need + 0.05 * company.level[who])
    at = np.repeat(np.arange(len(who)), rng.poisson(rate * month.share))
    rare = rng.random(len(at), np.float32) < (1 / (1 + np.exp(0.6 - 1.0 * satisfaction)))[at]
    common_event = (rng.random(len(at), np.float32) < 0.4).astype(np.int8)
    event = np.where(rare, rng.integers(2, len(EVENTS), len(at), np.int8), common_event)
    depth = np.exp(1.4 + 0.5 * need).astype(np.float32)[at]
    quantity = np.maximum(np.round(depth * rng.standard_gamma(4, len(at), np.float32) / 4), 1)
    return {
        "customer": company.number[who][at],
        "occurred_at": _to_the_end(month.times(at), at, month),
        "event": event,
        "quantity": quantity.astype(float),
    }


def _to_the_end(times: np.ndarray, at: np.ndarray, month: Month) -> np.ndarray:
    """Move one use to the last minute of data, so that the newest event always lies on the last day."""
    end = month.calendar.end
    if month.month == month.calendar.months - 1:
        times[np.flatnonzero((month.last == end)[at])[-1:]] = end * MINUTES - 1
    return times


def engagement(month: Month) -> Columns:
    """Mails and logins: satisfied customers open, click and log in more."""
    company, rng, who = month.company, month.rng, month.who
    satisfaction = company.satisfaction[who]
    subscribed = ~company.unsubscribed[who]
    at = np.repeat(np.arange(len(who)), rng.poisson(1.2 * month.share) * subscribed)
    sent = month.times(at)
    opened = rng.random(len(at)) < (1 / (1 + np.exp(-0.4 - 1.4 * satisfaction)))[at]
    clicked = opened & (rng.random(len(at)) < (1 / (1 + np.exp(0.9 - 0.5 * satisfaction)))[at])
    leaves = opened & (rng.random(len(at)) < (0.006 * np.exp(-0.6 * satisfaction))[at])
    company.unsubscribed[who[at[leaves]]] = True
    campaign = rng.integers(0, len(CAMPAIGNS), len(at), np.int8)
    opened_at = sent + 1 + rng.integers(0, 36 * 60, len(at))
    rate = 2.1 * np.exp(0.88 * satisfaction)
    logins = np.repeat(np.arange(len(who)), rng.poisson(rate * month.share))
    parts = [
        (at, sent, 0, campaign),
        (at[opened], opened_at[opened], 1, campaign[opened]),
        (at[clicked], opened_at[clicked] + 2, 2, campaign[clicked]),
        (at[leaves], opened_at[leaves] + 3, 3, campaign[leaves]),
        (logins, month.times(logins), 4, np.full(len(logins), -1, np.int8)),
    ]
    rows: Columns = {
        "customer": company.number[who][np.concatenate([part[0] for part in parts])],
        "occurred_at": np.concatenate([part[1] for part in parts]),
        "action": np.concatenate([np.full(len(part[0]), part[2], np.int8) for part in parts]),
        "campaign": np.concatenate([part[3] for part in parts]),
    }
    rows["channel"] = np.where(rows["action"] == 4, 1, 0)
    seen = rows["occurred_at"] < month.calendar.end * MINUTES
    return {name: column[seen] for name, column in rows.items()}


def invoices(month: Month) -> Columns:
    """Invoices, monthly or yearly with the term; who can pay less pays later, and fails more often."""
    company, rng, calendar = month.company, month.rng, month.calendar
    who = np.flatnonzero(company.paid_from < calendar.start(month.month + 1))
    paid_from = company.paid_from[who]
    monthly = paid_from - calendar.start(calendar.month_of(paid_from)) + calendar.start(month.month)
    issued = np.where(company.yearly[who], company.row_start[who], np.maximum(monthly, paid_from))
    in_month = (issued >= calendar.start(month.month)) & (issued < calendar.start(month.month + 1))
    due = in_month & (issued >= paid_from) & (issued < company.service_to[who])
    who, issued = who[due], issued[due]
    ability = np.where(company.yearly[who], 0.3 * company.ability[who], company.ability[who])
    late = np.round(2.5 - 7.5 * ability + 2.0 * rng.standard_normal(len(who))).astype(int)
    paid = np.maximum(issued + 14 + late, issued + 1)
    never = rng.random(len(who)) < 0.012 * np.exp(-0.8 * ability)
    fails = rng.random(len(who)) < 1 / (1 + np.exp(3.4 + 1.3 * ability))
    failed = issued + 14 + rng.integers(0, 3, len(who))
    paid = np.where(fails, np.maximum(paid, failed + rng.integers(1, 6, len(who))), paid)
    return {
        "customer": company.number[who],
        "amount": np.round(company.mrr[who] * np.where(company.yearly[who], 12, 1), 2),
        "issued_at": issued * MINUTES,
        "due_at": (issued + 14) * MINUTES,
        "paid_at": np.where(never, NONE, month.until_now(paid * MINUTES)),
        "failed_at": np.where(fails, month.until_now(failed * MINUTES), NONE),
    }


def tickets(month: Month) -> Columns:
    """Questions to support; a slow answer lowers the customer's satisfaction."""
    company, rng, who = month.company, month.rng, month.who
    rate = np.array([0.15, 0.18, 0.22])[company.size[who]] * np.exp(-0.75 * company.satisfaction[who])
    at = np.repeat(np.arange(len(who)), rng.poisson(rate * month.share))
    opened = month.times(at)
    severity = rng.choice(3, len(at), p=[0.45, 0.4, 0.15])
    days = np.exp(0.5 + 0.25 * severity + 0.9 * rng.standard_normal(len(at)))
    resolved = month.until_now(opened + (days * MINUTES).astype(int) + 5)
    slow = days > SLOW_DAYS
    mood = 3.6 + 0.8 * company.satisfaction[who][at] - 0.8 * slow + 0.7 * rng.standard_normal(len(at))
    answers = (rng.random(len(at)) < 0.6) & (resolved != NONE)
    np.subtract.at(company.satisfaction, who[at[slow]], 0.35)
    return {
        "customer": company.number[who][at],
        "opened_at": opened,
        "resolved_at": resolved,
        "severity": severity,
        "category": rng.integers(0, len(CATEGORIES), len(at)),
        "satisfaction": np.where(answers, np.clip(np.round(mood), 1, 5), np.nan),
    }


def surveys(month: Month) -> Columns:
    """Answers to surveys: would you recommend us (nps, 0-10), how satisfied are you (csat, 1-5)."""
    company, rng = month.company, month.rng
    answers = rng.random(len(month.who)) < 0.38 * month.share
    at = np.flatnonzero(answers)
    satisfaction = company.satisfaction[month.who][at]
    nps = rng.random(len(at)) < 0.85
    mood = satisfaction + 0.35 * rng.standard_normal(len(at))
    score = np.where(nps, np.clip(np.round(7.2 + 1.8 * mood), 0, 10), np.clip(np.round(3.7 + 0.9 * mood), 1, 5))
    return {
        "customer": company.number[month.who][at],
        "answered_at": month.times(at),
        "score": score,
        "kind": np.where(nps, 0, 1),
    }


def offers(month: Month) -> Columns:
    """Offers to keep customers; one in five chosen is held out at random. An accepted one lowers the hazard."""
    company, rng, calendar = month.company, month.rng, month.calendar
    start = int(calendar.start(month.month))
    who = np.flatnonzero(company.at_risk(start) & (company.service_to > calendar.start(month.month + 1)))
    chance = 0.015 * np.exp(-0.4 * company.satisfaction[who])
    who = who[rng.random(len(who)) < chance]
    held_out = rng.random(len(who)) < 0.2
    day = start + rng.integers(0, 20, len(who))
    accepts = ~held_out & (rng.random(len(who)) < 0.5)
    company.offered_in[who[accepts]] = month.month
    measure = rng.integers(0, len(MEASURES), len(who))
    return {
        "customer": company.number[who],
        "offered_at": day * MINUTES,
        "measure": measure,
        "cost": np.where(held_out, 0.0, MEASURE_COSTS[measure]),
        "arm": np.where(held_out, 1, 0),
        "accepted_at": np.where(accepts, (day + rng.integers(0, 7, len(who))) * MINUTES, NONE),
        "ends_at": np.full(len(who), calendar.start(month.month + 4) * MINUTES),
    }
