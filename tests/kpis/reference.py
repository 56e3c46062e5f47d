"""Every key figure by brute force, written from the definitions alone: a loop over customers, and no engine.

It is slow and plain on purpose. Nothing here is taken from the package but the settings that say what churn is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from churnrisk.settings import ChurnSettings

FAR = datetime(2200, 1, 1)
ALL = "all"
COUNTS = (
    *("customers_start", "customers_end", "new", "reactivated", "churned", "competing"),
    *("voluntary", "involuntary", "unknown"),
    *("early_starts", "early_churned", "terms_due", "terms_renewed"),
    *("nps_answers", "promoters", "detractors", "csat_answers", "csat_sum"),
)
#: Who came and went within a period; only one convention counts them.
PASSED = ("passed_voluntary", "passed_involuntary", "passed_unknown")
MONEY = (
    *("mrr_start", "mrr_end", "new_mrr", "reactivation_mrr", "expansion_mrr", "contraction_mrr"),
    *("churned_mrr", "competing_mrr"),
)


@dataclass(frozen=True)
class Stay:
    """One paid subscription row."""

    number: str
    paid_from: datetime
    end: datetime
    left: datetime
    reason: str | None
    mrr: Decimal
    plan: str | None
    term_ends_at: datetime | None

    def runs(self, instant: datetime) -> bool:
        return self.paid_from < instant <= self.end


@dataclass(frozen=True)
class Spell:
    """Stays without a gap longer than the grace days."""

    stays: tuple[Stay, ...]

    @property
    def begin(self) -> datetime:
        return min(one.paid_from for one in self.stays)

    @property
    def churned_at(self) -> datetime:
        return max(one.left for one in self.stays)

    @property
    def reason(self) -> str | None:
        """Give the reason of the last end; of several, of the last begun that says why."""
        order = sorted(self.stays, key=lambda one: one.number)
        return max(order, key=lambda one: (one.end, one.reason is not None, one.paid_from)).reason

    def holds(self, instant: datetime) -> bool:
        return self.begin < instant <= self.churned_at

    def paying(self, instant: datetime) -> list[Stay]:
        """Give the subscriptions that count at an instant: in a bridged gap those that ended last."""
        running = [one for one in self.stays if one.runs(instant)]
        if running:
            return running
        ends = [one.end for one in self.stays if one.end < instant]
        return [one for one in self.stays if one.end == max(ends)]


def _leading(stays: Sequence[Stay]) -> Stay:
    """Give the subscription with the highest MRR; of equals the one begun last, then the smallest id."""
    order = sorted(stays, key=lambda one: one.number)
    return max(order, key=lambda one: (one.mrr, one.paid_from))


@dataclass(frozen=True)
class Customer:
    """One customer's whole history."""

    name: str
    stays: tuple[Stay, ...]
    spells: tuple[Spell, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def first(self) -> Spell | None:
        return min(self.spells, key=lambda one: one.begin) if self.spells else None

    def spell(self, instant: datetime) -> Spell | None:
        return next((one for one in self.spells if one.holds(instant)), None)

    def present(self, instant: datetime) -> bool:
        return self.spell(instant) is not None

    def mrr(self, instant: datetime) -> Decimal:
        spell = self.spell(instant)
        return sum((one.mrr for one in spell.paying(instant)), Decimal(0)) if spell else Decimal(0)

    def plan(self, instant: datetime) -> str | None:
        spell = self.spell(instant)
        if spell is None:
            return None
        return _leading(spell.paying(instant)).plan

    def begun_with(self) -> str | None:
        """Give the plan with which the customer began."""
        return _leading([one for one in self.first.stays if one.paid_from == self.first.begin]).plan

    def last_end(self, start: datetime, end: datetime) -> Spell:
        return max(
            (one for one in self.spells if start <= one.churned_at < end), key=lambda one: (one.churned_at, one.begin)
        )


@dataclass(frozen=True)
class Company:
    """Rows of subscriptions and surveys, with the definition of churn."""

    subscriptions: Sequence[Mapping[str, object]]
    complete_to: datetime
    churn: ChurnSettings = field(default_factory=ChurnSettings)
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    surveys: Sequence[Mapping[str, object]] = ()
    bands: Sequence[float] = ()

    @cached_property
    def customers(self) -> list[Customer]:
        stays: dict[str, list[Stay]] = {}
        for row in self.subscriptions:
            one = self._stay(row)
            if one is not None:
                stays.setdefault(str(row["customer_id"]), []).append(one)
        names = sorted({str(row["customer_id"]) for row in self.subscriptions} | set(self.attributes))
        return [
            Customer(name, tuple(own), tuple(self._spells(own)), self.attributes.get(name, {}))
            for name in names
            for own in [stays.get(name, [])]
        ]

    def _stay(self, row: Mapping[str, object]) -> Stay | None:
        """Read one row; None where it never ran or never was paid."""
        paid_from = instant(row["started_at"])
        trial_end = instant(row.get("trial_ends_at"))
        if self.churn.trials == "exclude":
            if row.get("is_trial") and trial_end is None:
                return None
            if trial_end is not None:
                paid_from = max(paid_from, trial_end)
        end = instant(row.get("ended_at")) or FAR
        if end <= paid_from:
            return None
        notice = instant(row.get("cancelled_at"))
        left = min(end, notice) if self.churn.day == "notice" and notice else end
        mrr = Decimal(str(row.get("mrr") or 0)).quantize(Decimal("0.01"))
        told = (row.get("end_reason"), mrr, row.get("plan"), instant(row.get("term_ends_at")))
        return Stay(str(row["subscription_id"]), paid_from, end, left, *told)

    def _spells(self, stays: list[Stay]) -> list[Spell]:
        spells: list[list[Stay]] = []
        for one in sorted(stays, key=lambda one: (one.paid_from, one.end)):
            bridge = timedelta(days=self.churn.grace_days)
            if spells and one.paid_from <= max(other.end for other in spells[-1]) + bridge:
                spells[-1].append(one)
            else:
                spells.append([one])
        found = [Spell(tuple(one)) for one in spells]
        return [one for one in found if one.churned_at > one.begin]  # notice before the first paid day: never there

    def kind(self, reason: str | None) -> str:
        if reason in self.churn.voluntary_reasons:
            return "voluntary"
        return "involuntary" if reason in self.churn.involuntary_reasons else "unknown"

    def band(self, mrr: Decimal) -> str:
        """Name the MRR band: a bound belongs to the band above it."""
        low = max((one for one in self.bands if mrr >= Decimal(str(one))), default=None)
        high = min((one for one in self.bands if mrr < Decimal(str(one))), default=None)
        if low is None:
            return f"below {high:g}"
        return f"{low:g} and more" if high is None else f"{low:g} to {high:g}"


def instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def counted(company: Company, start: datetime, end: datetime, split: str = ALL) -> dict[object, dict[str, object]]:
    """Count one period ``[start, end)`` in each part of a split: value = name = number."""
    parts: dict[object, dict[str, object]] = {}

    def add(value: object, moves: Mapping[str, object]) -> None:
        part = parts.setdefault(value, {**dict.fromkeys((*COUNTS, *PASSED), 0), **dict.fromkeys(MONEY, Decimal(0))})
        for name, number in moves.items():
            part[name] += number

    for customer in company.customers:
        if customer.present(start) or customer.present(end):
            add(_value(company, customer, split, start, end), _moves(company, customer, start, end))
        for moves in (_early(company, customer, start, end), _passed(company, customer, start, end)):
            if moves:
                add(_value(company, customer, split, start, end, begun=True), moves)
        for moves in _terms(company, customer, start, end):
            add(_value(company, customer, split, start, end), moves)
    for row in company.surveys:
        if start <= instant(row["answered_at"]) < end:
            customer = next(one for one in company.customers if one.name == row["customer_id"])
            add(_value(company, customer, split, start, end), _answer(row))
    return parts


def _value(
    company: Company, customer: Customer, split: str, start: datetime, end: datetime, *, begun: bool = False
) -> object:
    """Give the split value at the period's start; of who was not there, at its end, and else none."""
    if split == ALL:
        return ALL
    if split not in ("plan", "mrr_band"):
        return customer.attributes.get(split, "not given")  # an attribute stays the same
    at = start if customer.present(start) else end
    there = customer.present(at)
    if split == "mrr_band":
        fresh = at == end and (there or begun)
        return "new" if fresh else company.band(customer.mrr(at)) if there else "not given"
    if begun and not there:  # who came and left again counts under the first start
        return customer.begun_with() or "not given"
    return customer.plan(at) or "not given"


def _moves(company: Company, customer: Customer, start: datetime, end: datetime) -> dict[str, object]:
    """Say what one customer adds to a period's numbers."""
    here, there = customer.present(start), customer.present(end)
    before, after = customer.mrr(start), customer.mrr(end)
    moves: dict[str, object] = {
        "customers_start": int(here),
        "customers_end": int(there),
        "mrr_start": before,
        "mrr_end": after,
    }
    if here and there:
        moves |= {
            "expansion_mrr": max(after - before, Decimal(0)),
            "contraction_mrr": max(before - after, Decimal(0)),
        }
    elif there and customer.first.begin >= start:
        moves |= {"new": 1, "new_mrr": after}
    elif there:
        moves |= {"reactivated": 1, "reactivation_mrr": after}
    else:
        reason = customer.last_end(start, end).reason
        if reason is not None and reason in company.churn.competing_reasons:
            moves |= {"competing": 1, "competing_mrr": before}
        else:
            moves |= {"churned": 1, "churned_mrr": before, company.kind(reason): 1}
    return moves


def _passed(company: Company, customer: Customer, start: datetime, end: datetime) -> dict[str, object]:
    """Count who first started in a period and left in it for good, unless the last end is a competing one."""
    first = customer.first
    if first is None or not start <= first.begin < end or customer.present(end):
        return {}
    reason = customer.last_end(start, end).reason
    if reason is not None and reason in company.churn.competing_reasons:
        return {}
    return {f"passed_{company.kind(reason)}": 1}


def _early(company: Company, customer: Customer, start: datetime, end: datetime) -> dict[str, object]:
    """Count a first start in a period whose early days are certain; who left for a competing reason is left out."""
    first, days = customer.first, timedelta(days=company.churn.early_days)
    if first is None or not start <= first.begin < end:
        return {}
    if first.begin + days + timedelta(days=company.churn.bridging_days) > company.complete_to:
        return {}
    left = first.churned_at < first.begin + days
    if left and first.reason in company.churn.competing_reasons:
        return {}
    return {"early_starts": 1, "early_churned": int(left)}


def _terms(company: Company, customer: Customer, start: datetime, end: datetime) -> list[dict[str, object]]:
    """Count the terms that ended in a period, and whether the customer went on; one of several rows counts once."""
    bridge = timedelta(days=company.churn.grace_days)
    stays = customer.stays
    ended = {
        (stay.number, stay.term_ends_at)
        for stay in stays
        if stay.term_ends_at is not None and stay.term_ends_at > stay.paid_from and start <= stay.term_ends_at < end
    }
    judged = [when + bridge for _, when in sorted(ended) if when + bridge <= company.complete_to]
    return [{"terms_due": 1, "terms_renewed": int(any(s.paid_from <= at <= s.end for s in stays))} for at in judged]


def _answer(row: Mapping[str, object]) -> dict[str, object]:
    score = float(row["score"])
    if row.get("kind", "nps") == "csat":
        return {"csat_answers": 1, "csat_sum": score}
    return {"nps_answers": 1, "promoters": int(score >= 9), "detractors": int(score <= 6)}
