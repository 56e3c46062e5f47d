"""Names from files, folders and the TOML are names: none of them becomes a part of a query."""

from datetime import date
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.errors import SettingsError
from churnrisk.settings import EngineSettings, load_settings
from churnrisk.sources.engine import Engine
from churnrisk.tables.read import read_tables, write_rejects

HOSTILE = (
    *("O'Brien", 'a"b', "a'; DROP TABLE usage; --", 'a"; DROP TABLE usage; --', "x' UNION SELECT 'a", "a--b", "/* a"),
    *("a;b", "[ab]", "*", "?", "a\\b", "$1", "%s", "{0}", "a\nb", "日本", "year=2024", "'", '"', "''", "\\'"),
)
ROWS = pd.DataFrame(
    {
        "customer_id": ["a", "b", None],
        "subscription_id": ["1", "2", "3"],
        "started_at": ["2024-01-01", "2024-02-01", "2024-03-01"],
    }
)
TOML = """name = "company"
out = "out"
[source]
path = {path}
max_rejected = 0.5
{more}
"""


def toml_text(text: str) -> str:
    """Write any text as TOML would."""
    escaped = "".join(f"\\u{ord(mark):04x}" if mark in '"\\' or ord(mark) < 32 else mark for mark in text)
    return f'"{escaped}"'


def read(folder: Path, path: str, more: str = ""):
    """Read a company's tables, and write what was set aside."""
    file = folder / "pipeline.toml"
    file.write_text(TOML.format(path=toml_text(path), more=more), encoding="utf-8")
    told = load_settings(file)
    engine = Engine(EngineSettings(threads=1))
    try:
        tables = read_tables(told, engine, date(2025, 1, 1))
        write_rejects(tables, folder / f"set aside of {path}" / "rejected")
        customers = engine.rows(tables["customers"])["customer_id"]
        return sorted(customers), tables.report("subscriptions")
    finally:
        engine.close()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_may_be_called_anything(tmp_path, name, form):
    data, decoys = tmp_path / name, [tmp_path / "a", tmp_path / "b", tmp_path / "other"]
    for folder in (data, *decoys):
        folder.mkdir(exist_ok=True)
        rows = ROWS if folder == data else ROWS.assign(customer_id="decoy")
        path = folder / f"subscriptions.{form}"
        rows.to_csv(path, index=False) if form == "csv" else rows.to_parquet(path, index=False)
    found, report = read(tmp_path, name)
    assert found == ["a", "b"]
    assert (report.rows_used, report.rows_set_aside) == (2, 1)
    assert len(pd.read_parquet(tmp_path / f"set aside of {name}" / "rejected" / "subscriptions.parquet")) == 1


#: A backslash parts folders for DuckDB on every system: such a name is refused with its reason.
@pytest.mark.parametrize("name", [name for name in HOSTILE if not {*"/\\"} & {*name}])
def test_a_database_may_be_called_anything(tmp_path, name):
    path = tmp_path / "company.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", ROWS)
        connection.execute("CREATE TABLE subscriptions AS SELECT * FROM given")
    path.rename(tmp_path / name)
    found, _ = read(tmp_path, name, 'kind = "duckdb"')
    assert found == ["a", "b"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_a_column_may_be_called_anything(tmp_path, name, form):
    data = tmp_path / "data"
    data.mkdir()
    rows = ROWS.rename(columns={"customer_id": name})
    path, more = "data", ""
    if form == "csv":
        rows.to_csv(data / "subscriptions.csv", index=False)
    elif form == "parquet":
        rows.to_parquet(data / "subscriptions.parquet", index=False)
    else:
        path, more = "data/company.duckdb", 'kind = "duckdb"'
        with duckdb.connect(str(data / "company.duckdb")) as connection:
            connection.register("given", rows)
            connection.execute("CREATE TABLE subscriptions AS SELECT * FROM given")
    more += f"\n[source.tables.subscriptions]\ncolumns.customer_id = {toml_text(name)}"
    found, _ = read(tmp_path, path, more)
    assert found == ["a", "b"]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip()])
def test_a_table_of_a_database_may_be_called_anything(tmp_path, name):
    with duckdb.connect(str(tmp_path / "company.duckdb")) as connection:
        connection.register("given", ROWS)
        connection.execute('CREATE TABLE "{}" AS SELECT * FROM given'.format(name.replace('"', '""')))
    more = f'kind = "duckdb"\n[source.tables.subscriptions]\nfile = {toml_text(name)}'
    found, _ = read(tmp_path, "company.duckdb", more)
    assert found == ["a", "b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_derived_column_may_be_called_anything(tmp_path, name):
    data = tmp_path / "data"
    data.mkdir()
    ROWS.to_csv(data / "subscriptions.csv", index=False)
    ROWS[["customer_id"]].head(2).to_csv(data / "customers.csv", index=False)
    more = f"[source.tables.customers]\nderive.{toml_text(name)} = \"customer_id || '; DROP'\""
    found, _ = read(tmp_path, "data", more)
    assert found == ["a", "b"]


@given(text=st.text(max_size=30))
@settings(max_examples=50)
def test_a_value_of_an_expression_stays_a_value(text):
    from churnrisk.sources.expressions import keep_where

    quoted = text.replace("'", "''")
    table = ibis.memtable(pd.DataFrame({"plan": pd.Series([text, f"{text}x"], dtype=object)}))
    engine = Engine(EngineSettings(threads=1))
    try:
        kept = engine.rows(keep_where(table, f"plan = '{quoted}'", "where"))
    except SettingsError:
        return
    finally:
        engine.close()
    assert kept["plan"].tolist() == [text]


@pytest.mark.parametrize(
    "name", ["../other", "/tmp/x", "a/b", "a'b", 'a"b', "a`b", "a:b", ".hidden", "", " a", "a\nb", "x" * 101]
)
def test_a_pipelines_name_cannot_be_a_path_or_a_part_of_a_query(tmp_path, name):
    file = tmp_path / "pipeline.toml"
    file.write_text(f"name = {toml_text(name)}", encoding="utf-8")
    with pytest.raises(SettingsError, match="name: it names a folder and the model"):
        load_settings(file)


@pytest.mark.parametrize("name", ["sample", "Bäckerei Müller (2)", "online_retail", "2025.north-east"])
def test_ordinary_names_are_taken(tmp_path, name):
    file = tmp_path / "pipeline.toml"
    file.write_text(f"name = {toml_text(name)}", encoding="utf-8")
    assert load_settings(file).name == name
