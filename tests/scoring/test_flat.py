"""A list from a flat file: who has not churned, by the money at stake, with cutoff and horizon empty."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import ModelError
from churnrisk.modeling.select import Rows
from churnrisk.scoring.flat import absent_columns, score_flat
from churnrisk.scoring.ranking import TimelessStamp
from churnrisk.settings import FlatSource, ListSettings, ModelSettings, PipelineSettings
from churnrisk.sources.flat import FlatTable
from churnrisk.training.contest import candidate_of
from tests.flat_company import made_rows

ROWS = made_rows(300)
X = pd.DataFrame({"plan": ROWS["plan"].astype("str"), "tenure": ROWS["tenure"].astype(float)})
LEFT = (ROWS["Churn"] == "Yes").to_numpy().astype(float)


def settings(**source):
    return PipelineSettings(
        source=FlatSource(label="Churn", **source),
        models=ModelSettings(names=["tree"]),
        list=ListSettings(display=["plan"]),
    )


@pytest.fixture(scope="module")
def model():
    return candidate_of("tree", Rows(X, LEFT.astype(int), np.arange(300)), None, settings()).release.model()


def night(model, table=None, **source):
    table = table or FlatTable(X, ROWS["CustomerID"].to_numpy(), LEFT)
    return score_flat(table, model, TimelessStamp("1"), settings(**source))


def test_who_churned_is_not_scored_and_who_has_no_label_is(model):
    left = LEFT.copy()
    left[:5] = np.nan
    found = night(model, FlatTable(X, ROWS["CustomerID"].to_numpy(), left))
    assert found.scores["customer_id"].tolist() == sorted(ROWS.loc[left != 1, "CustomerID"])


def test_without_mrr_the_list_ranks_by_probability(model):
    found = night(model)
    assert found.at_risk["churn_probability"].is_monotonic_decreasing
    assert found.scores["expected_loss"].isna().all()


def test_with_mrr_the_list_ranks_by_the_money_at_stake(model):
    found = night(model, mrr="tenure")
    assert found.at_risk["expected_loss"].is_monotonic_decreasing
    assert (found.scores["mrr"] > 0).all()


def test_mrr_that_is_no_number_is_refused(model):
    with pytest.raises(ModelError, match="mrr names plan, which holds no numbers"):
        night(model, mrr="plan")


def test_cutoff_and_horizon_stay_empty_and_what_is_to_be_shown_is_shown(model):
    found = night(model)
    assert found.at_risk[["cutoff", "horizon_days"]].isna().all().all()
    assert found.at_risk["plan"].notna().all()
    assert len(found.leaving) == 0


def test_rows_set_aside_are_not_scored_and_told(model):
    rejects = pd.DataFrame(
        {"customer_id": ["x", "c0000", None], "reason": "tenure: not a number", "line": 2, "file": "c"}
    )
    found = night(model, FlatTable(X, ROWS["CustomerID"].to_numpy(), LEFT, rejects=rejects))
    assert found.not_scored.to_numpy().tolist() == [["x", "tenure: not a number"]]


def test_a_column_that_is_gone_counts_as_missing_and_is_named(model):
    table = FlatTable(X[["plan"]], ROWS["CustomerID"].to_numpy(), LEFT)
    assert absent_columns(table, model) == ["tenure"]
    assert len(night(model, table).scores) == (LEFT != 1).sum()


def test_a_column_of_another_kind_is_refused(model):
    table = FlatTable(X.assign(tenure="long"), ROWS["CustomerID"].to_numpy(), LEFT)
    with pytest.raises(ModelError, match=r"tenure should hold numbers.*look at them with check"):
        night(model, table)
