"""What drift alarms promise beside what simulation shows, and what holding a night against its training costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from churnrisk.delivery.files import write_json
from churnrisk.kpis.holm import holm
from churnrisk.monitoring.bins import Bins
from churnrisk.monitoring.drift import drift_of
from churnrisk.monitoring.profile import Profile, Reference
from churnrisk.monitoring.psi import between, by_chance, freedom, moderated, p_value, psi
from churnrisk.settings import MonitorSettings

Say = Callable[[str], None]

#: Tenths, a signal that is mostly 0, a rare flag, levels of very different size, one bin only.
SHAPES = ([0.1] * 10, [0.7, 0.2, 0.1], [0.995, 0.005], [0.5, 0.3, 0.1, 0.05, 0.03, 0.02], [1.0])
SIGNALS = 80
#: How far cutoffs lie apart: the standard deviation of a trend over the bins, in log-odds from end to end / 2.
APART = 0.05
#: A planted drift, in the same unit: PSI 0.2 over tenths.
PLANTED = 0.7
SIZES = (1_000, 1_000_000)
#: More false alarms than this many standard errors above the promise are too many.
ERRORS = 3


@dataclass(frozen=True)
class Simulated:
    """What a company does of which nights are drawn.

    Parameters
    ----------
    customers
        At each cutoff.
    apart
        How far cutoffs differ from one another beyond chance.
    planted
        How far the first signal of the judged night has drifted.
    cutoffs
        Cutoffs of the training.
    """

    customers: int
    apart: float = 0.0
    planted: float = 0.0
    cutoffs: int = 6


def shifted(shape: npt.ArrayLike, amount: float) -> npt.NDArray[np.float64]:
    """Move a distribution in one direction: a trend over its bins.

    Examples
    --------
    >>> shifted([0.5, 0.5], 0.0).tolist(), shifted([0.5, 0.5], 0.5).round(2).tolist()
    ([0.5, 0.5], [0.27, 0.73])
    """
    given = np.asarray(shape, dtype=np.float64)
    trend = np.linspace(-1, 1, len(given)) if len(given) > 1 else np.zeros(1)
    moved = given * np.exp(amount * trend)
    return np.asarray(moved / moved.sum())


def night(
    random: np.random.Generator, company: Simulated, *, plain: bool = False
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Draw one night of many signals, and give each one's PSI and p-value, corrected for all of them.

    Parameters
    ----------
    plain
        Leave out what cutoffs differ by: chance alone.
    """
    size, past = company.customers, range(company.cutoffs)
    found = []
    for at in range(SIGNALS):
        shape = SHAPES[at % len(SHAPES)]
        drawn = [random.multinomial(size, shifted(shape, company.apart * random.normal())) for _ in past]
        planted = company.planted if at == 0 else company.apart * random.normal()
        now, before = random.multinomial(size, shifted(shape, planted)), np.sum(drawn, axis=0)
        own = between(drawn, [size] * len(drawn), [size * each for each in past])
        found.append((psi(now, before), freedom(now, before), before.sum(), own))
    moved, degrees, reference, apart = (np.array(each) for each in zip(*found, strict=True))
    drawn_in = [moderated(float(one), company.cutoffs - 1, float(apart.mean())) for one in apart]
    by, worth = (np.array(each) * (not plain) for each in zip(*drawn_in, strict=True))
    return moved, holm(p_value(moved, degrees, by_chance(degrees, size, reference), by, worth))


def nights_with_alarms(
    company: Simulated, nights: int, *, rate: float, least_psi: float = 0.0, seed: int = 0, plain: bool = False
) -> float:
    """Give the share of nights without drift on which any signal is an alarm."""
    random, fired = np.random.default_rng(seed), 0
    for _ in range(nights):
        moved, p = night(random, company, plain=plain)
        fired += bool(((p < rate) & (moved >= least_psi)).any())
    return fired / nights


def nights_found(company: Simulated, nights: int, *, settings: MonitorSettings, seed: int = 0) -> float:
    """Give the share of nights on which the signal that drifted is an alarm."""
    random, found = np.random.default_rng(seed), 0
    for _ in range(nights):
        moved, p = night(random, company)
        found += bool(p[0] < settings.false_alarm_rate and moved[0] >= settings.least_psi)
    return found / nights


def cost(customers: int, signals: int, seed: int = 0) -> tuple[float, float]:
    """Give CPU and wall seconds of holding one night of so many customers and signals against its training."""
    random = np.random.default_rng(seed)
    kinds = [
        random.poisson(3, customers).astype(float),
        random.exponential(1, customers),
        np.where(random.random(customers) < 0.2, np.nan, random.normal(size=customers)),
        np.array(["free", "pro", "team", "business", "other"])[random.integers(0, 5, customers)],
    ]
    columns = {f"signal_{at}": kinds[3 if at % 20 == 0 else at % 3] for at in range(signals)}
    frame = pd.DataFrame(columns, copy=False)
    known = {}
    for name in columns:
        head = frame[name].head(50_000)
        bins = Bins.of(head, "text" if head.dtype.kind not in "fi" else "number")
        known[name] = Reference(name, bins, tuple(int(one) for one in bins.count(head).counts), len(head), 0.001, 15)
    profile = Profile("bench", "2025-01-01T00:00:00", ("2025-01-01",), "2025-01-01", 0.02, tuple(known.values()))
    began, clock = time.process_time(), time.perf_counter()
    drift_of(frame, frame.head(0), profile)
    return time.process_time() - began, time.perf_counter() - clock


def run(*, customers: int, signals: int, nights: int, seed: int, folder: Path, say: Say = print) -> tuple[str, bool]:
    """Measure cost, false alarms and power, and give them as text; the second says whether promises are kept."""
    settings = MonitorSettings()
    rate, lines, kept, figures = settings.false_alarm_rate, [], True, {}
    cpu, wall = cost(customers, signals, seed)
    lines.append(f"{customers:,} customers x {signals} signals: {cpu:.1f} CPU s ({wall:.1f} s)")
    most = rate + ERRORS * float(np.sqrt(rate * (1 - rate) / nights))
    for size in SIZES:
        for apart, words in ((0.0, "cutoffs differ by chance"), (APART, "cutoffs differ beyond chance")):
            share = nights_with_alarms(Simulated(size, apart), nights, rate=rate, seed=seed)
            kept &= share <= most
            lines.append(
                f"{size:,} customers, {words}: {share:.1%} of {nights:,} nights without drift have an alarm "
                f"({rate:.1%} promised over {SIGNALS} signals, least_psi = 0)"
            )
            say(lines[-1])
        plain = nights_with_alarms(Simulated(size, APART), nights // 10, rate=rate, seed=seed, plain=True)
        lines.append(f"{size:,} customers, the same by chance alone (chi-square): {plain:.0%} of nights")
        found = nights_found(Simulated(size, APART, PLANTED), nights // 10, settings=settings, seed=seed)
        lines.append(f"{size:,} customers, one signal drifted: found on {found:.0%} of nights")
        kept &= found >= 0.8
        say(lines[-1])
    figures = {"lines": lines, "kept": kept}
    folder.mkdir(parents=True, exist_ok=True)
    write_json(figures, folder / "drift.json")
    return "\n".join(lines), kept
