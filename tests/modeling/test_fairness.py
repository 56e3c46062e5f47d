"""Groups judged apart: what each number counts, what is too small, and which difference is told."""

import json

import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.fairness import MEANING, TOO_SMALL, judge_groups

ROWS = 4000


def made(*, wrong_in: str | None, seed: int = 0) -> tuple[Judged, pd.DataFrame]:
    """Give true probabilities, or half of the true ones in one group."""
    random = np.random.default_rng(seed)
    region = random.choice(["north", "south", "west"], ROWS, p=[0.5, 0.48, 0.02])
    chance = random.uniform(0.05, 0.6, ROWS)
    judged = Judged((random.random(ROWS) < chance).astype(int), np.arange(ROWS), resamples=20)
    judged.add("logistic", np.where(region == wrong_in, chance / 2, chance))
    return judged, pd.DataFrame({"region": region})


@pytest.fixture(scope="module")
def fair():
    judged, attributes = made(wrong_in=None)
    return judged, attributes, judge_groups(judged, "logistic", attributes, resamples=80)


def test_groups_hold_every_row_and_every_churner(fair):
    judged, _, found = fair
    assert found.table["rows"].sum() == ROWS
    assert found.table["churners"].sum() == judged.churned.sum()


def test_each_number_is_that_of_the_groups_own_rows(fair):
    judged, attributes, found = fair
    north = (attributes["region"] == "north").to_numpy()
    p = judged.churn_probability("logistic")
    top = np.zeros(ROWS, dtype=bool)
    top[np.argsort(-p, kind="stable")[:400]] = True
    line = found.table.set_index("group").loc["north"]
    assert line["observed_expected"] == pytest.approx(judged.churned[north].sum() / p[north].sum())
    assert line["selected_top_10"] == pytest.approx(top[north].mean())
    assert line["capture_top_10"] == pytest.approx(judged.churned[north & top].sum() / judged.churned[north].sum())
    for metric in set(MEANING) - {"false_negative_rate"}:
        assert line[f"{metric}_low"] <= line[metric] <= line[f"{metric}_high"]


def test_a_small_group_is_marked_and_the_others_are_not(fair):
    notes = fair[2].table.set_index("group")["note"]
    assert notes.to_dict() == {"north": "", "south": "", "west": TOO_SMALL}


def test_without_a_list_nothing_is_missed_or_found(fair):
    assert fair[2].table["false_negative_rate"].isna().all()


def test_false_negatives_are_churners_that_the_list_would_not_have_held():
    judged, attributes = made(wrong_in=None)
    p = judged.churn_probability("logistic")
    found = judge_groups(judged, "logistic", attributes, listed=p >= 0.4, resamples=20).table.set_index("group")
    south = (attributes["region"] == "south").to_numpy() & (judged.churned == 1)
    assert found.loc["south", "false_negative_rate"] == pytest.approx((p[south] < 0.4).mean())


def test_a_group_whose_probabilities_are_wrong_is_named():
    judged, attributes = made(wrong_in="south")
    told = judge_groups(judged, "logistic", attributes, resamples=80).sentence
    assert told.startswith(
        "The largest difference that is more than chance, by region: observed / expected churn is "
    )
    assert "for north" in told
    assert "for south" in told


def test_chance_alone_names_none(fair):
    assert fair[2].sentence == "No difference between groups is larger than chance explains (2 comparisons)."


def test_groups_too_small_are_not_compared():
    judged, attributes = made(wrong_in="south")
    few = Judged(judged.churned[:90], np.arange(90), resamples=20)
    few.add("logistic", judged.churn_probability("logistic")[:90])
    assert judge_groups(few, "logistic", attributes[:90], resamples=20).sentence.startswith("No two groups are large")


def test_a_group_without_churners_is_plain_data_all_the_same():
    judged = Judged([0, 1] * 200, range(400), resamples=20)
    judged.add("logistic", [0.3, 0.7] * 200)
    told = judge_groups(
        judged, "logistic", pd.DataFrame({"region": ["north", "south"] * 200}), resamples=20
    ).as_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["groups"][0]["roc_auc"] is None
