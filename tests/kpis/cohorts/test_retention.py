"""Cohorts month by month, against a company worked by hand and one counted customer by customer."""

import math
import os
import time
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from churnrisk.errors import RefusedError, SettingsError
from churnrisk.kpis.cohorts.study import study
from churnrisk.kpis.ledger import Ledger
from churnrisk.kpis.periods import lay_periods
from churnrisk.settings import ChurnSettings, CohortSettings, EngineSettings, ScopeSettings
from churnrisk.sources.engine import Engine
from tests.kpis.companies import FIRST, random_company, workshop_of
from tests.snapshots.workshops import make_workshop, subscription

# Four customers of January and February, one from before the data; data from 2024-01-01 to 2024-07-20.
BY_HAND = [
    subscription("a", "2024-01-10", plan="pro"),
    subscription("b", "2024-01-20", "2024-02-15", plan="pro"),
    subscription("b", "2024-04-10", mrr=30, plan="basic"),  # back after eight weeks, at three times the price
    subscription("c", "2024-01-05", "2024-01-25", plan="basic"),
    subscription("d", "2024-02-03", "2024-03-15", plan="basic"),
    subscription("old", "2023-05-01", plan="basic"),
]


def by_hand(engine, by=(), *, complete_to="2024-07-20", rows=BY_HAND, **settings):
    return study(make_workshop(engine, {"subscriptions": rows}, complete_to=complete_to, **settings), by)


@pytest.fixture(scope="module")
def hand(engine):
    """The company worked by hand, studied once."""
    return by_hand(engine, ["plan"])


def cells(table, column, cohort, value="all"):
    """Give one cohort's cells as month = value."""
    mine = table[(table["cohort"] == cohort) & (table["value"] == value)]
    return dict(zip(mine["month"], mine[column], strict=True))


def test_the_example_worked_by_hand_comes_out(hand):
    table = hand.retention
    assert cells(table, "customers", "2024-01-01") == dict.fromkeys(range(6), 3)
    assert cells(table, "present", "2024-01-01") == {0: 2, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2}
    assert cells(table, "share", "2024-01-01")[1] == pytest.approx(1 / 3)
    assert cells(table, "mrr", "2024-01-01") == {0: 20, 1: 10, 2: 10, 3: 40, 4: 40, 5: 40}
    assert cells(table, "mrr_share", "2024-01-01")[3] == pytest.approx(4 / 3)
    assert str(table["at"].iloc[0].date()) == "2024-02-01"


def test_a_customer_who_comes_back_counts_in_the_heat_map_and_not_in_the_curve(hand):
    assert cells(hand.retention, "present", "2024-01-01")[3] == 2
    curve = hand.curves["all"]["all"]
    assert curve.churned.sum() == 3  # b once, c, d; that b stays after coming back changes nothing
    assert curve.days.tolist() == [20, 26, 41]


def test_a_cohort_at_nothing_stays_in_the_averages(hand):
    assert cells(hand.retention, "share", "2024-02-01") == {0: 1, 1: 0, 2: 0, 3: 0, 4: 0}
    average = hand.averages[hand.averages["split"] == "all"].set_index("month")
    assert (average.loc[1, "cohorts"], average.loc[1, "share"]) == (2, 0.25)
    assert average.loc[1, "mrr_share"] == 0.25
    assert (average.loc[5, "cohorts"], average.loc[5, "share"]) == (1, pytest.approx(2 / 3))


def test_a_month_that_is_not_certain_yet_has_no_share(engine):
    found = by_hand(engine, complete_to="2024-07-05")
    table = found.retention
    assert not cells(table, "complete", "2024-01-01")[5]
    assert math.isnan(cells(table, "share", "2024-01-01")[5])
    assert math.isnan(cells(table, "mrr_share", "2024-01-01")[5])
    assert found.averages["month"].max() == 4


def test_a_month_that_is_certain_has_its_share(engine):
    table = by_hand(engine, complete_to="2024-07-08").retention
    assert cells(table, "complete", "2024-01-01")[5]
    assert cells(table, "share", "2024-01-01")[5] == pytest.approx(2 / 3)


