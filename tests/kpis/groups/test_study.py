"""From described customers to groups."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from churnrisk.kpis.groups.study import look_for_groups, study_groups
from churnrisk.settings.kpis import GroupSettings

DAY = date(2025, 2, 1)
SIGNALS = ["usage_count_84d", "usage_active_days_84d", "usage_ratio_84d"]
TWO = GroupSettings(most=2)


def customers(rates: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """Give customers who use the product at these rates in 84 days."""
    random = np.random.default_rng(seed)
    count = random.poisson(rates)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03}" for number in range(len(rates))],
            "cutoff": pd.Timestamp(DAY),
            "churned": np.nan,
            "mrr": 10.0,
            "usage_count_84d": count.astype(float),
            "usage_active_days_84d": np.minimum(count, 84.0),
            "usage_ratio_84d": np.where(count > 0, np.exp(random.normal(0, 0.2, len(rates))), np.nan),
        }
    )


@pytest.fixture(scope="module")
def styles() -> pd.DataFrame:
    return customers(np.where(np.arange(300) % 3 == 0, 4, 60))


@pytest.fixture(scope="module")
def found(styles):
    grouping, _ = look_for_groups(styles, SIGNALS, TWO, DAY)
    assert grouping is not None
    return grouping


def test_two_styles_of_use_are_two_groups(found, styles):
    assert found.kind == "groups"
    assert found.names == ["heavy use", "light use"]
    assert found.signals == ["usage_count_84d", "usage_ratio_84d"]  # days of use tell the same as counts
    assert (np.bincount(found.places(styles)) == [200, 100]).all()


@pytest.mark.parametrize("usual", [1.0, 30.0])
def test_one_style_of_use_is_none_however_rare_it_is(usual):
    rates = usual * np.exp(np.random.default_rng(1).normal(0, 0.6, 300))
    grouping, judged = look_for_groups(customers(rates), SIGNALS, TWO, DAY)
    assert grouping is None
    assert not judged["passes"].any()


def test_sections_are_cut_only_when_asked_for_and_nothing_parts_the_customers(styles):
    cloud = customers(30 * np.exp(np.random.default_rng(1).normal(0, 0.6, 300)))
    cut, _ = look_for_groups(cloud, SIGNALS, TWO, DAY, sections=3)
    assert cut is not None
    assert (cut.kind, len(cut.names)) == ("sections", 3)
    parted, _ = look_for_groups(styles, SIGNALS, TWO, DAY, sections=3)
    assert parted is not None
    assert (parted.kind, len(parted.names)) == ("groups", 2)


def test_named_signals_are_taken_as_they_are(styles):
    asked = GroupSettings(most=2, signals=SIGNALS[:2])
    grouping, _ = look_for_groups(styles, asked.signals, asked, DAY)
    assert grouping is not None
    assert grouping.signals == SIGNALS[:2]


def test_customers_who_are_all_alike_are_no_groups():
    alike = customers(np.zeros(300))
    assert look_for_groups(alike, SIGNALS, TWO, DAY, sections=2)[0] is None


def test_outcomes_are_read_at_the_observed_cutoffs_alone(found, styles):
    earlier = [date(2024, 12, 1), date(2025, 1, 1)]
    parts = [styles.assign(cutoff=pd.Timestamp(day), churned=1.0) for day in earlier]
    study = study_groups(pd.concat([*parts, styles]), found, earlier[:1], TWO, DAY)
    assert study.table["observed"].sum() == 300
    assert study.table["customers"].sum() == len(study.newest) == 300
    assert study.would_agree is None  # found on this very day


def test_kept_groups_are_compared_with_those_found_anew(found, styles):
    later = date(2025, 3, 1)
    same = study_groups(styles.assign(cutoff=pd.Timestamp(later)), found, [], TWO, later)
    assert same.would_agree == pytest.approx(1.0)
    grown = styles.assign(cutoff=pd.Timestamp(later), usage_count_84d=styles["usage_count_84d"] + 60)
    assert study_groups(grown, found, [], TWO, later).would_agree < 0.5
