"""Cutoffs and their use."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from churnrisk.settings import ChurnSettings, CutoffSettings
from churnrisk.snapshots.spine import cutoffs, is_labelled
from churnrisk.snapshots.split import split
from churnrisk.timeline import add_months, horizon_end


@given(
    months=st.integers(0, 60),
    horizon=st.sampled_from([30, 60, 90, "month"]),
    lead=st.integers(0, 30),
    grace=st.integers(0, 30),
)
def test_every_label_of_a_set_was_known_before_the_next_set_began(months, horizon, lead, grace):
    churn = ChurnSettings(horizon=horizon, lead_days=lead, grace_days=grace)
    days = cutoffs(date(2023, 1, 1), date(2023, 1, 1) + timedelta(days=31 * months), CutoffSettings())
    if not days:
        return
    parts = split(days, churn, CutoffSettings())
    known = [horizon_end(day, lead, horizon) + timedelta(days=grace) for day in parts.fit]
    later = [*parts.calibrate, *parts.test]
    assert all(one <= later[0] for one in known)
    assert len(parts.test) >= 1
    assert parts.test == days[-len(parts.test) :]
    assert len({*parts.fit, *parts.calibrate, *parts.test}) == sum(map(len, (parts.fit, parts.calibrate, parts.test)))


@given(months=st.integers(6, 60), longest=st.integers(31, 200), lead=st.integers(0, 30), grace=st.integers(0, 30))
def test_the_embargo_lasts_for_the_longest_horizon(months, longest, lead, grace):
    churn = ChurnSettings(horizons=[30, longest], lead_days=lead, grace_days=grace)
    days = [add_months(date(2020, 1, 1), month) for month in range(months)]
    parts = split(days, churn, CutoffSettings())
    for earlier, later in ((parts.fit, parts.calibrate or parts.test), (parts.calibrate, parts.test)):
        assert all(horizon_end(day, lead, longest) + timedelta(days=grace) <= later[0] for day in earlier)


def test_further_horizons_widen_the_embargo_and_leave_the_test_cutoffs_alone():
    days = [add_months(date(2024, 1, 1), month) for month in range(20)]
    one = split(days, ChurnSettings(), CutoffSettings())
    several = split(days, ChurnSettings(horizons=[30, 90]), CutoffSettings())
    assert one.test == several.test
    assert max(one.calibrate) == date(2025, 3, 1)
    assert max(several.calibrate) == date(2025, 1, 1)


def test_few_cutoffs_leave_none_for_calibration():
    days = [date(2025, month, 1) for month in range(1, 8)]
    assert split(days, ChurnSettings(), CutoffSettings()).calibrate == []


def test_a_cutoff_is_labelled_only_when_grace_has_passed_too():
    churn = ChurnSettings(horizon=30, grace_days=7)
    assert is_labelled(date(2025, 1, 1), date(2025, 2, 7), churn)
    assert not is_labelled(date(2025, 1, 1), date(2025, 2, 6), churn)


def test_a_cutoff_may_cover_the_first_horizon_and_not_a_further_one():
    churn = ChurnSettings(horizons=[30, 60], grace_days=7)
    assert is_labelled(date(2025, 1, 1), date(2025, 3, 8), churn)
    assert not is_labelled(date(2025, 1, 1), date(2025, 3, 8), churn, 60)
    assert is_labelled(date(2025, 1, 1), date(2025, 3, 9), churn, 60)
