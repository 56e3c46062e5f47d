"""The released model: plain data that scores alike where churnrisk cannot be imported."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from churnrisk.modeling import AdditiveLogisticClassifier, PrunedTreeClassifier
from churnrisk.modeling.calibrate import calibrate
from churnrisk.modeling.columns import FitError
from churnrisk.modeling.release import build_release
from churnrisk.modeling.released.churn_model import ReleasedModel, ReleasedModelError, load
from churnrisk.scoring.reasons import signal_cards
from churnrisk.scoring.segments import RiskSegmenter
from tests.modeling.churners import made_customers

FRAME, CHURNED, CUSTOMERS = made_customers(900)
LATER, LATER_CHURNED, _ = made_customers(600, seed=1)
ACTIONS = {"critical": "call within a day", "low": "leave alone"}

WITHOUT_CHURNRISK = """
import importlib.util, json, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "churnrisk":
            raise ImportError("churnrisk is not here")
sys.meta_path.insert(0, Refuse())
try:
    import churnrisk
except ImportError:
    pass
else:
    raise SystemExit("churnrisk could be imported")
import pandas as pd
folder, sha256 = sys.argv[1:]
rows = pd.read_json(folder + "/rows.json", orient="split", dtype=False, precise_float=True)
"""
BY_SCRIPT = """
spec = importlib.util.spec_from_file_location("churn_model", folder + "/churn_model.py")
script = importlib.util.module_from_spec(spec)
spec.loader.exec_module(script)
script.load(folder + "/model.json", sha256).score(rows).to_json(sys.stdout, orient="split", double_precision=15)
"""
BY_MLFLOW = """
import mlflow.pyfunc
mlflow.pyfunc.save_model(
    folder + "/mlflow",
    python_model=folder + "/churn_model.py",
    artifacts={"model": folder + "/model.json"},
    model_config={"sha256": sha256},
    pip_requirements=["pandas"],
)
model = mlflow.pyfunc.load_model(folder + "/mlflow")
model.predict(rows).to_json(sys.stdout, orient="split", double_precision=15)
with open(folder + "/mlflow/artifacts/model.json", "ab") as changed:
    changed.write(b" ")
try:
    mlflow.pyfunc.load_model(folder + "/mlflow")
except Exception as fault:
    sys.stderr.write(f"REFUSED: {fault}")
