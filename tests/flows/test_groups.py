"""Groups from tables to figures, files and a run in MLflow; found once, and kept."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churnrisk.errors import ModelError, RefusedError
from churnrisk.flows import groups
from churnrisk.modeling.registry import Registry
from churnrisk.settings import PipelineSettings, load_settings
from churnrisk.terminal.groups import show_groups

FIRST, LAST = datetime(2024, 1, 1), datetime(2025, 1, 1)
TODAY = date(2025, 1, 1)
CUSTOMERS = 320

TOML = """name = "{name}"
out = "out"

[source]
path = "{data}"
observed_from = 2024-01-01
complete_to = {complete_to}

[churn]
kind = "contract"
horizon = 30

[groups]
most = 2
months = 3
{groups}
"""


def write_company(folder: Path, a_day: np.ndarray) -> None:
    """Write a year of a company whose customers use the product at these daily rates; light users leave sooner."""
    random = np.random.default_rng(1)
    subscriptions, usage = [], []
    for number, rate in enumerate(a_day):
        customer = f"c{number:03}"
        stays = int(random.exponential(250 if rate < 0.3 else 9000)) + 60
        end = FIRST + timedelta(days=stays) if FIRST + timedelta(days=stays) < LAST else None
        subscriptions.append((f"s{number}", customer, FIRST, end, "plus", 10 + number % 7))
        days = ((end or LAST) - FIRST).days
        seconds = np.sort(random.uniform(0, days * 86400 - 1, random.poisson(rate * days)))
        kinds = random.integers(0, 6, len(seconds))
        usage += [
            (customer, FIRST + timedelta(seconds=int(one)), f"k{kind}")
            for one, kind in zip(seconds, kinds, strict=True)
        ]
    folder.mkdir(parents=True)
    columns = ["subscription_id", "customer_id", "started_at", "ended_at", "plan", "mrr"]
    pd.DataFrame(subscriptions, columns=columns).to_csv(folder / "subscriptions.csv", index=False)
    pd.DataFrame(usage, columns=["customer_id", "occurred_at", "event"]).to_csv(folder / "usage.csv", index=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two companies: one with two styles of use, one where use runs from little to much."""
    folder = tmp_path_factory.mktemp("styles")
    random = np.random.default_rng(0)
    write_company(folder / "two", np.where(np.arange(CUSTOMERS) % 3 == 0, 0.15, 1.2))
    write_company(folder / "one", np.exp(random.normal(-0.7, 0.5, CUSTOMERS)))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield folder


def pipeline(
    home: Path, data: str, *, name: str = "", complete_to: str = "2025-01-01", told: str = ""
) -> PipelineSettings:
    file = home / f"{name or data}.toml"
    file.write_text(TOML.format(name=name or data, data=data, complete_to=complete_to, groups=told), encoding="utf-8")
    return load_settings(file)


@pytest.fixture(scope="module")
def december(home):
    """Groups found a month before the newest data."""
    return groups.run(pipeline(home, "two", complete_to="2024-12-01"), TODAY)


@pytest.fixture(scope="module")
def january(home, december):
    """The month after, in the same place."""
    return groups.run(pipeline(home, "two"), TODAY)


def read(result: groups.GroupsResult, name: str) -> pd.DataFrame:
    file = result.folder / name
    return pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)


def test_planted_styles_are_found_and_named(home, december, january):
    assert december.exit_code == 0
    now = read(january, "assignments.csv")
    light = now["customer_id"].str[1:].astype(int) % 3 == 0
    assert now["group"].nunique() == 2
    assert now.loc[light, "group"].str.contains("light|rare").all()
    assert now.loc[~light, "group"].nunique() == 1


def test_figures_add_up_to_the_whole(january):
    table, now = read(january, "groups.csv"), read(january, "assignments.parquet")
    assert table["customers"].sum() == len(now)
    assert table["share"].sum() == pytest.approx(1, abs=0.001)
    assert table["mrr_share"].sum() == pytest.approx(1, abs=0.001)


def test_who_uses_little_left_more_often_than_chance_explains(january):
    table = read(january, "groups.csv").set_index("group")
    little = next(name for name in table.index if "light" in name or "rare" in name)
    assert table.loc[little, "differs"] == "higher"
    assert table.loc[little, "low"] > table.drop(little)["high"].max()
    assert january.study.observed[-1] == date(2024, 11, 1)


def test_the_next_month_keeps_the_groups(december, january):
    assert january.study.grouping.as_plain() == december.study.grouping.as_plain()
    assert january.study.grouping.fitted_at == date(2024, 12, 1)
    assert january.study.would_agree > 0.9
    assert not any("Drift" in line for line in january.sentences)


