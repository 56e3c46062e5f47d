"""Alerts in simulation, small: the promise of few false alarms, and of finding a rise."""

import numpy as np
import pytest

from churnrisk.bench.alert_report import MUST_FIND, Report, as_text
from churnrisk.bench.alerts import RISE, Alarms, Truth, draw, false_alarms, found_within


@pytest.fixture(scope="module")
def quiet():
    return {known: false_alarms(Truth(known=known), 12, seed=11) for known in (12, 24)}


@pytest.fixture(scope="module")
def power():
    return found_within(Truth(judged=3, rise=RISE), 80, seed=11)


def test_chance_raises_no_more_alarms_than_promised(quiet):
    lines = sum(one.lines for one in quiet.values())
    assert lines / 24 <= 1.5
    assert lines > 0, "a watch that never fires cannot be told from a broken one"


def test_a_rise_from_4_to_5_3_percent_is_found_within_three_months(power):
    assert power[10] >= MUST_FIND


def test_more_series_make_it_harder_to_find(power):
    assert power[5] >= power[10] >= power[20] >= power[40]


def test_without_a_rise_hardly_anything_is_found():
    assert found_within(Truth(judged=3), 40, seed=11)[10] <= 0.2


def test_a_higher_december_is_in_the_truth_and_raises_no_more_alarms():
    found = false_alarms(Truth(known=26, december=2.0), 6, seed=11)
    assert found.a_year <= 2.5


def test_a_drawn_company_adds_up():
    whole, *parts = draw(Truth(), np.random.default_rng(0))[::2]
    assert (whole.lost == sum(one.lost for one in parts)).all()
    assert whole.of[0] == sum(one.of[0] for one in parts)


def test_the_report_says_whether_the_promise_is_kept(quiet, power):
    names = ("nothing but chance, 12 months known", "nothing but chance, 24 months known")
    kept = Report(dict(zip(names, quiet.values(), strict=True)), {(12, 0.04): power}, None, 80)
    assert kept.kept
    assert "Alerts keep their promise." in as_text(kept)
    broken = Report({names[0]: Alarms(lines=40, raised=40, years=20)}, {(12, 0.04): power}, None, 80)
    assert not broken.kept
    assert "2.00 alerts a year" in as_text(broken)
    assert "do NOT keep" in as_text(broken)
