"""No replay sees a label that was not certain at its cutoff, and its list is that of a night."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import ModelError
from churnrisk.modeling.metrics import log_loss
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.build import Snapshots
from churnrisk.training.contest import candidate_of
from churnrisk.training.replay import past_splits, replay
from tests.training.replayed import DAYS, settings, snapshots, worth

MADE = snapshots()
WORTH = worth(MADE)
LISTED = ["customer_id", "rank", "churn_probability", "segment", "mrr", "expected_loss"]


def split_of(day, **more):
    return next(parts for parts in past_splits(DAYS, 8, settings(**more)) if parts.test == [day])


def flipped(days) -> Snapshots:
    """Turn every label of some cutoffs round."""
    rows = MADE.rows.copy()
    there = rows["cutoff"].isin(pd.to_datetime(days))
    rows.loc[there, "churned"] = 1 - rows.loc[there, "churned"]
    return Snapshots(rows, MADE.columns)


def test_a_cutoff_teaches_only_when_its_labels_were_certain():
    parts = split_of(date(2024, 5, 1))
    assert parts.fit == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]
    assert parts.embargoed == [date(2024, 4, 1)]


def test_a_cutoff_teaches_as_soon_as_its_labels_were_certain():
    parts = split_of(date(2024, 5, 1), churn=ChurnSettings(horizon=25, grace_days=5))
    assert parts.fit[-1] == date(2024, 4, 1)


def test_the_newest_cutoffs_are_replayed_and_the_first_ones_cannot_be():
    assert [parts.test[0] for parts in past_splits(DAYS, 2, settings())] == DAYS[-2:]
    assert [parts.test[0] for parts in past_splits(DAYS, 99, settings())] == DAYS[2:]
    assert past_splits(DAYS[:1], 6, settings()) == []


@pytest.mark.parametrize("day", [DAYS[4], DAYS[7]], ids=["out of fold", "with calibration cutoffs"])
def test_no_label_that_was_uncertain_at_the_cutoff_moves_the_list(day):
    parts = split_of(day)
    later = [one for one in DAYS if one not in (*parts.fit, *parts.calibrate)]
    assert day in later
    before, after = (replay(made, parts, WORTH, settings()) for made in (MADE, flipped(later)))
    pd.testing.assert_frame_equal(before.listed[LISTED], after.listed[LISTED])
    assert (before.listed["churned"] != after.listed["churned"]).all()
    assert before.losses == after.losses


def test_a_label_that_was_certain_at_the_cutoff_moves_the_list():
    parts = split_of(DAYS[4])
    before, after = (replay(made, parts, WORTH, settings()) for made in (MADE, flipped(parts.fit)))
    assert not before.listed[LISTED].equals(after.listed[LISTED])


def test_the_list_holds_everybody_once_in_the_order_of_a_night():
    listed = replay(MADE, split_of(DAYS[4]), WORTH, settings()).listed
    assert listed["rank"].tolist() == list(range(1, 301))
    order = listed.sort_values(
        ["expected_loss", "churn_probability", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    assert order["rank"].tolist() == listed["rank"].tolist()
    assert (listed["churn_probability"] == listed["churn_probability"].round(6)).all()


def test_without_mrr_the_list_is_ranked_by_probability():
    listed = replay(MADE, split_of(DAYS[4]), WORTH.assign(mrr=np.nan), settings()).listed
    assert listed["churn_probability"].is_monotonic_decreasing
    assert listed["expected_loss"].isna().all()


def test_the_model_is_chosen_by_the_rows_that_calibrated_it():
    both, parts = settings(models={"names": ["tree", "logistic"]}), split_of(DAYS[4])
    found = replay(MADE, parts, WORTH, both)
    assert set(found.losses) == {"tree", "logistic"}
    assert found.model == min(found.losses, key=found.losses.get)
    assert found.base_rate == pytest.approx(
        MADE.rows[MADE.rows["cutoff"].isin(pd.to_datetime(parts.fit))].churned.mean()
    )


def test_the_loss_of_the_choice_is_that_of_the_calibration_cutoffs():
    from churnrisk.modeling.select import Rows
    from churnrisk.snapshots.plan import rows_of

    parts, asked = split_of(DAYS[7]), settings()
    assert parts.calibrate
    fit, later = (Rows.of(rows_of(MADE, days), MADE.columns) for days in (parts.fit, parts.calibrate))
    fitted = candidate_of("logistic", fit, later, asked).fitted
    told = log_loss(later.churned, fitted.calibration_probability)
    assert replay(MADE, parts, WORTH, asked).losses["logistic"] == pytest.approx(told)


def test_too_few_churners_known_then_are_said():
    with pytest.raises(ModelError, match=r"churners were known by then, and 9000 are needed"):
        replay(MADE, split_of(DAYS[4]), WORTH, settings(models={"min_churners": 9000}))


def test_a_past_where_everybody_stayed_is_said():
    rows = MADE.rows.assign(churned=0)
    with pytest.raises(ModelError, match="0 churners were known"):
        replay(Snapshots(rows, MADE.columns), split_of(DAYS[4]), WORTH, settings())
    rows = MADE.rows.assign(churned=1)
    with pytest.raises(ModelError, match="only churners"):
        replay(Snapshots(rows, MADE.columns), split_of(DAYS[4]), WORTH, settings())


def test_labels_as_they_were_known_take_the_place_of_hindsight():
    parts, asked = split_of(DAYS[4]), settings()
    taught = MADE.rows[MADE.rows["cutoff"].isin(pd.to_datetime(parts.fit))]
    known = taught[["customer_id", "cutoff", "churned"]]
    same = replay(flipped(parts.fit), parts, WORTH, asked, known)
    pd.testing.assert_frame_equal(same.listed, replay(MADE, parts, WORTH, asked).listed)


def test_who_had_no_label_then_teaches_nothing():
    parts, asked = split_of(DAYS[4]), settings()
    rows = MADE.rows.assign(churned=MADE.rows["churned"].astype("float64"))
    rows.loc[(rows["customer_id"] < "c0100") & (rows["cutoff"] == pd.Timestamp(parts.fit[0])), "churned"] = np.nan
    fewer = replay(Snapshots(rows, MADE.columns), parts, WORTH, asked)
    assert fewer.base_rate != replay(MADE, parts, WORTH, asked).base_rate
    rows.loc[rows["cutoff"] == pd.Timestamp(DAYS[4]), "churned"] = np.where(np.arange(300) < 7, np.nan, 1.0)
    assert len(replay(Snapshots(rows, MADE.columns), parts, WORTH, asked).listed) == 293
