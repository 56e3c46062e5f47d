from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from churnrisk.kpis.explain.mix_rate import Change, decompose, effects, total_change
from churnrisk.kpis.explain.sentences import WORDS, best_sentence, first_sentence, split_sentence

COLUMNS = ["value", "customers", "numerator", "denominator", "spread"]


def rows(*parts: tuple[str, int, float]) -> pd.DataFrame:
    """Give one row a part: value, customers, how many of them left."""
    return pd.DataFrame([[name, people, left, people, None] for name, people, left in parts], columns=COLUMNS)


PART = st.tuples(st.integers(0, 40), st.integers(0, 900), st.integers(0, 40), st.integers(0, 900))


@settings(max_examples=60)
@given(st.lists(PART, min_size=1, max_size=6))
def test_effects_add_up_to_the_change_exactly(parts):
    columns = [np.array([Fraction(part[place]) for part in parts], dtype=object) for place in range(4)]
    top_0, under_0, top_1, under_1 = columns
    if not under_0.sum() or not under_1.sum():
        return
    change = top_1.sum() / under_1.sum() - top_0.sum() / under_0.sum()
    exact = effects(columns)
    assert exact["rate_effect"].sum() + exact["mix_effect"].sum() == change
    found = effects([column.astype(float) for column in columns])
    assert found["rate_effect"].sum() + found["mix_effect"].sum() == pytest.approx(float(change), abs=1e-12)


@settings(max_examples=40)
@given(st.lists(PART, min_size=2, max_size=5))
def test_turning_time_round_turns_every_effect_round(parts):
    columns = [np.array([Fraction(part[place]) for part in parts], dtype=object) for place in range(4)]
    if not columns[1].sum() or not columns[3].sum():
        return
    there, back = effects(columns), effects([*columns[2:], *columns[:2]])
    for kind in ("rate_effect", "mix_effect"):
        assert (there[kind] == -back[kind]).all()


def test_shares_that_stay_leave_no_mix():
    found = decompose("plan", rows(("a", 400, 8), ("b", 600, 6)), rows(("a", 800, 30), ("b", 1200, 12)))
    assert found.whole["mix_effect"] == pytest.approx(0, abs=1e-15)
    assert found.whole["rate_effect"] == pytest.approx(42 / 2000 - 14 / 1000)


def test_rates_that_stay_leave_mix_alone():
    found = decompose("plan", rows(("a", 400, 20), ("b", 600, 6)), rows(("a", 800, 40), ("b", 200, 2)))
    assert found.parts["rate_effect"].abs().max() < 1e-15
    assert found.whole["mix_effect"] == pytest.approx(42 / 1000 - 26 / 1000)


def test_a_part_that_is_new_is_all_mix_and_has_no_earlier_rate():
    found = decompose("plan", rows(("a", 1000, 20)), rows(("a", 1000, 20), ("new", 1000, 80)))
    new = found.parts.set_index("value").loc["new"]
    assert new["rate_effect"] == 0
    assert np.isnan(new["rate_before"])
    assert new["rate_after"] == 0.08
    assert found.parts[["rate_effect", "mix_effect"]].to_numpy().sum() == pytest.approx(0.03, abs=1e-15)


def test_what_stands_over_nothing_counts_as_rate_and_the_sum_still_holds():
    before = pd.DataFrame([["free", 50, 0, 0, 0], ["pro", 50, 5, 100, 9]], columns=COLUMNS)
    after = pd.DataFrame([["free", 50, -3, 0, 9], ["pro", 50, 5, 100, 9]], columns=COLUMNS)
    found = decompose("plan", before, after).parts.set_index("value")
    assert found.loc["free", "rate_effect"] == pytest.approx(-0.03)
    assert found[["rate_effect", "mix_effect"]].to_numpy().sum() == pytest.approx(-0.03)


def test_a_part_that_got_riskier_is_beyond_chance_and_one_that_did_not_is_not():
    before = rows(("a", 5000, 100), ("b", 5000, 100))
    found = decompose("plan", before, rows(("a", 5000, 200), ("b", 5000, 104))).parts.set_index("value")
    assert found["rate_beyond_chance"].to_dict() == {"a": True, "b": False}
    assert found.loc["a", "rate_low"] > 0 > found.loc["b", "rate_low"]
    assert not found["mix_beyond_chance"].any()


def test_a_part_of_few_customers_is_never_beyond_chance():
    found = decompose("plan", rows(("a", 5000, 100), ("b", 20, 0)), rows(("a", 5000, 100), ("b", 20, 19)))
    small = found.parts.set_index("value").loc["b"]
    assert small["small"]
    assert not small["rate_beyond_chance"]


