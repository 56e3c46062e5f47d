"""When a new training is asked for: by age, by drift, by what came true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from churnrisk.monitoring.verdict import Renewed
from churnrisk.settings.monitor import MonitorSettings


@dataclass(frozen=True)
class Reason:
    """One reason to train again."""

    code: Literal["age", "drift", "quality"]
    sentence: str


def reasons_to_train(
    settings: MonitorSettings,
    today: date,
    *,
    trained_on: date | None,
    alarms: Sequence[int],
    verdict: Renewed | None,
) -> list[Reason]:
    """Give every reason to train again; none where the model may go on.

    Parameters
    ----------
    trained_on
        The day of the training; None where it is not known.
    alarms
        Columns that had drifted on each night of this model, the oldest first.
    verdict
        What realised outcomes say; None where there are none.

    Examples
    --------
    >>> asked = reasons_to_train(
    ...     MonitorSettings(), date(2025, 7, 1), trained_on=date(2024, 12, 1), alarms=[0, 1, 2, 1], verdict=None
    ... )
    >>> [one.code for one in asked]
    ['age', 'drift']
    >>> asked[0].sentence
    'the model is 212 days old (180 are allowed)'
    """
    found = []
    age = (today - trained_on).days if trained_on else 0
    if age > settings.retrain_after_days:
        told = f"the model is {age} days old ({settings.retrain_after_days} are allowed)"
        found.append(Reason("age", told))
    last = list(alarms)[-settings.of_nights :]
    drifted = sum(number > 0 for number in last)
    if drifted >= settings.drift_nights:
        told = f"{drifted} of the last {len(last)} nights have drifted ({settings.drift_nights} are enough)"
        found.append(Reason("drift", told))
    if verdict is not None and verdict.code == "under_the_gate":
        found.append(Reason("quality", "what came true of its lists lies under the gate"))
    return found


def train_again(reasons: Sequence[Reason], pipeline: str) -> str:
    """Ask for a new training in one sentence; empty where there is no reason.

    Parameters
    ----------
    pipeline
        The TOML's name.

    Examples
    --------
    >>> train_again([Reason("age", "the model is 212 days old")], "sample.toml")
    'Train again, because the model is 212 days old: churnrisk train sample.toml'
    >>> train_again([], "sample.toml")
    ''
    """
    if not reasons:
        return ""
    return f"Train again, because {' and '.join(one.sentence for one in reasons)}: churnrisk train {pipeline}"
