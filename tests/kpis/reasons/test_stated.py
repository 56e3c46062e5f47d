import pytest

from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.reasons.stated import over_all, stated_reasons
from churnrisk.kpis.table import kpi_table
from churnrisk.settings import ChurnSettings
from tests.snapshots.workshops import make_workshop, subscription

CHURN = ChurnSettings(
    voluntary_reasons=["too_expensive", "moved"],
    involuntary_reasons=["card_expired"],
    competing_reasons=["died"],
    beyond_us=["moved"],
)
ROWS = [
    subscription("a", "2024-01-01", "2024-03-10", end_reason="too_expensive", mrr=20, plan="pro"),
    subscription("b", "2024-01-01", "2024-03-20", end_reason="moved", mrr=30, plan="basic"),
    subscription("c", "2024-01-01", "2024-03-05", end_reason="card_expired", mrr=5, plan="basic"),
    subscription("d", "2024-01-01", "2024-03-06", mrr=7, plan="basic"),
    subscription("e", "2024-01-01", "2024-03-07", end_reason="died", mrr=11, plan="pro"),
    subscription("f", "2024-01-01", mrr=100, plan="pro"),
]


@pytest.fixture(scope="module")
def ledger(engine):
    workshop = make_workshop(engine, {"subscriptions": ROWS}, churn=CHURN)
    return Ledger(workshop, periods_of(workshop), ["plan"])


@pytest.fixture(scope="module")
def stated(ledger):
    return stated_reasons(ledger)


def test_every_reason_has_its_customers_its_money_and_its_kind(stated):
    whole = stated[stated["split"] == "all"].set_index("reason")
    assert whole["customers"].to_dict() == dict.fromkeys(["card_expired", "moved", "not given", "too_expensive"], 1)
    assert whole["mrr"].to_dict() == {"card_expired": 5, "moved": 30, "not given": 7, "too_expensive": 20}
    kinds = {
        "card_expired": "involuntary",
        "moved": "voluntary",
        "not given": "unknown",
        "too_expensive": "voluntary",
    }
    assert whole["reason_kind"].to_dict() == kinds
    assert whole["rate"].tolist() == [20.0] * 4  # of the five present whose end is no competing one


def test_what_a_company_cannot_influence_stands_apart(stated):
    whole = stated[stated["split"] == "all"].set_index("reason")["influence"]
    assert whole["moved"] == "beyond us"
    assert whole["too_expensive"] == "can be influenced"
    assert whole["not given"] == "not known"


def test_a_competing_end_is_neither(stated):
    assert "died" not in set(stated["reason"])


def test_reasons_add_up_to_the_churned_customers_and_money_of_the_key_figures(ledger, stated):
    table = kpi_table(ledger, kpis=["churned", "churned_mrr"])
    keys = ["period_start", "split", "value"]
    sums = stated.groupby(keys)[["customers", "mrr"]].sum()
    wide = table.pivot_table(index=keys, columns="kpi", values="number").fillna(0)
    wide = wide[wide["churned"] > 0]
    assert sums["customers"].to_dict() == wide["churned"].to_dict()
    assert sums["mrr"].to_dict() == wide["churned_mrr"].to_dict()


def test_shares_of_each_part_are_of_its_own(stated):
    parts = over_all(stated, "plan")
    assert parts.groupby("value")["share"].sum().round(9).tolist() == [100, 100]
    basic = parts[parts["value"] == "basic"].set_index("reason")
    assert basic.loc["moved", "mrr_share"] == pytest.approx(100 * 30 / 42)
