"""A folder of files becomes a TOML that says all it knows, and all it does not."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.errors import SettingsError
from churnrisk.flows import check, init
from churnrisk.settings import ChurnSettings, PipelineSettings, SampleSettings, load_settings
from churnrisk.settings.source import TABLES
from churnrisk.sources.engine import Engine
from churnrisk.sources.sample import write_sample
from churnrisk.tables.read import Tables, read_tables
from churnrisk.terminal import show_init

TODAY = date(2025, 6, 1)
SUBSCRIPTIONS = "customer_id,started_at,ended_at\na,2024-01-01,\nb,2024-02-01,2024-03-01\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "company"
    made.mkdir()
    return made


@pytest.fixture
def propose(folder: Path):
    def run(files: dict[str, str | bytes]) -> init.InitResult:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode("utf-8")
            (folder / name).write_bytes(data)
        return init.run(folder, folder.parent / "company.toml", TODAY)

    return run


def read(result: init.InitResult, engine: Engine) -> Tables:
    return read_tables(load_settings(result.file), engine, TODAY)


def logins(days: int, gap: int, *, customers: int = 5) -> str:
    rows = [
        f"u{number},{date(2022, 1, 1) + timedelta(days=day)}"
        for number in range(customers)
        for day in range(0, days, gap)
    ]
    return "\n".join(["user,login_date", *rows]) + "\n"


@pytest.fixture(scope="module")
def own_format(tmp_path_factory: pytest.TempPathFactory) -> init.InitResult:
    folder = tmp_path_factory.mktemp("own") / "sample"
    write_sample(folder, SampleSettings(customers=300, months=12), ChurnSettings(day="notice"))
    return init.run(folder, folder.parent / "pipelines" / "mine.toml", TODAY)


def test_every_table_of_our_own_format_is_mapped(own_format):
    assert set(own_format.tables) == set(TABLES) - {"churn_events"}
    assert list(own_format.unmatched) == ["truth.parquet"]
    assert own_format.churn == {"kind": "contract", "day": "notice"}
    assert own_format.exit_code == 0


def test_check_runs_on_what_was_proposed(own_format):
    result = check.run(load_settings(own_format.file), TODAY)
    assert {one.name for one in result.tables} == set(own_format.tables)
    assert result.labels is not None


def test_every_section_and_key_is_shown(own_format):
    text = own_format.file.read_text(encoding="utf-8")
    for name, field in PipelineSettings.model_fields.items():
        keys = getattr(field.annotation, "model_fields", None)
        if keys is None or name == "source":
            continue
        section = text.split(f"\n[{name}]")[1].split("\n[")[0]
        assert not [key for key in keys if f"{key} = " not in section and f"{key} is not set" not in section]


def test_nothing_is_set_but_what_was_found(own_format):
    settings = load_settings(own_format.file)
    plain = PipelineSettings(name="mine", file=settings.file)
    assert settings.model_copy(update={"source": plain.source, "churn": plain.churn}) == plain
    assert settings.churn == ChurnSettings(day="notice")
    assert settings.source.path == "../sample"


def test_columns_that_may_be_fixed_are_named_with_their_signals(own_format):
    text = own_format.file.read_text(encoding="utf-8")
    assert '# fixed = ["severity", "category"]' in text
    assert "support_grave_tickets_84d" in text


def test_the_terminal_shows_tables_and_what_was_not_matched(own_format, capsys):
    show_init(own_format)
    told = capsys.readouterr().out
    assert "subscriptions.parquet" in told
    assert "No table: truth.parquet: " in told
    assert "No file: churn_events." in told


def test_a_file_that_is_there_is_never_overwritten(folder, propose):
    first = propose({"subs.csv": SUBSCRIPTIONS})
    before = first.file.read_text()
    with pytest.raises(SettingsError, match="is there already"):
        propose({})
    assert first.file.read_text() == before


@pytest.mark.parametrize(("has_pipelines", "place"), [(True, "pipelines/company.toml"), (False, "company.toml")])
def test_the_toml_bears_the_folders_name(folder, monkeypatch, has_pipelines, place):
    monkeypatch.chdir(folder.parent)
    (folder / "subs.csv").write_text(SUBSCRIPTIONS)
    if has_pipelines:
        Path("pipelines").mkdir()
    result = init.run(Path("company"), None, TODAY)
    settings = load_settings(result.file)
    assert result.file.as_posix() == place
    assert settings.source_path == folder.resolve()
    assert settings.out_folder == (folder.parent / "out" / "company").resolve()


def test_subscriptions_without_a_notice_end_on_their_end_day(propose):
    assert propose({"subs.csv": SUBSCRIPTIONS}).churn == {"kind": "contract"}


def test_recorded_churn_is_taken_where_there_are_no_subscriptions(propose):
    result = propose({"churn.csv": "client,churn_date\na,2024-01-05\n", "logins.csv": "user,date\na,2024-01-01\n"})
    assert result.churn == {"kind": "recorded"}


@pytest.mark.parametrize(("gap", "days"), [(7, 30), (31, 60), (75, 90), (100, 120), (170, 180), (300, 180)])
def test_silence_is_longer_than_nearly_all_pauses(propose, gap, days):
    result = propose({"logins.csv": logins(900, gap)})
    assert result.churn == {"kind": "inactivity", "horizon": days, "inactive_days": days}
    assert load_settings(result.file).churn.inactive_days == days


def test_a_german_export_is_read_as_it_was_meant(propose, engine):
    text = (
        "Kundennr;Vertragsnummer;Vertragsbeginn;Vertragsende;Gekündigt am;Tarif;Monatspreis\n"
        "K1;V1;01.02.2024;;;Größe S;1.129,90\nK2;V2;15.02.2024;31.03.2024;13.03.2024;Größe M;19,90\n"
    )
    result = propose({"Verträge.csv": text.encode("latin-1")})
    rows = engine.rows(read(result, engine)["subscriptions"].order_by("subscription_id"))
    assert [str(price) for price in rows["mrr"]] == ["1129.90", "19.90"]
    assert rows["plan"].tolist() == ["Größe S", "Größe M"]
    assert rows["started_at"].tolist() == [pd.Timestamp("2024-02-01"), pd.Timestamp("2024-02-15")]
    assert result.churn["day"] == "notice"
    assert 'encoding = "latin-1"' in result.file.read_text(encoding="utf-8")


def test_dates_that_could_be_read_in_two_ways_are_left_to_someone_who_knows(propose, engine):
    result = propose({"logins.csv": "user,date\na,01/02/2024\nb,03/04/2024\n"})
    text = result.file.read_text()
    assert result.exit_code == 3
    assert "say formats.occurred_at" in result.choices[0]
    assert '# formats.occurred_at = "%m/%d/%Y"' in text
    result.file.write_text(text.replace('# formats.occurred_at = "%d/%m', 'formats.occurred_at = "%d/%m'))
    first = engine.rows(read(result, engine)["usage"])["occurred_at"].min()
    assert first == pd.Timestamp("2024-02-01")


def test_numbers_that_could_be_read_in_two_ways_are_left_to_someone_who_knows(propose):
    result = propose(
        {"subs.csv": "customer_id;start;end;price\na;2024-01-01;;1.234\nb;2024-02-01;2024-03-01;2.500\n"}
    )
    assert "say decimal" in result.choices[0]


def test_rows_that_name_no_customer_are_left_out_and_told(propose, engine):
    rows = ["17850.0,2024-01-01,3", "17850.0,2024-01-09,3", ",2024-01-02,1", "12346.0,2024-01-03,2"]
    text = "\n".join(["Customer ID,Order Date,Qty", *rows])
    result = propose({"orders.csv": text})
    assert "25% have no customer_id" in result.notes[-1]
    assert set(engine.rows(read(result, engine)["usage"])["customer_id"]) == {"17850", "12346"}


@pytest.mark.parametrize(("quantity", "suggested"), [("-2", True), ("2", False)])
def test_that_returns_are_no_activity_is_suggested_where_there_are_some(propose, quantity, suggested):
    result = propose({"orders.csv": f"user,date,qty\na,2024-01-01,3\na,2024-01-09,{quantity}\n"})
    assert ('# activity = { usage = "quantity > 0" }' in result.file.read_text()) is suggested


def test_lines_of_one_invoice_are_folded(propose, engine):
    invoices = "invoice no,client,due,amount\n1,a,2024-01-15,5\n1,a,2024-01-15,7\n2,b,2024-02-15,1\n"
    result = propose({"subs.csv": SUBSCRIPTIONS, "invoices.csv": invoices})
    rows = engine.rows(read(result, engine)["invoices"].order_by("invoice_id"))
    assert [str(amount) for amount in rows["amount"]] == ["12.00", "1.00"]


def test_a_file_that_bears_a_tables_name_and_does_not_fill_it_is_not_read(propose, engine):
    result = propose({"subs.csv": SUBSCRIPTIONS, "usage.csv": "customer_id,what\na,x\n"})
    assert "nearest is usage, but it lacks occurred_at" in result.unmatched["usage.csv"]
    assert "usage" not in read(result, engine)


def test_words_for_nothing_and_far_ends_are_none(propose, engine):
    text = "client,start,end\na,2024-01-01,NULL\nb,2024-01-01,2099-12-31\nc,2024-01-01,2024-05-01\n"
    result = propose({"subs.csv": text})
    rows = engine.rows(read(result, engine)["subscriptions"].order_by("customer_id"))
    assert rows["ended_at"].isna().tolist() == [True, True, False]


def test_several_files_and_sheets_are_one_folder(folder, propose, engine):
    with pd.ExcelWriter(folder / "book.xlsx") as book:
        subscriptions = pd.DataFrame({"client": ["a", "b"], "start": pd.Timestamp("2024-01-01"), "end": pd.NaT})
        subscriptions.to_excel(book, sheet_name="contracts", index=False)
        pd.DataFrame({"note": ["by hand"]}).to_excel(book, sheet_name="about", index=False)
    events = "user,event_time,event\na,2024-01-01,x\na,2024-01-02,y\nb,2024-01-03,x\n"
    result = propose({"events-1.csv": events, "events-2.csv": events})
    settings = load_settings(result.file)
    assert settings.source.tables["usage"].file == "events-*.csv"
    assert settings.source.tables["subscriptions"].sheet == "contracts"
    assert "book.xlsx (about)" in result.unmatched
    assert len(engine.rows(read(result, engine)["usage"])) == 6


def test_a_folder_without_a_table_that_churn_can_stand_on_is_told(propose):
    result = propose({"telco.csv": "customerID,Contract,Churn\na,Monthly,No\nb,Yearly,Yes\n"})
    assert not result.tables
    assert result.exit_code == 3
    assert load_settings(result.file).churn.kind == "inactivity"


@pytest.mark.real_data
def test_the_public_data_sets_are_usage_and_no_table(real_data, tmp_path):
    for name in ("online_retail.csv.gz", "ibm_telco.csv"):
        (tmp_path / name).symlink_to(real_data / name)
    result = init.run(tmp_path, tmp_path / "real.toml", TODAY)
    assert result.tables["usage"][1] == {
        "customer_id": "CustomerID",
        "occurred_at": "InvoiceDate",
        "quantity": "Quantity",
    }
    assert "no column of dates" in result.unmatched["ibm_telco.csv"]
    assert 'derive.amount = "Quantity * UnitPrice"' in result.file.read_text()
