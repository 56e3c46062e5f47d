"""Candidates meet the simple rules and the champion on cutoffs that none of them has seen."""

import numpy as np

from churnrisk.modeling.select import BASE_RATE, CHAMPION, ORACLE, SIMPLE_RULE
from churnrisk.settings import EconomicsSettings, SegmentSettings
from churnrisk.snapshots.plan import rows_of, with_shuffled_labels
from tests.training.conftest import PARTS, contest_of, made_snapshots


def test_candidates_and_simple_rules_are_judged_on_the_test_rows(training):
    contest = training.contest
    assert set(contest.judged.names) == {"logistic", "tree", BASE_RATE, SIMPLE_RULE}
    assert len(contest.test) == 900
    assert set(contest.test["cutoff"].dt.date) == set(PARTS.test)
    assert {"logistic", "tree", "base_rate", "simple_rule"} <= set(contest.test.columns)


def test_the_best_has_the_lowest_log_loss_and_is_released(training):
    contest = training.contest
    losses = {name: contest.judged[name]["log_loss"].value for name in ("logistic", "tree")}
    assert contest.best.name == min(losses, key=losses.get)
    assert contest.verdict.code == "released"


def test_what_is_judged_is_what_is_released(training):
    best = training.contest.best
    rows = rows_of(training.snapshots, PARTS.test)
    scored = best.release.model().score(rows, reasons=False)["churn_probability"].to_numpy()
    assert np.array_equal(scored, training.contest.judged.churn_probability(best.name))


def test_a_refit_is_released_instead_of_what_was_judged_and_only_where_it_is_asked_for(training):
    assert training.contest.released is training.contest.best
    asked = training.settings.models.model_copy(update={"refit": True})
    contest = contest_of(training.settings.model_copy(update={"models": asked}), training.snapshots)
    assert contest.released is contest.refitted
    assert contest.released.fitted.fit_rows.shape[0] > contest.best.fitted.fit_rows.shape[0]
    assert contest.released.fitted.out_of_fold


def test_a_champion_is_judged_beside_and_columns_that_are_gone_count_as_missing(training):
    champion = training.contest.best.release.model()
    fewer = made_snapshots(seed=1)
    less = type(fewer)(fewer.rows.drop(columns="support_tickets_28d"), fewer.columns[:2])
    contest = contest_of(training.settings, less, champion=champion)
    assert CHAMPION in contest.judged.names
    assert any(check.name == "not worse than the champion" for check in contest.verdict.checks)


def test_an_oracle_is_shown_and_never_chosen(training):
    truth = np.full(900, 0.2)
    contest = contest_of(training.settings, training.snapshots, oracle=truth)
    assert ORACLE in contest.judged.names
    assert contest.best.name != ORACLE
    assert contest.test["oracle"].tolist() == truth.tolist()


def test_shuffled_labels_end_without_a_usable_signal(training):
    contest = contest_of(training.settings, with_shuffled_labels(training.snapshots, 3))
    assert contest.verdict.code == "no_usable_signal"


def test_too_few_churners_are_the_first_reason(training):
    contest = contest_of(training.settings, training.snapshots, churners=40)
    assert contest.verdict.code == "too_few_churners"
    assert "60 are missing to 100" in contest.verdict.sentence


def test_a_release_carries_the_definition_of_churn_it_was_trained_for(training):
    assert training.contest.best.release.data["churn"] == training.settings.churn.definition


def test_calibration_is_the_one_the_settings_ask_for(training):
    asked = training.settings.models.model_copy(update={"calibration": "beta"})
    contest = contest_of(training.settings.model_copy(update={"models": asked}), training.snapshots)
    assert {one.fitted.calibration.kind for one in contest.candidates.values()} == {"beta"}


def test_the_base_rate_of_every_cutoff_is_watched(training):
    rates = training.contest.best.fitted.calibration.base_rates
    assert rates.table["part"].tolist() == ["fit", "fit", "calibration"]


def test_capacity_and_costs_bring_their_metrics_and_bounds(training):
    economics = EconomicsSettings(value_kept=300, cost_of_contact=2, cost_of_offer=10, chance_to_accept=0.4)
    more = {"economics": economics, "segments": SegmentSettings(capacity=[20, 90, 200])}
    contest = contest_of(training.settings.model_copy(update=more), training.snapshots)
    found = contest.judged[contest.best.name]
    assert found["expected_maximum_profit"].low > 0
    assert 0 < found["capture_at_capacity"].value < 1
    assert "20, 90, 200 customers of a list of about 900" in contest.best.bounded_by
    without = training.contest.judged[training.contest.best.name].metrics
    assert not {"expected_maximum_profit", "profit_best_share", "capture_at_capacity"} & set(without)
