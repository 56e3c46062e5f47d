"""The verdict of a model renewed: the gate's conditions, on what came true of its lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from churnrisk.modeling.gate import SEGMENT_CUSTOMERS, Check, chance_errors
from churnrisk.modeling.metrics import bin_starts, expected_calibration_error
from churnrisk.monitoring.clustered import Array, Codes, Figure, auc, log_losses, mean, observed_expected, slope
from churnrisk.settings import GateSettings

Code = Literal["holds", "under_the_gate", "not_known"]

#: Up to so many rows chance is drawn row by row; beyond, ten sums are as good as normal.
DRAWN_ROWS = 100_000
DRAWS = 1_000


@dataclass(frozen=True)
class Renewed:
    """What realised outcomes say of a model.

    Parameters
    ----------
    code
        ``not_known`` while too few churners have come true.
    """

    code: Code
    sentence: str
    checks: tuple[Check, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        checks = [{**vars(check), "numbers": dict(check.numbers)} for check in self.checks]
        return {"code": self.code, "sentence": self.sentence, "checks": checks}


def renew(
    rows: pd.DataFrame, bounds: GateSettings, *, base_rate: float | None, min_churners: int, seed: int = 0
) -> Renewed:
    """Judge a model on the outcomes of its nights, a customer's rows at several nights together.

    Parameters
    ----------
    rows
        Of all nights judged: customer_id, cutoff, churn_probability, segment, churned.
    base_rate
        The churn rate of the training; where it is not known, that of these rows stands for it.
    min_churners
        Fewer churners than this decide nothing.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> p = random.uniform(0.02, 0.4, 3000)
    >>> rows = pd.DataFrame({"customer_id": np.arange(3000).astype(str), "cutoff": "2025-06-01", "segment": "low"})
    >>> rows = rows.assign(churn_probability=p, churned=(random.random(3000) < p) * 1.0)
    >>> renew(rows, GateSettings(), base_rate=0.2, min_churners=100).code
    'holds'
    >>> renew(rows.head(50), GateSettings(), base_rate=0.2, min_churners=100).code
    'not_known'
    """
    churners = int(rows["churned"].sum())
    nights = rows["cutoff"].nunique()
    when = f"{nights} night{'' if nights == 1 else 's'} with {churners:,} churner{'' if churners == 1 else 's'}"
    if churners < min_churners or churners == len(rows):
        return Renewed("not_known", f"Too little has come true to judge it: {when}; {min_churners:,} are needed.")
    y, p = (rows[name].to_numpy(dtype=np.float64) for name in ("churned", "churn_probability"))
    codes = pd.factorize(rows["customer_id"])[0].astype(np.int64)
    rate = base_rate if base_rate is not None else float(y.mean())
    checks = (
        _beats_base_rate(y, p, codes, rate),
        _orders(y, p, codes),
        _calibration_error(y, p, bounds, seed),
        _within("calibration slope", slope(y, p, codes), bounds.slope),
        _within("observed / expected", observed_expected(y, p, codes), bounds.observed_expected),
        *_segments(rows, y, p, codes, bounds),
    )
    refused = [one for one in checks if not one.passed]
    if not refused:
        return Renewed("holds", f"On {when} it holds what the gate asks for.", checks)
    told = " ".join(one.sentence for one in refused)
    if any(one.name.startswith("observed") and (one.numbers["high"] or 1) < 1 for one in refused):
        told += " Customers who were contacted are among these: contact that works lowers observed churn."
    return Renewed("under_the_gate", f"On {when} it lies under the gate. {told}", checks)


def _beats_base_rate(y: Array, p: Array, codes: Codes, rate: float) -> Check:
    gain = mean(log_losses(y, np.full(len(y), rate)) - log_losses(y, p), codes)
    passed = bool(gain.low > 0)
    how = "lower" if passed else "not surely lower"
    said = f"Its log loss is {how} than that of the base rate: by {gain.low:.5f} to {gain.high:.5f} (95 %)."
    return Check("better than the base rate", passed, said, _numbers(gain))


def _orders(y: Array, p: Array, codes: Codes) -> Check:
    found = auc(y, p, codes)
    passed = bool(found.low > 0.5)
    return Check("orders customers", passed, f"Its AUC is {_shown(found)}{_not(passed)} above 0.5.", _numbers(found))


def _calibration_error(y: Array, p: Array, bounds: GateSettings, seed: int) -> Check:
    error = expected_calibration_error(y, p)
    chance = float(np.percentile(chance_of_error(p, seed), 95))
    most = max(bounds.max_calibration_error, chance)
    passed = error <= most
    word = "within" if passed else "above"
    said = f"Its calibration error is {error:.4f}, {word} {most:.4f} (chance gives up to {chance:.4f})."
    return Check("calibration error", passed, said, {"value": error, "chance_95": chance, "limit": most})


def chance_of_error(p: Array, seed: int = 0) -> Array:
    """Give the calibration errors that chance makes of true probabilities.

    Examples
    --------
    >>> few, many = (float(chance_of_error(np.full(rows, 0.1)).mean()) for rows in (400, 400_000))
    >>> few < 0.03, many < 0.001
    (True, True)
    """
    if len(p) <= DRAWN_ROWS:
        return chance_errors(p, draws=DRAWS, seed=seed)
    ordered = np.sort(p)
    variance = np.add.reduceat(ordered * (1 - ordered), bin_starts(ordered))
    drawn = np.random.default_rng(seed).standard_normal((DRAWS, len(variance))) * np.sqrt(variance)
    return np.asarray(np.abs(drawn).sum(axis=1) / len(p))


def _segments(rows: pd.DataFrame, y: Array, p: Array, codes: Codes, bounds: GateSettings) -> list[Check]:
    checks = []
    for name, places in rows.groupby("segment", sort=False, observed=True).indices.items():
        if len(np.unique(codes[places])) >= SEGMENT_CUSTOMERS:
            own = pd.factorize(codes[places])[0].astype(np.int64)
            found = observed_expected(y[places], p[places], own)
            checks.append(_within(f"observed / expected in {name}", found, bounds.segment_observed_expected))
    return checks


def _within(name: str, found: Figure, range_: tuple[float, float]) -> Check:
    """Pass unless the interval lies wholly outside the range."""
    passed = not found.outside(*range_)
    word = "touching" if passed else "wholly outside"
    said = f"Its {name} is {_shown(found)}, {word} {range_[0]:g} to {range_[1]:g}."
    return Check(name, passed, said, _numbers(found))


def _shown(found: Figure) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _not(passed: bool) -> str:
    return "," if passed else ", not surely"


def _numbers(found: Figure) -> Mapping[str, float | None]:
    return {name: None if np.isnan(number) else number for name, number in vars(found).items()}
