"""Series for tests, made by hand or by chance with a fixed seed."""

import numpy as np

from churnrisk.kpis.alerts.series import Series
from churnrisk.kpis.alerts.watch import Watch
from churnrisk.settings.kpis import AlertSettings


def rate_of(lost, of, *, kpi="churn_rate", split="plan", value="pro", **told) -> Series:
    """A share of customers, one number a month from January 2023 on."""
    months = len(lost)
    at_stake = np.full(months, of, dtype=float) if np.ndim(of) == 0 else np.asarray(of, dtype=float)
    names = [f"{2023 + n // 12}-{n % 12 + 1:02d}" for n in range(months)]
    made = {"customers": at_stake, "ripe": months, "period": names, "start": names, "end": names}
    month = np.arange(months) % 12
    return Series(
        kpi, split, value, "customers", np.asarray(lost, dtype=float), at_stake, **{**made, "month": month, **told}
    )


def money_of(lost, of, *, each=50.0, **told) -> Series:
    """A revenue rate whose losses come in lumps of the same size."""
    lost = np.asarray(lost, dtype=float)
    parts = {"variance": np.abs(lost) * each, "third": lost * each**2, "events": np.abs(lost) / each}
    made = rate_of(lost, of, kpi="gross_revenue_churn", **{**parts, **told})
    return Series(**{**made.__dict__, "kind": "money"})


def watch(**told) -> Watch:
    return Watch(AlertSettings(**told), 12, 12)


def chance_rates(months, *, rate=0.04, of=2000, seed=0, factor=None) -> Series:
    """A share of customers that varies by chance alone around a rate, times a factor a month."""
    rates = np.full(months, rate) * (1.0 if factor is None else np.asarray(factor))
    return rate_of(np.random.default_rng(seed).binomial(of, rates), of)