def test_the_history_holds_everyone_at_risk_at_each_month(january):
    history = read(january, "history.parquet")
    assert list(history.columns) == ["customer_id", "cutoff", "group"]
    assert not history.duplicated(["customer_id", "cutoff"]).any()
    assert sorted(history["cutoff"].unique())[-2:] == [pd.Timestamp("2024-12-01"), pd.Timestamp("2025-01-01")]
    moves = read(january, "moves.csv")
    last = moves[moves["to_cutoff"] == "2025-01-01"]
    assert last.loc[last["to_group"] != "gone", "customers"].sum() == (history["cutoff"] == "2025-01-01").sum()


def test_medians_stand_beside_the_company_s(january):
    profile = read(january, "profile.csv")
    assert set(profile["signal"]) == set(january.study.grouping.signals)
    assert profile[["unit", "definition", "median", "median_of_all"]].notna().all().all()


def test_the_run_is_recorded_without_naming_a_customer(home, january):
    store = Registry(pipeline(home, "two")).store
    found = store.client.search_runs([store.experiment_id], "tags.`mlflow.runName` = 'groups'")
    assert len(found) == 2
    names = {one.path for one in store.client.list_artifacts(found[0].info.run_id)}
    assert {"groups.json", "groups.csv", "groups.png", "moves.csv"} <= names
    assert not names & {"assignments.csv", "assignments.parquet", "history.parquet"}
    assert found[0].data.metrics["groups.number"] == 2


def test_every_group_has_a_line_on_the_terminal(january, capsys):
    show_groups(january)
    shown = capsys.readouterr().out
    assert all(name in shown for name in january.study.grouping.names)
    assert "than the others" in shown


def test_use_that_runs_from_little_to_much_is_no_groups(home, capsys):
    found = groups.run(pipeline(home, "one"), TODAY)
    assert found.exit_code == 3
    assert not (found.folder / "groups.json").exists()
    assert (found.folder / "groups.png").stat().st_size > 10_000
    show_groups(found)
    assert "no groups worth the name" in capsys.readouterr().out


def test_sections_are_cut_when_asked_for_and_called_so(home):
    found = groups.run(pipeline(home, "one", name="cut"), TODAY, sections=3)
    assert found.exit_code == 0
    assert found.study.grouping.kind == "sections"
    assert "nothing parts them" in found.sentences[0]


def test_groups_of_other_signals_are_not_mixed_up(home, january):
    other = pipeline(home, "two", told='signals = ["usage_count_28d", "usage_breadth_28d"]')
    with pytest.raises(ModelError, match="--refit"):
        groups.run(other, TODAY)


def test_a_kept_file_that_cannot_be_read_is_refused_until_found_anew(home):
    settings = pipeline(home, "two", name="broken")
    file = settings.out_folder / "groups" / "groups.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"form": 0}), encoding="utf-8")
    with pytest.raises(ModelError, match="--refit"):
        groups.run(settings, TODAY)
    anew = groups.run(settings, TODAY, refit=True)
    assert anew.exit_code == 0
    again = groups.run(settings, TODAY, refit=True)
    assert "agree with those kept from 2025-01-01 to 1.00" in " ".join(again.sentences)
    assert again.study.table.equals(anew.study.table)


def test_groups_that_no_longer_hold_are_told(home, january):
    settings = pipeline(home, "two", name="drifted")
    told = json.loads((january.folder / "groups.json").read_text(encoding="utf-8"))
    heavy, light = told["groups"]
    light["centre"] = [place + 0.2 for place in heavy["centre"]]
    kept = settings.out_folder / "groups" / "groups.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps(told), encoding="utf-8")
    found = groups.run(settings, TODAY, sections=2)
    assert any(line.startswith("Drift: found anew today") for line in found.sentences)
    assert any(line.startswith("These are kept from 2024-12-01") for line in found.sentences)


def test_only_the_scope_is_grouped(home):
    told = '[scope]\nattributes = { region = ["north"] }\n'
    file = home / "two" / "customers.csv"
    people = pd.DataFrame({"customer_id": [f"c{number:03}" for number in range(CUSTOMERS)]})
    people["region"] = np.where(np.arange(CUSTOMERS) < 300, "north", "south")
    people.to_csv(file, index=False)
    found = groups.run(pipeline(home, "two", name="north", told=told), TODAY)
    file.unlink()
    assert (read(found, "history.parquet")["customer_id"] < "c300").all()
    assert found.sentences[-1] == "Scope: region north."


def test_a_flat_source_has_no_months(tmp_path):
    (tmp_path / "a.csv").write_text("id,left,x\n1,yes,2\n", encoding="utf-8")
    file = tmp_path / "flat.toml"
    told = 'name = "flat"\n[source]\nkind = "flat"\nfile = "a.csv"\nlabel = "left"\n'
    file.write_text(told, encoding="utf-8")
    with pytest.raises(RefusedError):
        groups.run(load_settings(file), TODAY)
