import numpy as np
import pandas as pd
import pytest

from churnrisk.monitoring.drift import alarms, drift_of
from churnrisk.settings import MonitorSettings
from tests.monitoring.night import made_night, made_profile, scored


@pytest.fixture(scope="module")
def profile():
    return made_profile()


def judged(profile, frame, **settings):
    told = alarms(drift_of(frame, scored(frame), profile), MonitorSettings(**settings))
    return told.set_index("signal")


def test_a_night_like_the_training_is_no_alarm(profile):
    for seed in range(20, 30):
        assert not judged(profile, made_night(seed=seed))["alarm"].any()


def test_a_signal_that_moved_is_an_alarm_and_says_where(profile):
    frame = made_night(seed=20)
    told = judged(profile, frame.assign(logins=frame["logins"] + 3))
    assert told.loc["logins", "alarm"]
    assert "at most 2" in told.loc["logins", "sentence"]
    assert told.loc["churn_probability", "alarm"], "what the model says moves with it"
    assert not told.loc["plan", "alarm"]
    assert told.loc["plan", "sentence"] == ""


def test_a_signal_that_went_missing_is_an_alarm(profile):
    frame = made_night(seed=20)
    told = judged(profile, frame.drop(columns="score"))
    assert told.loc["score", "alarm"]
    assert told.loc["score", "missing_share"] == 1
    assert told.loc["score", "missing_before"] == pytest.approx(0.2, abs=0.02)


def test_a_new_level_is_an_alarm_once_enough_customers_have_it(profile):
    frame = made_night(seed=20)
    few, many = (frame.assign(plan=frame["plan"].mask(np.arange(len(frame)) < count, "gold")) for count in (10, 40))
    assert not judged(profile, few).loc["plan", "alarm"]
    told = judged(profile, many).loc["plan"]
    assert told["alarm"]
    assert (told["new_levels"], told["new_share"]) == ("gold", 0.02)
    assert "new levels with 2.0% of customers: gold" in told["sentence"]


def test_a_certain_but_small_drift_is_no_alarm():
    profile, frame = made_profile(40_000), made_night(40_000, seed=20)
    told = judged(profile, frame.assign(logins=frame["logins"] + (np.arange(len(frame)) % 10 == 0)))
    assert told.loc["logins", "adjusted_p"] < 0.01
    assert told.loc["logins", "psi"] < 0.1
    assert not told.loc["logins", "alarm"]


def test_what_a_company_does_every_month_is_no_alarm_unless_it_is_beyond_all_measure(profile):
    frame = made_night(seed=20)
    drift = drift_of(frame.assign(logins=frame["logins"] + 1), scored(frame), profile)
    restless = drift.assign(between=0.5)
    assert alarms(drift, MonitorSettings()).set_index("signal").loc["logins", "alarm"]
    assert not alarms(restless.assign(p_value=0.4), MonitorSettings())["alarm"].any()
    beyond = restless.assign(p_value=0.4, psi=restless["psi"].where(restless["signal"] != "logins", 2.5))
    assert alarms(beyond, MonitorSettings()).set_index("signal")["alarm"].to_dict()["logins"]


def test_a_night_without_customers_is_no_alarm(profile):
    frame = made_night(seed=20).head(0)
    assert not judged(profile, frame)["alarm"].any()


def test_the_same_night_gives_the_same_table(profile):
    frame = made_night(seed=20)
    first, second = (drift_of(rows, scored(rows), profile) for rows in (frame, frame.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(first, second)
