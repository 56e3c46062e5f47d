"""Which cutoffs fit, calibrate and test: later ones judge what earlier ones taught."""

from dataclasses import dataclass
from datetime import date, timedelta

from churnrisk.settings import ChurnSettings, CutoffSettings
from churnrisk.timeline import horizon_end


@dataclass(frozen=True)
class Split:
    """The labelled cutoffs, by what they are used for.

    Parameters
    ----------
    fit, calibrate, test
        Cutoffs in order; ``calibrate`` is empty where too few remain, and calibration then uses out-of-fold
        probabilities of the fit cutoffs.
    embargoed
        Cutoffs left out because a label of theirs was not yet known at the first cutoff of the next set.
    """

    fit: list[date]
    calibrate: list[date]
    test: list[date]
    embargoed: list[date]


def split(labelled: list[date], churn: ChurnSettings, settings: CutoffSettings) -> Split:
    """Divide labelled cutoffs: the last fifth tests, the last fifth of the rest calibrates, with embargoes.

    Examples
    --------
    >>> from churnrisk.timeline import add_months
    >>> days = [add_months(date(2024, 1, 1), month) for month in range(12)]
    >>> parts = split(days, ChurnSettings(), CutoffSettings())
    >>> len(parts.fit), len(parts.calibrate), len(parts.test), len(parts.embargoed)
    (6, 2, 2, 2)
    """
    tests = max(1, round(len(labelled) / 5))
    return split_before(labelled[:-tests], labelled[-tests:], churn, settings)


def split_before(earlier: list[date], test: list[date], churn: ChurnSettings, settings: CutoffSettings) -> Split:
    """Divide what was known at the first test cutoff into cutoffs that fit and cutoffs that calibrate.

    Parameters
    ----------
    earlier
        Labelled cutoffs before the test cutoffs; a label that was not yet certain at the first of these is left
        out.

    Examples
    --------
    >>> from churnrisk.timeline import add_months
    >>> days = [add_months(date(2024, 1, 1), month) for month in range(4)]
    >>> parts = split_before(days[:3], days[3:], ChurnSettings(), CutoffSettings())
    >>> [str(day) for day in parts.fit], [str(day) for day in parts.embargoed]
    (['2024-01-01', '2024-02-01'], ['2024-03-01'])
    """
    known = _known_before(earlier, test, churn)
    calibrate: list[date] = []
    fit = known
    if len(known) >= 6:
        judges = max(1, round(len(known) / 5))
        calibrate = known[-judges:]
        fit = _known_before(known[:-judges], calibrate, churn)
    fit = fit[-settings.max_fit :]
    used = {*fit, *calibrate, *test}
    oldest = fit[0] if fit else None
    embargoed = [day for day in [*earlier, *test] if day not in used and (oldest is None or day > oldest)]
    return Split(fit, calibrate, test, embargoed)


def _known_before(days: list[date], later: list[date], churn: ChurnSettings) -> list[date]:
    """Keep the cutoffs each of whose labels, to the longest horizon, was certain at the first of the later ones."""
    if not later:
        return days
    grace = timedelta(days=churn.bridging_days)
    longest = churn.every_horizon[-1]
    return [day for day in days if horizon_end(day, churn.lead_days, longest) + grace <= later[0]]
