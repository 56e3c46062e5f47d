"""The models: each reads numbers, texts and gaps; peers that are absent are named."""

import numpy as np
import pandas as pd
import pytest

from churnrisk.bench.models import contenders
from churnrisk.bench.models.contenders import HANDLING, Contender, Prepared, chosen, shown_versions
from churnrisk.errors import ModelError, UnknownNameError

MODULES = {"lightgbm": "lightgbm", "catboost": "catboost", "histogram": "sklearn", "explainable": "interpret"}


@pytest.fixture(scope="module")
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"n": random.normal(size=300), "t": random.choice(["a", "b"], 300).astype(object)})
    churned = (frame["n"] + (frame["t"] == "a") + random.normal(size=300) > 0.5).to_numpy().astype(int)
    frame.loc[::7, "n"], frame.loc[::9, "t"] = np.nan, None
    return frame.assign(nothing=np.nan), churned


@pytest.mark.parametrize("name", [name for name, one in contenders.contenders().items() if one.ours])
def test_ours_learn_from_numbers_texts_and_gaps(name, rows):
    frame, churned = rows
    assert _auc(contenders.contenders()[name].make().fit(frame, churned), frame, churned) > 0.65


@pytest.mark.parametrize("name", ["lightgbm", "catboost", "histogram"])
def test_peers_learn_from_numbers_texts_and_gaps_and_take_unseen_text(name, rows):
    pytest.importorskip(MODULES[name])
    frame, churned = rows
    peer = contenders.contenders()[name].make().fit(frame, churned)
    assert _auc(peer, frame, churned) > 0.65
    unseen = frame.head(3).assign(t=["never seen", None, "a"])
    assert np.isfinite(peer.predict_proba(unseen)).all()


@pytest.mark.filterwarnings("ignore:Missing values detected:UserWarning")
def test_the_explainable_machine_reads_the_same_rows(rows):
    glassbox = pytest.importorskip("interpret.glassbox")
    frame, churned = rows
    few = glassbox.ExplainableBoostingClassifier(n_jobs=1, outer_bags=1, max_rounds=20, interactions=0)
    peer = Prepared(few, "text").fit(frame, churned)
    assert np.isfinite(peer.predict_proba(frame.head(3).assign(t=["never seen", None, "a"]))).all()


def _auc(model, frame, churned) -> float:
    from churnrisk.modeling.metrics import roc_auc

    return roc_auc(churned, model.predict_proba(frame)[:, 1])


def test_settings_of_the_peers_are_the_agreed_ones():
    lightgbm, catboost = pytest.importorskip("lightgbm"), pytest.importorskip("catboost")
    known = contenders.contenders()
    trees, cats = known["lightgbm"].make().model, known["catboost"].make().model
    assert isinstance(trees, lightgbm.LGBMClassifier)
    assert (trees.n_estimators, trees.num_leaves, trees.learning_rate) == (200, 15, 0.05)
    assert isinstance(cats, catboost.CatBoostClassifier)
    assert cats.get_params()["iterations"] == 500
    histogram = known["histogram"].make().model
    assert (histogram.max_iter, histogram.early_stopping) == (200, False)


def test_an_unknown_model_is_answered_with_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"no model named 'forest' to compare. Known: logistic, tree"):
        chosen(["forest"])


def test_an_absent_peer_is_named_with_the_command_that_installs_it(monkeypatch):
    absent = Contender("absent", object, "a-package-that-is-nowhere")
    monkeypatch.setattr(contenders, "contenders", lambda: {"absent": absent})
    with pytest.raises(ModelError, match=r"a-package-that-is-nowhere.*make bench-models"):
        chosen()


def test_ours_alone_need_no_peer(monkeypatch):
    monkeypatch.setattr(Contender, "version", property(lambda self: ""))
    assert list(chosen(["logistic"])) == ["logistic"]


def test_every_peer_says_its_version_settings_and_handling():
    known = {name: one for name, one in contenders.contenders().items() if not one.ours}
    assert set(HANDLING) == set(known)
    assert all("text" in line for line in shown_versions(known))
    assert shown_versions({"logistic": contenders.contenders()["logistic"]}) == []
