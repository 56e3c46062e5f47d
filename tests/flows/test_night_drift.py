from types import SimpleNamespace

import pytest

from churnrisk.errors import ModelError
from churnrisk.flows import night_drift as flow
from tests.monitoring.night import made_night, made_profile, scored


@pytest.fixture
def night(monkeypatch):
    monkeypatch.setattr(flow, "Registry", lambda settings: None)
    frame = made_night(300, seed=20)
    return SimpleNamespace(features=frame, scores=scored(frame))


def test_a_night_is_held_against_the_profile_of_its_model(night, monkeypatch):
    monkeypatch.setattr(flow, "profile_of", lambda registry, version: made_profile(300))
    drift, warnings = flow.night_drift(None, 1, night)
    assert drift["signal"].tolist() == ["logins", "score", "plan", "churn_probability", "segment"]
    assert warnings == []


def test_a_model_without_a_profile_has_no_drift_table_and_no_warning(night, monkeypatch):
    monkeypatch.setattr(flow, "profile_of", lambda registry, version: None)
    assert flow.night_drift(None, 1, night) == (None, [])


def test_a_profile_that_was_changed_holds_no_night_up(night, monkeypatch):
    def changed(registry, version):
        raise ModelError("profile.json of version 1 was changed.")

    monkeypatch.setattr(flow, "profile_of", changed)
    drift, (warning,) = flow.night_drift(None, 1, night)
    assert drift is None
    assert "not held against the training: profile.json of version 1 was changed" in warning
