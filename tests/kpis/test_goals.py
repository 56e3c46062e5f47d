"""Key figures against goals and benchmarks: distances, what they mean, and what is refused."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.errors import SettingsError
from churnrisk.kpis.benchmarks import against_benchmarks, not_beside
from churnrisk.kpis.goals import GOAL_COLUMNS, against_goals
from churnrisk.settings import Benchmark, EconomicsSettings, KpiSettings, PipelineSettings

MAY = (pd.Timestamp("2025-05-01"), pd.Timestamp("2025-06-01"))


def line(kpi, number, whole=float("nan"), *, split="all", value="all", complete=True, note=""):
    start, end = MAY
    return {
        "period_start": start,
        "period_end": end,
        "complete": complete,
        "split": split,
        "value": value,
        "kpi": kpi,
        "number": number,
        "numerator": float("nan"),
        "denominator": whole,
        "note": note,
    }


def table(*lines):
    """Make a table of 13,000 customers who pay 2,275,000 a month, with further lines."""
    start = [line("customers_start", 13_000.0), line("mrr_start", 2_275_000.0)]
    return pd.DataFrame([*start, *lines])


def settings(**goals):
    return PipelineSettings(goals=goals)


def only(found):
    assert len(found) == 1
    return found.iloc[0]


def test_a_missed_goal_says_how_many_customers_and_how_much_money_it_means():
    found = only(against_goals(table(line("churn_rate", 2.6, 13_000.0)), settings(churn_rate=2.0)))
    assert (found.customers, found.mrr, found.money_at_stake) == (78, 78 * 175.0, 78 * 175.0 * 12)
    assert not found.reached
    assert found.distance == pytest.approx(0.6)
    assert found.sentence == (
        "churn_rate in 2025-05: 2.6 %, goal 2.0 %: 0.6 points above; "
        "78 customers fewer would have had to leave, 13,650 MRR."
    )


def test_a_goal_that_is_reached_says_what_is_to_spare():
    found = only(against_goals(table(line("churn_rate", 1.9, 13_000.0)), settings(churn_rate=2.0)))
    assert found.reached
    assert found.customers == 13
    assert found.sentence.endswith("0.1 points below; reached, with 13 customers, 2,275 MRR to spare.")


def test_a_goal_that_is_met_exactly_is_reached():
    found = only(against_goals(table(line("churn_rate", 2.0, 13_000.0)), settings(churn_rate=2.0)))
    assert found.reached
    assert found.customers == 0
    assert found.sentence.endswith("met exactly.")


def test_for_retention_high_is_better():
    found = only(against_goals(table(line("crr", 97.4, 13_000.0)), settings(crr=98)))
    assert not found.reached
    assert "0.6 points below; 78 customers more would have had to stay" in found.sentence


def test_for_revenue_churn_the_distance_is_money_first():
    found = only(against_goals(table(line("gross_revenue_churn", 3.0, 2_275_000.0)), settings(gross_revenue_churn=2)))
    assert (found.mrr, found.customers) == (22_750.0, 130)
    assert "22,750 MRR less would have had to be lost, what 130 customers pay" in found.sentence


def test_a_count_of_customers_is_its_own_distance():
    found = only(against_goals(table(line("new", 90.0)), settings(new=100)))
    assert (found.customers, found.unit, found.reached) == (10, "customers", False)


def test_terms_answers_and_months_have_no_customers_to_count():
    rows = table(line("renewal_rate", 80.0, 500.0), line("nps", 20.0, 90.0), line("lifetime_months", 30.0))
    found = against_goals(rows, settings(renewal_rate=85, nps=30, lifetime_months=40))
    assert found.customers.isna().all()
    assert (~found.reached.astype(bool)).all()


def test_an_incomplete_period_is_not_judged():
    found = only(against_goals(table(line("churn_rate", 1.0, 13_000.0, complete=False)), settings(churn_rate=2.0)))
    assert pd.isna(found.reached)
    assert "reached" not in found.sentence.replace("reached, with", "")
    assert found.sentence.endswith("the period is incomplete.")


def test_no_figure_means_no_distance_and_the_reason():
    rows = table(line("churn_rate", float("nan"), 0.0, note="no customers at the start"))
    found = only(against_goals(rows, settings(churn_rate=2.0)))
    assert pd.isna(found.reached)
    assert found.sentence == "churn_rate in 2025-05: no figure (no customers at the start)."


def test_without_mrr_only_customers_are_counted():
    rows = pd.DataFrame([line("customers_start", 1000.0), line("churn_rate", 3.0, 1000.0)])
    found = only(against_goals(rows, settings(churn_rate=2.0)))
    assert (found.customers, pd.isna(found.mrr)) == (10, True)
    assert found.sentence.endswith("10 customers fewer would have had to leave.")


def test_a_part_is_measured_by_its_own_customers():
    part = {"split": "plan", "value": "pro"}
    own = [line("customers_start", 100.0, **part), line("mrr_start", 50_000.0, **part)]
    rows = table(*own, line("churn_rate", 3.0, 100.0, **part))
    found = only(against_goals(rows, settings(churn_rate=2.0)))
    assert (found.customers, found.mrr) == (1, 500.0)
    assert found.sentence.startswith("churn_rate (plan pro) in 2025-05: 3.0 %")


def test_a_small_distance_is_written_with_more_decimals():
    found = only(against_goals(table(line("churn_rate", 2.04, 13_000.0)), settings(churn_rate=2.0)))
    assert "2.04 %, goal 2.00 %: 0.04 points above" in found.sentence


def test_a_name_that_is_no_key_figure_is_answered_with_the_right_one():
    with pytest.raises(SettingsError, match=r"goals\.churn_rat: there is no key figure .* Did you mean 'churn_rate'"):
        against_goals(table(), settings(churn_rat=2.0, churn_rate=2.0))


def test_a_key_figure_that_should_be_neither_low_nor_high_has_no_goal():
    with pytest.raises(SettingsError, match="customers_start should be neither low nor high"):
        against_goals(table(), settings(customers_start=2.0))


def test_without_goals_the_table_is_empty_and_has_its_columns():
    found = against_goals(table(line("churn_rate", 2.6, 13_000.0)), settings())
    assert found.empty
    assert tuple(found.columns) == GOAL_COLUMNS


def test_goals_stand_against_their_own_length_of_period_only():
    rows, asked = table(line("churn_rate", 2.6, 13_000.0)), settings(churn_rate=2.0)
    assert against_goals(rows, asked, "quarter").empty
    assert len(against_goals(rows, asked, "month")) == 1
    assert "the table has quarter" in not_beside(asked, "quarter")[0]
    assert not_beside(asked, "month") == []


@given(churned=st.integers(0, 500), customers=st.integers(500, 5000), goal=st.floats(0, 20), stake=st.floats(0, 24))
def test_so_many_customers_fewer_would_reach_the_goal_and_one_less_would_not(churned, customers, goal, stake):
    rows = pd.DataFrame([line("churn_rate", 100 * churned / customers, float(customers))])
    asked = PipelineSettings(goals={"churn_rate": goal}, economics=EconomicsSettings(months_at_stake=stake))
    found = only(against_goals(rows, asked))
    if not found.reached:
        assert 100 * (churned - found.customers) / customers <= goal + 1e-6
        assert 100 * (churned - found.customers + 1) / customers > goal - 1e-6
    else:
        assert found.customers == math.floor(goal * customers / 100 - churned + 1e-9)


def test_benchmarks_stand_beside_with_name_and_source():
    given_ = {
        "churn_rate": [
            Benchmark(number=3.1, source="Trade survey 2025, p. 4"),
            Benchmark(number=1.8, source="Annual report 2024", name="Rival Inc"),
        ]
    }
    found = against_benchmarks(table(line("churn_rate", 2.6, 13_000.0)), PipelineSettings(benchmarks=given_))
    assert list(found.name) == ["industry", "Rival Inc"]
    assert list(found.difference.round(6)) == [-0.5, 0.8]
    assert found.sentence[0] == (
        "churn_rate in 2025-05: 2.6 %; industry (Trade survey 2025, p. 4): 3.1 %; 0.5 points below."
    )


def test_a_benchmark_of_another_length_of_period_stands_aside_and_is_named():
    one = Benchmark(number=25, source="Trade survey 2025", period="year")
    asked = PipelineSettings(benchmarks={"churn_rate": one})
    assert against_benchmarks(table(line("churn_rate", 2.6, 13_000.0)), asked).empty
    assert not_beside(asked) == ["benchmarks.churn_rate (industry) speaks of year; the table has month: not shown."]
    yearly = PipelineSettings(benchmarks={"churn_rate": one}, kpis=KpiSettings(period="year"))
    assert len(against_benchmarks(table(line("churn_rate", 26.0, 13_000.0)), yearly)) == 1


def test_a_benchmark_of_no_key_figure_is_refused():
    one = Benchmark(number=25, source="Trade survey 2025")
    with pytest.raises(SettingsError, match=r"benchmarks\.curn_rate.*Did you mean"):
        against_benchmarks(table(), PipelineSettings(benchmarks={"curn_rate": one}))