def test_chance_alone_seldom_passes_for_a_change():
    random = np.random.default_rng(3)
    left = random.binomial([[800, 1200, 3000]] * 200, 0.03)
    said = total = 0
    for one, other in zip(left[::2], left[1::2], strict=True):
        tables = [rows(*zip("abc", (800, 1200, 3000), deaths, strict=True)) for deaths in (one, other)]
        total += total_change(*tables).p < 0.05
        said += decompose("plan", *tables).parts["rate_beyond_chance"].any()
    assert total <= 11  # 5 % of 100, and three standard deviations
    assert said <= 11


def test_intervals_of_effects_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(4)
    share_0, share_1, rate_0, rate_1 = [0.4, 0.6], [0.5, 0.5], [0.05, 0.02], [0.07, 0.02]
    true_rate, true_mix = 0.45 * 0.02, 0.1 * (0.06 - (0.4 * 0.05 + 0.6 * 0.02 + 0.045) / 2)
    held = np.zeros(2)
    for _ in range(100):
        tables = []
        for shares, rates in ((share_0, rate_0), (share_1, rate_1)):
            people = [int(4000 * share) for share in shares]
            tables.append(rows(*zip("ab", people, random.binomial(people, rates), strict=True)))
        part = decompose("plan", *tables).parts.set_index("value").loc["a"]
        held += part["rate_low"] <= true_rate <= part["rate_high"], part["mix_low"] <= true_mix <= part["mix_high"]
    assert (held / 100 > 0.88).all()


def test_money_is_judged_by_how_unequal_the_losses_are():
    def lost(spread):
        return [pd.DataFrame([["all", 900, x, 10_000, spread]], columns=COLUMNS) for x in (200, 300)]

    assert total_change(*lost(600)).p < 0.01  # many small losses
    assert total_change(*lost(20_000)).p > 0.3  # a few large ones


@settings(max_examples=30)
@given(PART)
def test_two_counts_are_compared_as_the_hypergeometric_law_says(part):
    left_0, all_0, left_1, all_1 = part[0], part[1] + part[0] + 1, part[2], part[3] + part[2] + 1
    law = stats.hypergeom(all_0 + all_1, left_0 + left_1, all_1)
    at = law.pmf(left_1) / 2
    expected = min(1.0, 2 * min(law.cdf(left_1) - at, law.sf(left_1) + at))
    columns = {"denominator": [all_0], "spread": [None]}
    before = pd.DataFrame({"numerator": [left_0], **columns})
    after = pd.DataFrame({**columns, "numerator": [left_1], "denominator": [all_1]})
    assert total_change(before, after).p == pytest.approx(expected, abs=1e-9)


def test_a_split_that_tells_parts_apart_explains_more_than_one_that_does_not():
    before, after = rows(("a", 5000, 100), ("b", 5000, 100)), rows(("a", 5000, 200), ("b", 5000, 100))
    alike = decompose("region", rows(("n", 5000, 100), ("s", 5000, 100)), rows(("n", 5000, 150), ("s", 5000, 150)))
    apart = decompose("plan", before, after)
    assert apart.explained == pytest.approx(0.005, abs=1e-9)
    assert alike.explained == 0
    told = best_sentence([alike, apart], total_change(before, after))
    assert told.startswith("Of the splits, plan explains most: 0.5 points")
    assert best_sentence([apart], total_change(before, after)) == ""
    assert best_sentence([alike, alike], total_change(before, after)).startswith("No split explains it")


def test_the_sentence_of_a_split_names_what_got_riskier_and_what_grew():
    before, after = rows(("starter", 4100, 127), ("pro", 5900, 100)), rows(("starter", 5300, 260), ("pro", 4700, 80))
    change = total_change(before, after)
    told = split_sentence(decompose("plan", before, after), change, WORDS["churn_rate"])
    assert "+0.8 because plan starter got riskier (3.1 % to 4.9 %)" in told
    assert "because more customers are in plan starter (41.0 % to 53.0 % of customers)" in told


def test_a_change_within_chance_is_called_so_and_no_part_is_blamed():
    before, after = rows(("a", 1000, 20), ("b", 1000, 20)), rows(("a", 1000, 24), ("b", 1000, 20))
    change = total_change(before, after)
    assert "That is within chance" in first_sentence(change, WORDS["churn_rate"], "April", "May")
    assert "No part alone moved it beyond chance" in split_sentence(
        decompose("plan", before, after), change, WORDS["churn_rate"]
    )


def test_a_change_beyond_chance_is_told_without_the_warning():
    told = first_sentence(Change(0.02, 0.03, 0.005, 0.015, 0.0001), WORDS["churn_rate"], "April", "May")
    assert "within chance" not in told
    assert told.startswith("The churn rate rose from 2.0 % (April) to 3.0 % (May): +1.0 points")
