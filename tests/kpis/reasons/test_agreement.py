import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.kpis.reasons.about import about_reason
from churnrisk.kpis.reasons.agreement import agreement
from churnrisk.kpis.reasons.evidence import signal_evidence, voice_evidence

COLUMNS = ["contract_mrr", "usage_count_28d", "payments_failed_84d", "support_tickets_84d"]


def customers(seed: int = 0, *, planted: bool = True) -> pd.DataFrame:
    """Make 4,000 customers; who left used less, whose card expired failed to pay, whom it was dear paid more."""
    random = np.random.default_rng(seed)
    reason = np.array(["too_expensive", "dear", "card_expired", "switched"] + [None] * 20, dtype=object)
    why = reason[np.arange(4000) % 24]
    left = pd.notna(why)
    rows = pd.DataFrame({"customer_id": [f"c{n}" for n in range(4000)], "cutoff": pd.Timestamp("2025-01-01")})
    rows = rows.assign(**{name: random.normal(10, 3, 4000) for name in COLUMNS})
    if planted:
        rows["usage_count_28d"] -= 3.0 * left
        rows["payments_failed_84d"] += 4.0 * (why == "card_expired")
        rows["contract_mrr"] += 4.0 * (why == "dear")
    kind = np.where(left, np.where(why == "card_expired", "involuntary", "voluntary"), None)
    return rows.assign(churned=left, reason=why, reason_kind=kind)


def judged(rows: pd.DataFrame, about=None, least: int = 30) -> pd.DataFrame:
    left = rows[rows["churned"]].groupby(["reason", "reason_kind"]).size().rename("customers").reset_index()
    totals = left.assign(influence="can be influenced", mrr=1000.0)
    evidence = signal_evidence(rows, COLUMNS, least=least)
    return agreement(totals, evidence, about or {}, COLUMNS).set_index("reason")


def test_words_and_data_agree_where_what_is_said_was_seen():
    found = judged(customers()).loc["card_expired"]
    assert found["verdict"] == "agrees"
    assert "and the data agree" in found["sentence"]
    assert "against other leavers payments_failed_84d 13.8 against 9.9" in found["sentence"]


def test_words_and_data_disagree_where_price_is_named_and_use_had_fallen():
    found = judged(customers()).loc["too_expensive"]
    assert found["verdict"] == "disagrees"
    assert "nothing stood out; nearest contract_mrr" in found["sentence"]
    assert "assumed from its words" in found["sentence"]
    assert "The data point to usage: usage_count_28d" in found["sentence"]


def test_what_all_leavers_share_is_not_theirs_alone():
    found = judged(customers(), {"switched": ["usage"]}).loc["switched"]
    assert found["verdict"] == "not theirs alone"
    assert "it goes with leaving, whatever is said" in found["sentence"]


def test_a_reason_can_be_told_what_speaks_of_it():
    rows = customers()
    assert judged(rows).loc["dear", "verdict"] == "nothing speaks of it"
    told = judged(rows, {"dear": ["high contract_mrr"]}).loc["dear"]
    assert told["verdict"] == "agrees"
    assert "assumed" not in told["sentence"]
    assert judged(rows, {"dear": ["low contract_mrr"]}).loc["dear", "verdict"] == "disagrees"


def test_where_churn_is_chance_nothing_stands_out():
    verdicts = judged(customers(3, planted=False))["verdict"]
    assert verdicts.loc[["too_expensive", "card_expired"]].tolist() == ["nothing stands out"] * 2


def test_a_reason_that_few_gave_is_not_judged():
    found = judged(customers(), least=1000)
    assert set(found["verdict"]) == {"too few"}


def test_evidence_names_who_is_set_against_whom():
    evidence = signal_evidence(customers(), COLUMNS, least=30)
    pairs = set(zip(evidence["group"], evidence["against"], strict=True))
    assert {("all", "stayed"), ("kind: voluntary", "stayed"), ("reason: dear", "other leavers")} <= pairs
    dear = evidence[(evidence["group"] == "reason: dear") & (evidence["against"] == "other leavers")]
    assert dear["others"].iloc[0] == (customers()["reason"].isin(["too_expensive", "switched"])).sum()
    card = evidence[(evidence["group"] == "reason: card_expired") & (evidence["against"] == "other leavers")]
    assert card["others"].iloc[0] == (customers()["reason_kind"] == "voluntary").sum()


def test_voices_are_compared_in_each_part():
    rows = customers().assign(plan=np.where(np.arange(4000) % 2, "pro", "basic"), mrr=10.0)
    found = voice_evidence(rows, ["support_tickets_84d"], ["plan"], least=30)
    kept = found[["split", "value", "leavers"]].apply(tuple, axis=1).tolist()
    assert ("all", "all", rows["churned"].sum()) in kept
    assert ("plan", "pro", (rows["churned"] & (rows["plan"] == "pro")).sum()) in kept
    assert ("cutoff", "2025-01-01", rows["churned"].sum()) in kept


def test_leavers_with_a_ticket_are_counted_with_what_they_paid():
    random = np.random.default_rng(1)
    rows = customers().assign(mrr=10.0, **{"tickets: bug": random.integers(0, 2, 4000).astype(float)})
    found = voice_evidence(rows, ["tickets: bug"], [], least=30).set_index("value").loc["all"]
    number = (rows["churned"] & (rows["tickets: bug"] == 1)).sum()
    assert (found["customers"], found["mrr"]) == (number, 10.0 * number)


@pytest.mark.parametrize(
    ("reason", "column"),
    [
        ("Too Expensive", "contract_mrr"),
        ("price-increase", "contract_mrr"),
        ("not_needed", "usage_count_28d"),
        ("no longer used", "usage_count_28d"),
        ("payment_failed", "payments_failed_84d"),
        ("bad service", "support_tickets_84d"),
    ],
)
def test_common_words_are_guessed_at(reason, column):
    found = about_reason(reason, {}, COLUMNS)
    assert column in found.signals
    assert found.guessed


@pytest.mark.parametrize("reason", ["missing_features", "switched", "because", "discarded", "not given"])
def test_other_words_are_not(reason):
    assert about_reason(reason, {}, COLUMNS).signals == {}


def test_an_empty_list_says_that_nothing_speaks_of_it():
    assert about_reason("too_expensive", {"too_expensive": []}, COLUMNS).signals == {}


def test_a_signal_that_does_not_exist_is_answered_with_the_right_one():
    with pytest.raises(SettingsError, match=r"reasons\.about\.dear: .*'contract_mmr'.* Did you mean 'contract_mrr'"):
        about_reason("dear", {"dear": ["high contract_mmr"]}, COLUMNS)
