"""Made-up customers whose churn follows a known law, so that the best possible log loss is known."""

import numpy as np
import pandas as pd

from churnrisk.bench.models.sets import ModelSet, in_folds

ROWS = 6_000
RATE = 0.2

#: Kind = what drives churn in it.
KINDS = {
    "smooth": "curves of single signals",
    "steps": "thresholds of single signals, and one of two",
    "pairs": "strong interactions of two signals",
    "triple": "one interaction of three signals, which no map of two can show",
    "noise": "nothing at all",
}


def planted(kind: str, rows: int | None = None, *, seed: int = 1) -> ModelSet:
    """Draw customers of one kind, in five folds.

    Parameters
    ----------
    kind
        One of `KINDS`.

    Examples
    --------
    >>> found = planted("pairs", 300)
    >>> found.name, found.frame.shape, found.texts
    ('planted-pairs', (300, 13), ['plan', 'region'])
    """
    frame, truth, random = drawn(kind, rows or ROWS, seed)
    churned = (random.random(len(truth)) < truth).astype(np.int64)
    best = float(-(truth * np.log(truth) + (1 - truth) * np.log1p(-truth)).mean())
    found = in_folds(f"planted-{kind}", frame, churned, np.arange(len(frame)))
    how = f"{found.how}; {KINDS[kind]}; log loss of the truth itself about {best:.4f}"
    return ModelSet(found.name, found.frame, found.churned, found.customers, found.uses, how)


def drawn(kind: str, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.random.Generator]:
    """Draw signals and the true probabilities of one kind; gives the generator for what comes next."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    frame = pd.DataFrame(
        {
            "tenure_days": random.gamma(1.5, 300, rows).round(),
            "logins": random.poisson(random.gamma(1.0, 6.0, rows)).astype(float),
            "amount": random.lognormal(3.5, 1.0, rows).round(2),
            "late_share": np.where(random.random(rows) < 0.6, 0.0, random.beta(1, 3, rows)),
            "score": random.integers(0, 11, rows).astype(float),
            "auto_renew": (random.random(rows) < 0.6).astype(float),
            "plan": random.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2]).astype(object),
            "region": random.choice([f"r{index}" for index in range(12)], rows).astype(object),
        }
    )
    for index in range(5):
        frame[f"noise_{index}"] = random.normal(size=rows)
    odds = _odds(kind, frame)
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chance(odds + middle).mean() < RATE else (low, middle)
    frame["score"] = frame["score"].where(random.random(rows) < 0.7)
    frame["plan"] = frame["plan"].where(random.random(rows) < 0.95, None)
    return frame, np.clip(_chance(odds + low), 1e-6, 1 - 1e-6), random


def _odds(kind: str, frame: pd.DataFrame) -> np.ndarray:
    """Give the log-odds that the kind asks for, up to a constant."""
    tenure = np.log1p(frame["tenure_days"].to_numpy()) / 7
    logins = np.minimum(frame["logins"].to_numpy(), 20) / 20
    late, amount = frame["late_share"].to_numpy(), np.log(frame["amount"].to_numpy()) - 3.5
    auto, basic = frame["auto_renew"].to_numpy(), (frame["plan"] == "basic").to_numpy()
    score = frame["score"].to_numpy()
    smooth = -2.0 * tenure - 1.5 * np.sqrt(logins) + 2.0 * late + 0.4 * basic
    if kind == "smooth":
        return smooth + 0.5 * amount**2 - 0.15 * score
    if kind == "steps":
        return 1.5 * (tenure < 0.7) + 1.2 * (logins == 0) + 1.0 * (late > 0.3) + 1.2 * ((score < 4) & (amount > 0))
    if kind == "pairs":
        return (
            smooth
            + 2.5 * (2 * auto - 1) * (tenure - 0.75)
            + 1.5 * basic * np.tanh(2 * amount)
            - 1.2 * ((logins < 0.2) & (late > 0))
        )
    if kind == "triple":
        return smooth + 1.2 * (2 * auto - 1) * np.sign(amount) * np.sign(score - 5)
    return np.zeros(len(frame))


def _chance(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-odds))
