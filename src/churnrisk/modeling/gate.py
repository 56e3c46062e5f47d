"""What a model must show before it may be used, and the verdict in one sentence."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from churnrisk.modeling.evaluate import Judged, Metric
from churnrisk.modeling.metrics import Array, bin_starts
from churnrisk.modeling.reliability import churn_by_group
from churnrisk.settings import GateSettings

Code = Literal["released", "too_few_churners", "no_usable_signal", "calibration_refused", "worse_than_champion"]

SEGMENT_CUSTOMERS = 100
_DRAWS = 1_000
_CELLS = 2_000_000


@dataclass(frozen=True)
class Check:
    """One thing the gate looked at: whether it passed, the numbers, and what they say."""

    name: str
    passed: bool
    sentence: str
    numbers: Mapping[str, float | None]


@dataclass(frozen=True)
class Verdict:
    """What the gate decided about one model, and every check behind it."""

    code: Code
    sentence: str
    checks: tuple[Check, ...]

    @property
    def released(self) -> bool:
        """Whether the model may be used."""
        return self.code == "released"

    def as_dict(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        checks = [{**vars(check), "numbers": dict(check.numbers)} for check in self.checks]
        return {"code": self.code, "sentence": self.sentence, "checks": checks}


def judge(
    judged: Judged,
    model: str,
    *,
    base_rate: str = "base rate",
    simple_rule: str = "simple rule",
    champion: str | None = None,
    segments: npt.ArrayLike | None = None,
    segments_merged: bool | None = None,
    churners: int | None = None,
    min_churners: int = 100,
    settings: GateSettings | None = None,
    seed: int = 0,
) -> Verdict:
    """Pass one model through the gate.

    Parameters
    ----------
    judged
        The test rows, with the model, the base rate, the simple rule and the champion already added.
    champion
        Name of the champion in ``judged``; None while there is none.
    segments
        The segment of each test row; each with 100 or more customers is checked for itself.
    segments_merged
        Whether all segments became one because neighbours churned alike; None where there are none.
    churners, min_churners
        Churners in all labelled cutoffs, and how many are enough to learn from.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> p = random.uniform(0.02, 0.5, 2000)
    >>> judged = Judged(random.random(2000) < p, np.arange(2000), resamples=100, seed=0)
    >>> for name, each in {"logistic": p, "base rate": p * 0 + 0.26, "simple rule": p * 0 + 0.26}.items():
    ...     _ = judged.add(name, each)
    >>> judge(judged, "logistic").code
    'released'
    """
    bounds = settings or GateSettings()
    found = judged[model].churners if churners is None else churners
    checks = [
        _enough(judged, found, min_churners),
        _beats_simple(judged, model, base_rate, simple_rule),
        _orders(judged, model),
        *_segments_differ(segments_merged),
        _calibration_error(judged, model, bounds, seed),
        _slope(judged, model, bounds),
        _observed_expected(judged, model, bounds),
        *_segments(judged, model, segments, bounds),
    ]
    if champion is not None:
        checks.append(_not_worse(judged, model, champion))
    return _verdict(model, tuple(checks))


_REFUSALS: dict[str, Code] = {
    "enough churners": "too_few_churners",
    "better than simple": "no_usable_signal",
    "orders customers": "no_usable_signal",
    "segments differ": "no_usable_signal",
    "not worse than the champion": "worse_than_champion",
}
_SAID: dict[Code, Callable[[str], str]] = {
    "released": lambda model: f"{model} may be used: it beats the simple rules and its probabilities hold.",
    "too_few_churners": lambda model: "There are too few churners to learn from.",
    "no_usable_signal": lambda model: "No usable signal: nothing in these tables tells churners from those who stay.",
    "calibration_refused": lambda model: f"{model} orders customers well, but its probabilities are not true.",
    "worse_than_champion": lambda model: f"{model} is worse than the champion, which stays.",
}


def _verdict(model: str, checks: tuple[Check, ...]) -> Verdict:
    """Let the first failed check in the order of the gate give the verdict."""
    failed = [check for check in checks if not check.passed]
    order = ["too_few_churners", "no_usable_signal", "calibration_refused", "worse_than_champion"]
    codes = {_REFUSALS.get(check.name, "calibration_refused"): check for check in reversed(failed)}
    code: Code = min(codes, key=order.index) if codes else "released"
    reason = f" {codes[code].sentence}" if codes else ""
    return Verdict(code, _SAID[code](model) + reason, checks)


def _enough(judged: Judged, churners: int, wanted: int) -> Check:
    tested = int(judged.churned.sum())
    both = 0 < tested < len(judged.churned)
    numbers = {"churners": churners, "min_churners": wanted, "test_churners": tested}
    missing = max(0, wanted - churners)
    said = f"The labelled rows hold {churners:,} churners, and {wanted:,} are enough."
    if missing:
        said = f"The labelled rows hold {churners:,} churners; {missing:,} are missing to {wanted:,}."
    elif not both:
        said = f"{tested:,} of the {len(judged.churned):,} test rows churned: nothing can be judged on one class."
    return Check("enough churners", not missing and both, said, numbers)


def _beats_simple(judged: Judged, model: str, base_rate: str, simple_rule: str) -> Check:
    rival = min((simple_rule, base_rate), key=lambda name: _log_loss(judged, name))
    low, high = judged.paired_difference(rival, model, "log_loss")
    said = f"Its log loss is lower than that of the {rival} by {low:.5f} to {high:.5f} (95 %)."
    if not low > 0:
        said = f"Its log loss is not surely lower than that of the {rival}: by {low:.5f} to {high:.5f} (95 %)."
    return Check("better than simple", low > 0, said, _numbers(_log_loss(judged, rival), low, high))


def _orders(judged: Judged, model: str) -> Check:
    auc = judged[model]["roc_auc"]
    passed = auc.low is not None and auc.low > 0.5
    said = f"Its AUC is {_with_interval(auc)}, {'above' if passed else 'not surely above'} 0.5."
    return Check("orders customers", passed, said, _numbers(auc.value, auc.low, auc.high))


def _segments_differ(merged: bool | None) -> list[Check]:
    if merged is None:
        return []
    said = "All segments churn alike and became one." if merged else "Neighbouring segments churn differently."
    return [Check("segments differ", not merged, said, {})]


def _calibration_error(judged: Judged, model: str, bounds: GateSettings, seed: int) -> Check:
    error = judged[model]["calibration_error"].value or 0.0
    chance = float(np.percentile(chance_errors(judged.churn_probability(model), seed=seed), 95))
    limit = max(bounds.max_calibration_error, chance)
    passed = error <= limit
    word = "within" if passed else "above"
    said = (
        f"Its calibration error is {error:.4f}, {word} {limit:.4f} "
        f"(the larger of {bounds.max_calibration_error:g} and what chance gives, {chance:.4f})."
    )
    return Check("calibration error", passed, said, {"value": error, "chance_95": chance, "limit": limit})


def _slope(judged: Judged, model: str, bounds: GateSettings) -> Check:
    return _touches("calibration slope", judged[model]["calibration_slope"], bounds.slope)


def _observed_expected(judged: Judged, model: str, bounds: GateSettings) -> Check:
    return _touches("observed / expected", judged[model]["observed_expected"], bounds.observed_expected)


def _segments(judged: Judged, model: str, segments: npt.ArrayLike | None, bounds: GateSettings) -> list[Check]:
    if segments is None:
        return []
    rows = churn_by_group(judged, model, segments)
    large = rows[rows["customers"] >= SEGMENT_CUSTOMERS]
    checks = []
    for group, *numbers in large[["group", "observed_expected", "low", "high"]].to_numpy(dtype=object).tolist():
        value, low, high = (None if np.isnan(number) else float(number) for number in numbers)
        ratio = Metric(value, low, high)
        checks.append(_touches(f"observed / expected in {group}", ratio, bounds.segment_observed_expected))
    return checks


def _touches(name: str, found: Metric, range_: tuple[float, float]) -> Check:
    """Pass unless the interval lies wholly outside the range; without an interval nothing refuses."""
    outside = found.low is not None and found.high is not None and (found.high < range_[0] or found.low > range_[1])
    word = "wholly outside" if outside else "touching"
    said = f"Its {name} is {_with_interval(found)}, {word} {range_[0]:g} to {range_[1]:g}."
    if found.low is None:
        said = f"Its {name} is {_with_interval(found)}, without an interval to judge by."
    return Check(name, not outside, said, _numbers(found.value, found.low, found.high))


def _not_worse(judged: Judged, model: str, champion: str) -> Check:
    low, high = judged.paired_difference(model, champion, "log_loss")
    said = f"Its log loss minus the champion's lies between {low:.5f} and {high:.5f} (95 %)."
    value = _log_loss(judged, model) - _log_loss(judged, champion)
    return Check("not worse than the champion", not low > 0, said, _numbers(value, low, high))


def chance_errors(churn_probability: Array, *, draws: int = _DRAWS, seed: int = 0) -> Array:
    """Calibration errors of labels drawn from the probabilities themselves: what chance alone gives.

    Examples
    --------
    >>> bool(chance_errors(np.full(400, 0.1)).mean() < 0.02)
    True
    """
    p = np.sort(churn_probability).astype(np.float32)
    starts = bin_starts(p.astype(np.float64))
    promised = np.add.reduceat(p.astype(np.float64), starts)
    random = np.random.default_rng(seed)
    size = max(1, _CELLS // len(p))
    errors = []
    for at in range(0, draws, size):
        labels = random.random((min(size, draws - at), len(p)), dtype=np.float32) < p
        churners = np.add.reduceat(labels, starts, axis=1, dtype=np.int64)
        errors.append(np.abs(promised - churners).sum(axis=1) / len(p))
    return np.concatenate(errors)


def _numbers(value: float | None, low: float | None, high: float | None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def _log_loss(judged: Judged, name: str) -> float:
    value = judged[name]["log_loss"].value
    return math.inf if value is None else value


def _with_interval(found: Metric) -> str:
    if found.value is None:
        return "unknown"
    return f"{found.value:.3f}" if found.low is None else f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
