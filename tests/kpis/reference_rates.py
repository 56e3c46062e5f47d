"""The rates of one period and part from its counts, written from the definitions alone."""

from collections.abc import Mapping
from decimal import Decimal
from math import sqrt


def rates(part: Mapping[str, object], *, with_new: bool = False) -> dict[str, float | None]:
    """Give the rates of one period and part, from its counts; None where the denominator is 0.

    Parameters
    ----------
    with_new
        The convention with new customers in the denominator.
    """
    if with_new:
        passed = {name: part["passed_" + name] for name in ("voluntary", "involuntary", "unknown")}
        gone = part["churned"] + sum(passed.values())
        whole = part["customers_start"] - part["competing"] + part["new"] + sum(passed.values())
        kinds = {f"{name}_churn_rate": _percent(part[name] + number, whole) for name, number in passed.items()}
        return rates(part) | {"churn_rate": _percent(gone, whole), "CRR": _percent(whole - gone, whole)} | kinds
    at_risk = part["customers_start"] - part["competing"]
    paid = part["mrr_start"] - part["competing_mrr"]
    lost = part["churned_mrr"] + part["contraction_mrr"]
    kept = part["customers_end"] - part["new"] - part["reactivated"]
    stays = part["mrr_end"] - part["new_mrr"] - part["reactivation_mrr"]
    return {
        "churn_rate": _percent(part["churned"], at_risk),
        "CRR": _percent(kept, at_risk),
        "voluntary_churn_rate": _percent(part["voluntary"], at_risk),
        "involuntary_churn_rate": _percent(part["involuntary"], at_risk),
        "unknown_churn_rate": _percent(part["unknown"], at_risk),
        "gross_revenue_churn": _percent(lost, paid),
        "net_revenue_churn": _percent(lost - part["expansion_mrr"], paid),
        "DRR": _percent(stays, paid),
        "GRR": _percent(paid - lost, paid),
        "ARPA": _over(part["mrr_end"], part["customers_end"]),
    }


def lifetime_months(churn_rate: float, months: float) -> float:
    """Turn the churn rate of a period of several months into a lifetime."""
    return 1 / (1 - (1 - churn_rate / 100) ** (1 / months))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Give the 95 % Wilson interval of a share, in percent."""
    z = 1.959963984540054
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return 100 * (middle - half), 100 * (middle + half)


def _percent(part: object, whole: object) -> float | None:
    return None if not whole else float(100 * Decimal(part) / Decimal(whole))


def _over(part: object, whole: object) -> float | None:
    return None if not whole else float(Decimal(part) / Decimal(whole))