"""


def card(name, group, raises_risk, sentence):
    return SimpleNamespace(
        name=name, group=group, unit="", raises_risk=raises_risk, sentence=sentence, below=None, above=None
    )


SIGNALS = [
    card("logins", "usage", "low", "Only {value:login|logins}, from {region_customers:0} in the region"),
    card("tickets", "support", "high", "{value:ticket|tickets} → open"),
]


def released(model, method="sigmoid", **changes):
    rows = FRAME.assign(region_customers=np.arange(len(FRAME)) % 7)
    fitted = model.fit(FRAME, CHURNED, groups=CUSTOMERS)
    curve = calibrate(fitted.decision_function(LATER), LATER_CHURNED, method=method)
    chances = curve.probability(fitted.decision_function(LATER)).reshape(-1, 1)
    given = {
        "fit_rows": rows,
        "segments": RiskSegmenter().fit(chances, LATER_CHURNED).to_plain(),
        "actions": ACTIONS,
        "cards": signal_cards(SIGNALS, list(rows.columns)),
        "pipeline": "sample",
        "version": {"run": "abc"},
        "churn": {"horizon": 30},
    }
    return build_release(fitted, curve, **(given | changes))


def to_score():
    return LATER.assign(region_customers=np.arange(len(LATER)) % 5, further="left alone")


RELEASES = {
    "logistic": released(AdditiveLogisticClassifier(l2=1.0)),
    "tree": released(PrunedTreeClassifier(alpha=0.002)),
    "isotonic": released(AdditiveLogisticClassifier(l2=1.0), "isotonic"),
    "beta": released(AdditiveLogisticClassifier(l2=1.0), "beta"),
}
each = pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)


def run_without_churnrisk(program, folder, sha256):
    to_score().to_json(folder / "rows.json", orient="split", double_precision=15)
    command = [sys.executable, "-c", WITHOUT_CHURNRISK + program, str(folder), sha256]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, encoding="utf-8")


def assert_same(output, expected):
    found = pd.DataFrame(**json.loads(output))
    for name in expected.columns:
        if expected[name].dtype == float:
            np.testing.assert_allclose(found[name].astype(float), expected[name], rtol=0, atol=1e-12)
        else:
            assert found[name].tolist() == expected[name].tolist()


@pytest.mark.parametrize("name", ["logistic", "tree", "beta"])
def test_scores_alike_where_churnrisk_cannot_be_imported(name, tmp_path):
    RELEASES[name].write(tmp_path)
    done = run_without_churnrisk(BY_SCRIPT, tmp_path, RELEASES[name].sha256)
    assert done.returncode == 0, done.stderr
    assert_same(done.stdout, RELEASES[name].model().score(to_score()))


def test_a_changed_byte_is_refused_there(tmp_path):
    path = RELEASES["logistic"].write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"sample"', b'"sampel"'))
    done = run_without_churnrisk(BY_SCRIPT, tmp_path, RELEASES["logistic"].sha256)
    assert done.returncode != 0
    assert "model.json was changed" in done.stderr


@pytest.mark.slow
def test_mlflow_serves_it_where_churnrisk_cannot_be_imported(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    release = RELEASES["logistic"]
    release.write(tmp_path)
    done = run_without_churnrisk(BY_MLFLOW, tmp_path, release.sha256)
    assert done.returncode == 0, done.stderr
    assert_same(done.stdout, release.model().score(to_score(), all_segments=True))
    assert "REFUSED: model.json was changed" in done.stderr


@each
def test_probability_is_the_estimators_calibrated_one(release):
    scored = release.model().score(to_score())
    assert scored.churn_probability.between(0, 1).all()
    assert (scored.churn_probability == scored.churn_probability.round(6)).all()
    order = scored.sort_values("score").churn_probability
    assert order.is_monotonic_increasing


@each
def test_shares_add_up_to_the_calibrated_log_odds_less_their_mean(release):
    model = release.model()
    split = model.explain(to_score())
    chance = model.score(to_score()).churn_probability
    odds = split.sum(axis=1) + release.data["mean_calibrated_log_odds"]
    assert np.abs(1 / (1 + np.exp(-odds)) - chance).max() < 1e-6


@each
def test_mean_of_all_shares_over_the_fit_rows_is_nought(release):
    split = release.model().explain(FRAME.assign(region_customers=1))
    assert np.abs(split.mean()).max() < 1e-9


def test_a_calibration_that_is_no_straight_line_has_its_own_line():
    assert "calibration" in RELEASES["isotonic"].model().explain(to_score()).columns
    assert "calibration" in RELEASES["beta"].model().explain(to_score()).columns
    assert "calibration" not in RELEASES["logistic"].model().explain(to_score()).columns


def test_straight_calibration_scales_every_share_by_its_slope():
    release = RELEASES["logistic"]
    estimator = AdditiveLogisticClassifier(l2=1.0).fit(FRAME, CHURNED, groups=CUSTOMERS)
    split = release.model().explain(to_score()).to_numpy()
    assert np.abs(split - release.data["calibration"]["slope"] * estimator.explain(LATER)).max() < 1e-12


def test_the_same_model_gives_the_same_bytes(tmp_path):
    again = released(AdditiveLogisticClassifier(l2=1.0))
    assert again.content == RELEASES["logistic"].content
    assert again.write(tmp_path).read_bytes() == again.content


def test_the_order_and_number_of_rows_change_nothing(monkeypatch):
    model = RELEASES["logistic"].model()
    scored = model.score(to_score())
    backwards = model.score(to_score().iloc[::-1]).iloc[::-1]
    pd.testing.assert_frame_equal(scored, backwards, check_exact=True)
    monkeypatch.setattr("churnrisk.modeling.released.churn_model.BLOCK_ROWS", 7)
    pd.testing.assert_frame_equal(model.score(to_score()), scored, check_exact=True)


def test_segments_and_actions_follow_the_probability():
    scored = RELEASES["logistic"].model().score(to_score())
    highest, lowest = scored.churn_probability.idxmax(), scored.churn_probability.idxmin()
    assert scored.loc[highest, ["segment", "action"]].tolist() == ["critical", "call within a day"]
    assert scored.loc[lowest, "segment"] == "low"


def test_reasons_are_told_for_segments_at_risk_only_unless_asked():
    model = RELEASES["logistic"].model()
    scored = model.score(to_score())
    assert (scored[scored.segment == "low"].reason_1 == "").all()
    assert (scored[scored.segment == "critical"].reason_1 != "").any()
    assert (model.score(to_score(), all_segments=True).query("segment == 'low'").reason_1 != "").any()
    assert (model.score(to_score(), reasons=False).reason_1 == "").all()


def test_missing_columns_are_named_and_further_ones_left_alone():
    with pytest.raises(ReleasedModelError, match=r"lack 2 column\(s\) the model reads: tickets, region_customers"):
        RELEASES["logistic"].model().score(FRAME.drop(columns="tickets"))


def test_wrong_types_are_named_all_at_once():
    wrong = to_score().assign(logins="many", plan=3)
    with pytest.raises(ReleasedModelError, match=r"logins should hold numbers.*plan should hold text"):
        RELEASES["logistic"].model().score(wrong)


def test_gaps_in_every_column_are_scored():
    empty = pd.DataFrame({name: [None, None] for name in RELEASES["logistic"].column_names})
    scored = RELEASES["logistic"].model().score(empty)
    assert scored.churn_probability.between(0, 1).all()
    assert (scored.reason_1 == "").all()


def test_a_night_scores_an_unknown_text_and_a_gap_that_a_request_may_not_hold():
    model = RELEASES["logistic"].model()
    rows = to_score().head(3).assign(plan=["gold", "pro", None], tickets=[1.0, np.nan, 2.0])
    assert model.score(rows).churn_probability.between(0, 1).all()
    with pytest.raises(ReleasedModelError) as fault:
        model.check(rows)
    assert "tickets is empty in row 2, and is never empty for this model" in str(fault.value)
    assert "plan is 'gold' in row 1. Known: basic, free, pro" in str(fault.value)


def test_a_request_may_hold_gaps_where_the_fit_rows_had_some():
    model = RELEASES["logistic"].model()
    assert model.required == ["tickets", "noise"]
    model.check(to_score().head(3).assign(plan=None, logins=np.nan, region_customers=np.nan))


def test_a_request_without_rows_is_refused():
    with pytest.raises(ReleasedModelError, match="There are no rows"):
        RELEASES["logistic"].model().check(to_score().head(0))


def test_a_model_that_lists_no_texts_takes_any():
    release = RELEASES["logistic"]
    columns = [{name: told for name, told in one.items() if name != "levels"} for one in release.data["columns"]]
    ReleasedModel(release.data | {"columns": columns}).check(to_score().head(1).assign(plan="gold"))


def test_texts_of_very_many_kinds_are_not_listed(monkeypatch):
    monkeypatch.setattr("churnrisk.modeling.release.MOST_LEVELS", 2)
    columns = {one["name"]: one for one in released(AdditiveLogisticClassifier(l2=1.0)).data["columns"]}
    assert columns["plan"]["levels"] is None


def test_no_row_gives_no_row():
    assert len(RELEASES["logistic"].model().score(to_score().head(0))) == 0


def test_another_format_is_refused():
    with pytest.raises(ReleasedModelError, match="reads models of format 1, and this one has format 2"):
        ReleasedModel(RELEASES["logistic"].data | {"format": 2})


def test_what_is_no_json_is_refused(tmp_path):
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(ReleasedModelError, match="is not JSON"):
        load(tmp_path / "model.json")


def test_rows_that_did_not_fit_the_model_are_refused():
    with pytest.raises(FitError, match="should be the rows that fitted the model"):
        released(AdditiveLogisticClassifier(l2=1.0), fit_rows=FRAME.head(300).assign(region_customers=1))


def test_columns_that_sentences_speak_of_must_be_there():
    with pytest.raises(FitError, match="lack \\['region_customers'\\]"):
        released(AdditiveLogisticClassifier(l2=1.0), fit_rows=FRAME)


def test_the_script_names_nothing_but_its_few_imports():
    from churnrisk.modeling.released import churn_model

    lines = Path(churn_model.__file__).read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported == {"hashlib", "json", "logging", "math", "pathlib", "numpy", "pandas"}
