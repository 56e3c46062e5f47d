"""A refusal names everything at once, with what to do and how to allow it."""

from datetime import date, datetime

import pytest

from churnrisk.errors import RefusedError, UnknownNameError
from churnrisk.monitoring.bounds import Finding
from churnrisk.monitoring.refusals import (
    CODES,
    InUse,
    NightRefusedError,
    findings,
    other_definition,
    refuse,
    too_few_features,
    trained_on,
)
from churnrisk.settings import NightlySettings, PipelineSettings

NOW = datetime(2025, 6, 10, 2, 30)
CUTOFF = date(2025, 6, 10)
GOOD = [{"table": "usage", "rows": 1000, "newest": "2025-06-09", "columns": {"event": "text"}}]
EARLIER = [
    {"cutoff": "2025-06-01", "inputs": [{"table": "usage", "rows": 5, "columns": {"event": "number"}}]},
    {"cutoff": "2025-06-09", "inputs": [{"table": "usage", "rows": 990, "columns": {"event": "text"}}]},
]
YOUNG = InUse(1, date(2025, 6, 1))


def settings(**nightly: object) -> PipelineSettings:
    return PipelineSettings(name="small", nightly=NightlySettings(**nightly))


def codes(found):
    return [one.code for one in found.against]


def test_an_ordinary_night_is_silent():
    found = findings(settings(max_age_days={"usage": 2}), NOW, CUTOFF, GOOD, EARLIER, YOUNG)
    assert (found.against, found.told) == ([], [])


def test_a_first_night_has_nothing_to_be_held_against():
    assert codes(findings(settings(), NOW, CUTOFF, GOOD, [], YOUNG)) == []


def test_the_newest_night_is_the_one_that_counts():
    assert codes(findings(settings(), NOW, CUTOFF, GOOD, EARLIER[::-1], YOUNG)) == []
    assert codes(findings(settings(), NOW, CUTOFF, GOOD, EARLIER[:1], YOUNG)) == ["grown", "schema"]


@pytest.mark.parametrize("cutoff", [date(2025, 6, 9), date(2025, 6, 1)])
def test_tables_cut_short_are_found_though_their_cutoff_is_not_later(cutoff):
    short = [{**GOOD[0], "rows": 100}]
    assert codes(findings(settings(), NOW, cutoff, short, EARLIER, YOUNG)) == ["shrunk"]


def test_a_replay_is_held_against_nights_before_it():
    later = {"cutoff": "2025-06-11", "inputs": [{"table": "usage", "rows": 10**6, "columns": {"gone": "text"}}]}
    assert codes(findings(settings(), NOW, CUTOFF, GOOD, [*EARLIER, later], YOUNG, replay=True)) == []


def test_everything_is_found_at_once():
    worse = [{"table": "usage", "rows": 10, "newest": "2025-05-01", "columns": {}}]
    model = InUse(2, date(2020, 1, 1), {**settings().churn.definition, "horizon": 90})
    found = findings(settings(max_age_days={"usage": 2}), NOW, CUTOFF, worse, EARLIER, model)
    assert sorted(codes(found)) == ["definition", "expired", "schema", "shrunk", "stale"]
    with pytest.raises(NightRefusedError) as refused:
        refuse(found.against)
    told = str(refused.value)
    assert refused.value.codes == ("definition", "expired", "stale", "shrunk", "schema")
    assert refused.value.exit_code == 4
    assert "\n" not in told
    assert told.endswith("--allow definition --allow expired --allow stale --allow shrunk --allow schema.")


def test_the_clock_does_not_apply_to_a_replay():
    old, cutoff = [{**GOOD[0], "newest": "2024-01-01"}], date(2024, 1, 2)
    trained_later = InUse(1, date(2025, 6, 1))
    strict = settings(max_age_days={"usage": 2}, max_model_age_days=30)
    found = findings(strict, NOW, cutoff, old, [], trained_later, replay=True)
    assert (found.against, found.told) == ([], [])
    assert codes(findings(strict, NOW, cutoff, old, [], trained_later)) == ["stale"]


def test_a_model_is_as_old_as_it_was_at_a_replayed_cutoff():
    strict = settings(max_model_age_days=30)
    found = findings(strict, NOW, date(2025, 8, 1), GOOD, [], InUse(1, date(2025, 6, 1)), replay=True)
    assert codes(found) == ["expired"]


def test_old_events_are_told_only_where_no_age_is_set():
    old = [{**GOOD[0], "newest": "2025-06-01"}]
    assert len(findings(settings(), NOW, CUTOFF, old, [], YOUNG).told) == 1
    assert findings(settings(max_age_days={"usage": 30}), NOW, CUTOFF, old, [], YOUNG).told == []


def test_new_columns_are_told():
    more = [{**GOOD[0], "columns": {"event": "text", "channel": "text"}}]
    assert findings(settings(), NOW, CUTOFF, more, EARLIER, YOUNG).told == ["New in these tables: usage.channel."]


def test_what_is_allowed_is_a_warning_and_the_rest_is_refused():
    found = [Finding("stale", "usage is old", "Load it"), Finding("shrunk", "usage is small", "Load it whole")]
    assert refuse(found, frozenset({"stale", "shrunk"})) == [
        "Allowed (stale): usage is old.",
        "Allowed (shrunk): usage is small.",
    ]
    with pytest.raises(RefusedError) as refused:
        refuse(found, frozenset({"stale"}))
    told = str(refused.value)
    assert told == (
        "No list was written (shrunk): usage is small. Load it whole. To score all the same: --allow shrunk."
    )


def test_nothing_found_is_nothing_said():
    assert refuse([], frozenset(CODES)) == []


def test_an_unknown_code_is_answered_with_the_right_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'without_features'"):
        refuse([], frozenset({"without_feature"}))


def test_two_findings_of_one_kind_are_allowed_by_one_flag():
    found = [Finding("stale", f"{name} is old", "Load it") for name in ("usage", "tickets")]
    with pytest.raises(
        NightRefusedError, match=r"\(stale\): usage is old\. .* tickets is old\. .*: --allow stale\.$"
    ):
        refuse(found)


def test_a_model_for_this_definition_is_silent():
    assert other_definition(InUse(1, churn=settings().churn.definition), settings()) == []
    assert other_definition(InUse(1), settings()) == []


def test_without_tables_of_events_no_share_is_judged():
    assert too_few_features(None, 100, settings()) == []
    assert [one.code for one in too_few_features(50, 100, settings())] == ["without_features"]


def test_the_training_day_falls_back_on_the_first_reign():
    reigns = '[{"number": 1, "since": "2024-03-01T00:00:00", "who": "a", "why": "b"}]'
    tags = {"reigns": reigns, "champion_from": "2025-01-01T00:00:00", "challenger_from": "2024-02-28T00:00:00"}
    assert trained_on(1, tags) == date(2024, 2, 28)
    assert trained_on(1, {**tags, "trained_at": "2024-02-27T00:00:00"}) == date(2024, 2, 27)
    assert trained_on(1, {"champion_from": "2025-01-01T00:00:00"}) == date(2025, 1, 1)
