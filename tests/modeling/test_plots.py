import matplotlib
import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling import plots
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.plots import capture_plot, effect_plot, lift_plot, reliability_plot, tree_plot


@pytest.fixture(scope="module")
def judged():
    random = np.random.default_rng(0)
    p = random.uniform(0.01, 0.3, 600)
    judged = Judged(random.random(600) < p, np.arange(600), resamples=50)
    judged.add("logistic", p)
    judged.add("base rate", np.full(600, 0.15))
    return judged


def test_reliability_shows_ten_bins_with_intervals(judged):
    picture = reliability_plot(judged, "logistic")
    numbers = picture.numbers
    assert len(numbers) == 10
    assert (numbers["low"] <= numbers["high"]).all()
    (bars,) = picture.figure.axes[0].containers[0].lines[2]
    drawn = np.array([segment[:, 1] for segment in bars.get_segments()])
    assert drawn == pytest.approx(numbers[["low", "high"]].to_numpy())


def test_reliability_of_one_class_and_of_equal_probabilities_can_be_drawn(judged, tmp_path):
    nobody = Judged([0] * 50, range(50), resamples=10)
    nobody.add("tree", [0.0] * 50)
    reliability_plot(nobody, "tree").save(tmp_path / "nobody.png")
    reliability_plot(judged, "base rate").save(tmp_path / "base.png")
    assert (tmp_path / "nobody.csv").is_file()


def test_capture_ends_at_everybody_and_lift_at_the_average(judged):
    everybody = capture_plot(judged).numbers.query("share == 1")
    assert everybody["capture"].tolist() == [1, 1]
    assert lift_plot(judged, ["logistic"]).numbers.query("share == 1")["lift"].tolist() == [1]


def test_capture_plot_agrees_with_the_metric(judged):
    numbers = capture_plot(judged, ["logistic"]).numbers
    at_ten = numbers.loc[numbers["share"] == 0.1, "capture"].iloc[0]
    assert at_ten == pytest.approx(judged["logistic"]["capture_top_10"].value)


def test_effect_of_a_number_is_sorted_and_of_a_text_counts_fit_rows(tmp_path):
    curve = pd.DataFrame({"value": [3.0, 1.0, 2.0], "effect": [0.3, 0.1, 0.2]})
    assert effect_plot("usage_count_28d", curve, [1, 2, np.nan, 9]).numbers["value"].tolist() == [1, 2, 3]
    texts = pd.DataFrame({"value": ["basic", "pro"], "effect": [0.2, -0.1]})
    picture = effect_plot("plan", texts, ["pro", "pro", None], unit="")
    assert picture.numbers["rows"].tolist() == [0, 2]
    picture.save(tmp_path / "plan.png")


@pytest.mark.parametrize("values", [[1.0, 2.0], ["basic", "pro"]])
def test_an_effect_is_drawn_with_its_interval_where_there_is_one(values, tmp_path):
    curve = pd.DataFrame({"value": values, "effect": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.4]})
    picture = effect_plot("plan", curve, values)
    assert picture.numbers[["low", "high"]].to_numpy().tolist() == [[0.0, 0.2], [0.1, 0.4]]
    picture.save(tmp_path / "effect.png")


def test_tree_keeps_every_node(tmp_path):
    leaves = {"yes": {"rows": 10, "churn_probability": 0.5}, "no": {"rows": 90, "churn_probability": 0.1}}
    picture = tree_plot({"rows": 100, "churn_probability": 0.14, "says": "usage_count_28d < 3", **leaves})
    assert picture.numbers["answer"].tolist() == ["", "yes", "no"]
    picture.save(tmp_path / "tree.png")


def test_tree_of_one_leaf_can_be_drawn():
    assert len(tree_plot({"rows": 100, "churn_probability": 0.0}).numbers) == 1


def test_pictures_leave_no_global_state(judged):
    before = matplotlib.rcParams.copy()
    reliability_plot(judged, "logistic")
    assert matplotlib.rcParams.copy() == before
    assert not hasattr(plots, "pyplot")
