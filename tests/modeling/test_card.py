import jinja2
import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling.card import LIMITS, churn_facts, metric_facts, part_facts, render_card, write_card
from churnrisk.modeling.evaluate import MEANING, Judged
from churnrisk.modeling.gate import judge
from churnrisk.modeling.reliability import reliability
from churnrisk.settings import ChurnSettings


@pytest.fixture(scope="module")
def facts():
    random = np.random.default_rng(0)
    p = random.uniform(0.02, 0.5, 1_000)
    y = (random.random(1_000) < p).astype(int)
    judged = Judged(y, np.arange(1_000), resamples=50)
    for name, each in {"logistic": p, "base rate": np.full(1_000, 0.26), "simple rule": np.full(1_000, 0.26)}.items():
        judged.add(name, each)
    rows = pd.DataFrame({"customer_id": np.arange(1_000).astype(str), "churned": y})
    segment = {"name": "critical", "bound": 0.3, "customers": 80, "expected": 0.4, "observed": 0.41, "action": "call"}
    signal = {"name": "usage_count_28d", "group": "usage", "direction": "low", "strength": 0.31}
    return {
        "pipeline": "sample",
        "model": "logistic",
        "version": 3,
        "verdict": judge(judged, "logistic").as_dict(),
        "in_use": "No version is in use.",
        "churn": churn_facts(ChurnSettings()),
        "backtest": {"command": "churnrisk backtest sample.toml", "sentence": "", "rows": []},
        "data": [part_facts("fit", ["2025-01-01", "2025-02-01"], rows), part_facts("test", ["2025-06-01"], rows)],
        "split": "An embargo of 37 days lies between the parts.",
        "resamples": 50,
        "models": judged.names,
        "metrics": metric_facts(judged, judged.names),
        "simple_rule": "usage_days_since_last alone: the higher, the likelier a customer churns.",
        "champion": None,
        "oracle": False,
        "horizons": [],
        "calibration": "Out-of-fold probabilities of the fit cutoffs calibrate.",
        "reliability": reliability(judged, "logistic").to_dict("records"),
        "profit": "Profit is not shown: set value_kept in [economics].",
        "bounded_by": "The bounds are given in the settings.",
        "segments": [segment],
        "fairness": {"sentence": "", "kept_out": [], "groups": []},
        "stability": ["Trained again with another seed, it shares 97 % of its riskiest tenth with this one."],
        "signals": [signal],
        "limits": [*LIMITS, "It was not fitted again after it was judged."],
        "use": ["churnrisk score pipelines/sample.toml"],
        "commit": "abc",
        "seed": 0,
        "run": "r1",
    }


def test_card_says_what_it_is_for_how_good_it_is_and_where_it_ends(facts):
    card = render_card(facts)
    assert card.startswith("# sample: model card of logistic, version 3\n")
    for said in ("may be used", "within 30 days of the cutoff", "critical", "usage_count_28d", "not fitted again"):
        assert said in card
    for metric in set(MEANING) - {"capture_at_capacity", "expected_maximum_profit", "profit_best_share"}:
        assert f"| {metric} |" in card
    assert "oracle" not in card


def test_every_table_of_the_card_has_rows_as_wide_as_its_head(facts):
    width = None
    for line in render_card(facts).splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells = line.replace("\\|", "").count("|")
        assert width in (None, cells), line
        width = cells


def test_further_horizons_have_a_table_where_there_are_such(facts):
    assert "Further horizons" not in render_card(facts)
    cells = {"roc_auc": "0.8", "log_loss": "0.2", "calibration_slope": "1.0", "observed_expected": "1.1"}
    told = {"days": 60, "note": "logistic on 300.", "cutoffs": 3, "rows": 900, "observed": 0.1, "expected": 0.09}
    bare = {"days": 90, "note": "Too few churned.", "cutoffs": 0, "cells": {}}
    horizons = [{**told, "cells": cells, "base_rate": "0.3"}, bare]
    card = render_card({**facts, "horizons": horizons})
    assert "| 60 days | 3 | 900 | 9.0% | 10.0% | 0.8 | 0.2 | 0.3 | 1.0 | 1.1 |" in card
    assert "| 90 days | 0 | 0 | – | – | not judged: no test cutoff covers it |" in card
    assert "* 90 days: Too few churned." in card
    test_every_table_of_the_card_has_rows_as_wide_as_its_head({**facts, "horizons": horizons})


def test_further_horizons_are_named_where_it_says_when_churn_counts():
    told = churn_facts(ChurnSettings(horizons=[30, 60, 90]))["when"]
    assert told == "within 30 days of the cutoff (also within 60 and 90 days)"


def test_oracle_is_explained_where_it_is_given(facts):
    assert "The oracle knows" in render_card({**facts, "oracle": True})


def test_card_without_a_released_model_has_no_segments(facts):
    card = render_card({**facts, "segments": [], "signals": [], "version": None})
    assert "no model was released" in card
    assert "version" not in card.splitlines()[0]


def test_missing_fact_is_refused(facts):
    with pytest.raises(jinja2.UndefinedError, match="calibration"):
        render_card({name: told for name, told in facts.items() if name != "calibration"})


def test_name_with_a_bar_does_not_break_its_table(facts):
    segment = {**facts["segments"][0], "action": "call | visit"}
    assert "call \\| visit" in render_card({**facts, "segments": [segment]})


def test_metric_that_cannot_be_had_is_a_dash(facts):
    judged = Judged([0] * 30, range(30), resamples=10)
    judged.add("tree", np.linspace(0.1, 0.2, 30))
    cells = {line["metric"]: line["cells"] for line in metric_facts(judged, ["tree"])}
    assert cells["roc_auc"] == ["–"]
    assert cells["brier"] != ["–"]


def test_card_is_written_as_markdown(facts, tmp_path):
    assert write_card(facts, tmp_path / "models" / "sample").read_text(encoding="utf-8") == render_card(facts)


@pytest.mark.parametrize(
    ("churn", "said"),
    [
        (ChurnSettings(kind="inactivity", horizon=90), "after 90 days without activity"),
        (ChurnSettings(kind="recorded"), "churn_events"),
        (ChurnSettings(day="notice"), "the day notice was given"),
    ],
)
def test_definition_follows_the_kind_of_churn(churn, said):
    assert said in churn_facts(churn)["definition"]


def test_month_horizon_reads_well():
    assert churn_facts(ChurnSettings(horizon="month"))["when"] == "within the month of the cutoff"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("![x](http://example.com/x.png)", "![x]\\(http://example.com/x.png)"),
        ("<!-- backtest -->", "&lt;!-- backtest -->"),
        ("a|b\r\n# c", "a\\|b # c"),
        ("p < 0.05", "p < 0.05"),
    ],
)
def test_a_name_in_the_card_is_a_name_and_no_tag_link_or_picture(facts, name, shown):
    group = {"attribute": "region", "group": name, "note": "", "customers": 5, "churners": 1, "observed": 0.2}
    rest = ("roc_auc", "log_loss", "observed_expected", "selected_top_10", "capture_top_10", "false_negative_rate")
    told = {"sentence": "", "kept_out": [], "groups": [{**group, **dict.fromkeys(rest, "–")}]}
    card = render_card({**facts, "fairness": told})
    assert f"| region | {shown} |" in card
