"""The label, and who gets none."""

import pandas as pd
import pytest

from churnrisk.labels.churned import labels
from churnrisk.presence.spells import presence
from churnrisk.settings import ChurnSettings
from churnrisk.snapshots.spine import spans
from tests.making import at, make_spine, make_table
from tests.presence.test_spells import stay


@pytest.fixture
def label(engine):
    """Give (churned, left_out) of one customer at a cutoff."""

    def run(rows, cutoff="2025-03-01", **churn):
        settings = ChurnSettings(**churn)
        tables = {"subscriptions": make_table("subscriptions", [{"customer_id": "a", **row} for row in rows])}
        spells = presence(tables, settings, at("2025-12-31"))
        spine = make_spine([("a", cutoff)], started_at=None)
        found = engine.rows(labels(spine, spells, spans([at(cutoff).date()], settings))).iloc[0]
        churned = None if pd.isna(found.churned) else int(found.churned)
        return churned, found.left_out if isinstance(found.left_out, str) else None

    return run


@pytest.mark.parametrize(
    ("end", "churned"),
    [("2025-03-01", 1), ("2025-03-30", 1), ("2025-03-31", 0), (None, 0)],
)
def test_churn_counts_from_the_cutoff_to_the_end_of_the_horizon_exclusive(label, end, churned):
    assert label([stay("2025-01-01", end)]) == (churned, None)


def test_a_month_as_horizon_ends_at_the_same_day_of_the_next_month(label):
    assert label([stay("2025-01-01", "2025-03-31")], horizon="month") == (1, None)
    assert label([stay("2025-01-01", "2025-04-01")], horizon="month") == (0, None)


def test_churn_within_the_lead_is_left_out_and_counted(label):
    assert label([stay("2025-01-01", "2025-03-05")], lead_days=7) == (None, "lead")
    assert label([stay("2025-01-01", "2025-03-08")], lead_days=7) == (1, None)


def test_a_competing_end_within_the_horizon_is_left_out(label):
    rows = [stay("2025-01-01", "2025-03-05", end_reason="death")]
    assert label(rows, competing_reasons=["death"]) == (None, "competing")
    assert label(rows) == (1, None)


def test_a_short_absence_within_the_grace_days_is_no_churn(label):
    assert label([stay("2025-01-01", "2025-03-05"), stay("2025-03-10", number="t")]) == (0, None)


def test_who_had_gone_without_being_known_to_is_left_out(label):
    assert label([stay("2025-01-01", "2025-02-20")]) == (None, "gone")


@pytest.fixture
def several(engine):
    """Give the labels of some customers at 2025-03-01 with horizons of 30, 60 and 90 days: one line a customer."""

    def run(rows, complete_to="2025-12-31", **churn):
        settings = ChurnSettings(horizons=[30, 60, 90], **churn)
        stays = [{"customer_id": name, **one} for name, some in rows.items() for one in some]
        spells = presence({"subscriptions": make_table("subscriptions", stays)}, settings, at(complete_to))
        spine = make_spine([(name, "2025-03-01") for name in rows], started_at=None)
        ends = spans([at("2025-03-01").date()], settings, at(complete_to).date())
        found = engine.rows(labels(spine, spells, ends)).set_index("customer_id").loc[list(rows)]
        found = found[["churned", "churned_60", "churned_90"]].astype("Int64").astype(object)
        return {name: tuple(None if pd.isna(one) else one for one in line) for name, *line in found.itertuples()}

    return run


def test_each_horizon_has_its_label_worked_by_hand(several):
    ends = {"early": "2025-03-30", "second": "2025-03-31", "third": "2025-05-29", "late": "2025-05-30", "stays": None}
    assert several({name: [stay("2025-01-01", end)] for name, end in ends.items()}) == {
        "early": (1, 1, 1),  # day 29 is within 30 days
        "second": (0, 1, 1),  # day 30 is the first that is not
        "third": (0, 0, 1),  # day 89
        "late": (0, 0, 0),  # day 90
        "stays": (0, 0, 0),
    }


@pytest.mark.parametrize(
    ("complete_to", "labels_of_second"),
    [("2025-06-06", (0, 1, 1)), ("2025-06-05", (0, 1, None)), ("2025-05-06", (0, None, None))],
)
def test_a_horizon_that_the_data_do_not_cover_with_grace_has_no_label(several, complete_to, labels_of_second):
    rows = {"early": [stay("2025-01-01", "2025-03-05")], "second": [stay("2025-01-01", "2025-04-02")]}
    found = several(rows, complete_to)
    assert found["second"] == labels_of_second
    assert [one is None for one in found["early"]] == [one is None for one in labels_of_second]


def test_a_competing_end_leaves_out_each_horizon_that_holds_it(several):
    died = {"died": [stay("2025-01-01", "2025-04-15", end_reason="death")]}
    assert several(died, competing_reasons=["death"])["died"] == (0, None, None)
    assert several(died)["died"] == (0, 1, 1)


def test_who_has_no_label_has_none_for_any_horizon(several):
    assert several({"soon": [stay("2025-01-01", "2025-03-05")]}, lead_days=7)["soon"] == (None, None, None)
    assert several({"gone": [stay("2025-01-01", "2025-02-20")]})["gone"] == (None, None, None)


def test_who_comes_back_before_a_later_horizon_ends_has_churned_all_the_same(several):
    back = {"back": [stay("2025-01-01", "2025-03-05"), stay("2025-04-01", number="t")]}
    assert several(back)["back"] == (1, 1, 1)


def test_one_horizon_has_one_label(engine):
    churn = ChurnSettings()
    rows = make_table("subscriptions", [stay("2025-01-01", None, customer_id="a")])
    spells = presence({"subscriptions": rows}, churn, at("2025-12-31"))
    ends = spans([at("2025-03-01").date()], churn, at("2025-12-31").date())
    found = engine.rows(labels(make_spine([("a", "2025-03-01")], started_at=None), spells, ends))
    assert found.columns.tolist() == ["customer_id", "cutoff", "churned", "left_out"]