def test_a_month_that_is_not_over_is_not_there(engine):
    table = by_hand(engine, complete_to="2024-06-30").retention
    assert max(cells(table, "share", "2024-01-01")) == 4


def test_customers_from_before_the_data_are_in_no_cohort_and_are_counted(hand):
    assert hand.before == 1
    assert hand.retention["cohort"].min() == pd.Timestamp("2024-01-01")
    whole = hand.retention[hand.retention["split"] == "all"]
    assert whole.drop_duplicates("cohort")["customers"].sum() == 4
    row = hand.groups.iloc[0]
    assert (row["customers"], row["entered_late"]) == (5, 1)


def test_where_data_begin_inside_a_month_its_cohort_holds_only_who_began_after(engine):
    table = by_hand(engine, observed_from="2024-01-08").retention
    assert cells(table, "customers", "2024-01-08")[0] == 2  # not c, who began on the fifth
    assert table["cohort"].min() == pd.Timestamp("2024-01-08")


def test_only_so_many_months_are_followed_as_asked(engine):
    table = by_hand(engine, cohorts=CohortSettings(months=2)).retention
    assert table["month"].max() == 2


def test_parts_add_up_to_the_whole_and_hold_the_plan_of_the_first_start(hand):
    table = hand.retention
    assert cells(table, "present", "2024-01-01", "pro") == {0: 2, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2}
    assert cells(table, "present", "2024-01-01", "basic") == dict.fromkeys(range(6), 0)
    columns = ["customers", "present", "first_mrr", "mrr"]
    summed = table[table["split"] == "plan"].groupby(["cohort", "month"])[columns].sum()
    whole = table[table["split"] == "all"].set_index(["cohort", "month"])[columns]
    assert (summed == whole).all(axis=None)


def test_the_scope_holds_products_attributes_and_days(engine):
    pro = by_hand(engine, scope=ScopeSettings(products=["pro"]))
    assert pro.retention["customers"].tolist() == [2] * 6
    assert pro.before == 0
    later = by_hand(engine, scope=ScopeSettings(start="2024-01-10", end="2024-02-01"))
    assert later.retention.drop_duplicates("cohort")["customers"].tolist() == [2]
    company = random_company(1)
    shop = workshop_of(engine, company, scope=ScopeSettings(attributes={"region": ["north"]}))
    north = study(shop).retention.drop_duplicates("cohort")["customers"].sum()
    began = [one.attributes.get("region") for one in company.customers if one.first and one.first.begin >= FIRST]
    assert north == began.count("north") > 0


def test_a_scope_of_segments_says_that_it_does_not_apply(engine, hand):
    told = by_hand(engine, scope=ScopeSettings(segments=["high"])).notes
    assert any("segments does not apply" in one for one in told)
    assert not any("segments" in one for one in hand.notes)


def test_a_scope_without_customers_is_refused(engine):
    with pytest.raises(SettingsError, match=r"nobody has the plan 'por'\. Did you mean 'pro'"):
        by_hand(engine, scope=ScopeSettings(products=["por"]))
    with pytest.raises(RefusedError, match="No customer began"):
        by_hand(engine, scope=ScopeSettings(end="2023-01-01"))


def test_a_split_that_is_not_there_is_answered_with_the_right_one(engine):
    with pytest.raises(SettingsError, match="Did you mean 'plan'"):
        by_hand(engine, ["plans"])
    with pytest.raises(SettingsError, match="mrr_band"):
        by_hand(engine, ["mrr_band"])


def test_without_mrr_the_money_is_left_out_and_named(engine):
    churn = ChurnSettings(kind="recorded")
    events = [{"customer_id": "a", "churned_at": "2024-03-10"}, {"customer_id": "b", "churned_at": "2024-05-10"}]
    found = study(make_workshop(engine, {"churn_events": events}, complete_to="2024-07-20", churn=churn))
    assert not found.has_mrr
    assert found.retention["mrr_share"].isna().all()
    assert found.notes == ["MRR is not in the tables: shares of first MRR are left out."]
    assert cells(found.retention, "present", "2024-01-01") == {0: 2, 1: 2, 2: 1, 3: 1, 4: 0, 5: 0}


def test_by_inactivity_only_starts_after_a_first_silence_count(engine):
    uses = [(who, day) for who, days in USES.items() for day in days]
    usage = [{"customer_id": who, "occurred_at": day, "amount": 90.0} for who, day in uses]
    churn = ChurnSettings(kind="inactivity", inactive_days=30, horizon=30)
    found = study(make_workshop(engine, {"usage": usage}, complete_to="2024-07-01", churn=churn))
    table = found.retention
    assert cells(table, "present", "2024-02-01") == {0: 1, 1: 0, 2: 1, 3: 0, 4: 0}
    assert cells(table, "mrr_share", "2024-02-01")[0] == 1  # first MRR is that at the end of the start month
    assert found.before == 1
    assert found.curves["all"]["all"].customers == 2  # how old the third one was is not known
    assert any("may be new or not" in one for one in found.notes)


USES = {"early": ["2024-01-20", "2024-02-15"], "late": ["2024-02-10", "2024-04-10"], "end": ["2024-06-30"]}


def expected(company, seen_from, reached, split):
    """Count every cell customer by customer: (cohort, value, boundary) = customers, present, first MRR, MRR."""
    found = {}
    for one in company.customers:
        if one.first is None or one.first.begin < seen_from:
            continue
        begin = one.first.begin
        cohort = datetime(begin.year, begin.month, 1)
        value = {"all": "all", "plan": one.begun_with() or "not given"}.get(
            split, one.attributes.get("region", "not given")
        )
        first_mrr = one.mrr(begin + timedelta(microseconds=1))
        for at in reached:
            if at > cohort:
                cell = found.setdefault((cohort, value, at), [0, 0, 0, 0])
                for place, more in enumerate((1, int(one.present(at)), first_mrr, one.mrr(at))):
                    cell[place] += more
    return found


@settings(
    max_examples=3,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000), notice=st.booleans())
def test_every_cell_is_what_a_count_customer_by_customer_gives_and_they_add_up(engine, seed, notice):
    company = random_company(seed, customers=30, day="notice" if notice else "end")
    shop = workshop_of(engine, company)
    table = study(shop, ["plan", "region"]).retention
    reached = [datetime(2024, month, 1) for month in range(1, 8)]
    for split in ("all", "plan", "region"):
        mine = table[table["split"] == split]
        columns = ["customers", "present", "first_mrr", "mrr"]
        keys = zip(mine["cohort"], mine["value"], mine["at"], strict=True)
        counted = dict(zip(keys, mine[columns].to_numpy().tolist(), strict=True))
        wanted = expected(company, FIRST, reached, split)
        assert set(counted) == set(wanted)
        for key, cell in wanted.items():
            assert counted[key] == pytest.approx([float(one) for one in cell], abs=0.001), key
    before = [one for one in company.customers if one.first and one.first.begin < FIRST]
    periods = lay_periods("month", shop.tables.observed_from, shop.tables.complete_to, company.churn.bridging_days)
    ends = engine.rows(Ledger(shop, periods).counted()).set_index("end")["customers_end"]
    whole = table[table["split"] == "all"]
    for at in sorted(whole["at"].unique()):
        in_cohorts = whole.loc[whole["at"] == at, "present"].sum()
        assert in_cohorts + sum(one.present(at) for one in before) == ends[at]


def test_no_cell_depends_on_the_time_zone_of_the_machine(tmp_path, monkeypatch):
    found = []
    try:
        for zone in ("America/Los_Angeles", "Pacific/Auckland"):
            monkeypatch.setitem(os.environ, "TZ", zone)
            time.tzset()
            engine = Engine(EngineSettings(threads=1), scratch=tmp_path)
            rows = [subscription("a", "2024-02-01T00:30", "2024-03-31T23:30"), subscription("b", "2024-02-29T23:30")]
            made = by_hand(engine, rows=[*BY_HAND, *rows])
            found.append((made.retention, made.groups, made.curves["all"]["all"].table()))
            engine.close()
    finally:
        monkeypatch.undo()
        time.tzset()
    for one, two in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, two)
