"""Lists in a database: the same tests on SQLite and on a real PostgreSQL."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from churnrisk.delivery.database import engine_of, write_lists
from churnrisk.delivery.lists import Run
from churnrisk.errors import DeliveryError
from churnrisk.settings.delivery import DatabasePlace
from tests.delivery.servers.postgres import PASSWORD

CUTOFF = date(2025, 6, 1)


@dataclass(frozen=True)
class Database:
    """A database of the tests, empty at first."""

    place: DatabasePlace
    folder: Path

    def __call__(self, **more: Any) -> DatabasePlace:
        return self.place.model_copy(update=more)

    def put(self, table: str, rows: pd.DataFrame, run: Run, **more: Any) -> None:
        write_lists(self(**more), run, {table: rows}, folder=self.folder)

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        engine = engine_of(self.place, self.folder)
        with engine.begin() as connection:
            found = connection.execute(sa.text(text))
            rows = [tuple(row) for row in found] if found.returns_rows else []
        engine.dispose()
        return rows


def database_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Database:
    if kind == "sqlite":
        return Database(DatabasePlace(url="sqlite:///lists.db"), folder)
    url = request.getfixturevalue("postgres_url")
    place = DatabasePlace(url=url, password_from="DATABASE_PASSWORD", timeout_seconds=5)
    found = Database(place, folder)
    found.sql("DROP SCHEMA public CASCADE")
    found.sql("CREATE SCHEMA public")
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    return database_of(request.param, request, tmp_path)


def run_named(mark: str = "aaaa", cutoff: date | None = CUTOFF, pipeline: str = "company") -> Run:
    return Run(Path(f"{cutoff}-{mark}"), pipeline, cutoff)


def rows_of(run: Run, customers: list[str], **columns: Any) -> pd.DataFrame:
    rows = pd.DataFrame({"pipeline": run.pipeline, "run": run.name, "customer_id": customers})
    if run.cutoff is not None:
        rows.insert(2, "cutoff", run.cutoff)
    return rows.assign(**{"churn_probability": 0.25, "mrr": 10.1, **columns})


def test_a_table_is_made_with_types_that_fit(base):
    run = run_named()
    due = pd.Timestamp("2025-06-03")
    rows = rows_of(run, ["a"], rank=1, due=due, last_contact_at=pd.Timestamp("2025-05-01 10:30"), new_tonight=True)
    base.put("churn_today", rows.assign(reason_1=None, previous_probability=None), run)
    engine = engine_of(base.place, base.folder)
    types = {one["name"]: str(one["type"]) for one in sa.inspect(engine).get_columns("churn_today")}
    engine.dispose()
    assert types["mrr"] == "NUMERIC(18, 2)"
    assert types["churn_probability"] in ("DOUBLE", "DOUBLE PRECISION")
    assert types["previous_probability"] == types["churn_probability"]
    assert (types["cutoff"], types["due"], types["rank"]) == ("DATE", "DATE", "BIGINT")
    assert (types["last_contact_at"], types["reason_1"]) in (("DATETIME", "TEXT"), ("TIMESTAMP", "TEXT"))
    told = base.sql("SELECT mrr, due, last_contact_at, new_tonight, reason_1 FROM churn_today")[0]
    if engine.dialect.name == "postgresql":
        assert told == (Decimal("10.10"), date(2025, 6, 3), datetime(2025, 5, 1, 10, 30), True, None)
    else:
        assert told == (10.1, "2025-06-03", "2025-05-01 10:30:00.000000", 1, None)


def test_the_same_night_twice_is_one_night(base):
    run = run_named()
    for probability in (0.25, 0.5):
        base.put("t", rows_of(run, ["a", "b"], churn_probability=probability), run)
    assert base.sql("SELECT customer_id, churn_probability FROM t ORDER BY 1") == [("a", 0.5), ("b", 0.5)]


def test_another_night_stands_beside_it(base):
    for cutoff in (CUTOFF, date(2025, 6, 2)):
        run = run_named(cutoff=cutoff)
        base.put("t", rows_of(run, ["a"]), run)
    assert base.sql("SELECT count(*) FROM t") == [(2,)]


def test_a_night_that_was_written_again_leaves_nothing_of_the_first_behind(base):
    first, again, other = run_named(), run_named("bbbb"), run_named(cutoff=date(2025, 6, 2))
    base.put("t", rows_of(other, ["z"]), other)
    base.put("t", rows_of(first, ["a", "b"]), first)
    base.put("t", rows_of(again, ["b", "c"]), again)
    assert [row[0] for row in base.sql("SELECT customer_id FROM t ORDER BY 1")] == ["b", "c", "z"]


def test_with_customer_id_as_key_the_table_holds_the_newest_list_alone(base):
    for cutoff, customers in ((CUTOFF, ["a", "b"]), (date(2025, 6, 2), ["b", "c"])):
        run = run_named(cutoff=cutoff)
        base.put("t", rows_of(run, customers), run, key=["customer_id"])
    assert [row[0] for row in base.sql("SELECT customer_id FROM t ORDER BY 1")] == ["b", "c"]


def test_a_flat_source_has_one_row_a_customer(base):
    for mark in ("aaaa", "bbbb"):
        run = run_named(mark, cutoff=None)
        base.put("t", rows_of(run, ["a"]), run)
    assert base.sql("SELECT count(*) FROM t") == [(1,)]


def test_an_empty_list_takes_away_what_an_earlier_writing_left(base):
    first, again = run_named(), run_named("bbbb")
    base.put("t", rows_of(first, ["a"]), first)
    base.put("t", rows_of(again, []), again)
    assert base.sql("SELECT count(*) FROM t") == [(0,)]


def test_who_was_taken_out_of_a_list_since_goes_and_columns_of_others_stay(base):
    run = run_named()
    base.put("t", rows_of(run, ["a", "b"]), run)
    base.sql("ALTER TABLE t ADD COLUMN note TEXT")
    base.sql("UPDATE t SET note = 'called'")
    base.put("t", rows_of(run, ["b"]), run)
    assert base.sql("SELECT customer_id, run, note FROM t") == [("b", run.name, "called")]


def test_new_columns_are_added_and_old_ones_stay(base):
    first, second = run_named(), run_named(cutoff=date(2025, 6, 2))
    base.put("t", rows_of(first, ["a"], old="x"), first)
    base.put("t", rows_of(second, ["a"], **{"new 100% (s)": "y"}), second)
    assert base.sql('SELECT old, "new 100% (s)" FROM t ORDER BY cutoff') == [("x", None), (None, "y")]


def test_new_columns_are_refused_where_the_settings_say_so(base):
    run = run_named()
    base.put("t", rows_of(run, ["a"]), run)
    with pytest.raises(DeliveryError, match=r"no column plan.*add_columns = true"):
        base.put("t", rows_of(run, ["a"], plan="x"), run, add_columns=False)


def test_a_table_with_another_key_is_refused(base):
    base.sql("CREATE TABLE t (customer_id TEXT PRIMARY KEY, cutoff DATE)")
    run = run_named()
    with pytest.raises(DeliveryError, match="its key is not customer_id, cutoff"):
        base.put("t", rows_of(run, ["a"]), run)


def test_a_table_with_a_unique_index_over_the_key_is_taken(base):
    base.sql("CREATE TABLE t (id BIGINT, customer_id TEXT, cutoff DATE)")
    base.sql("CREATE UNIQUE INDEX t_key ON t (cutoff, customer_id)")
    run = run_named()
    base.put("t", rows_of(run, ["a"]), run)
    assert base.sql("SELECT customer_id, mrr FROM t") in ([("a", 10.1)], [("a", Decimal("10.10"))])


def test_two_pipelines_do_not_share_a_table_by_accident(base):
    one, other = run_named(), run_named(pipeline="other")
    base.put("t", rows_of(one, ["a"]), one)
    with pytest.raises(DeliveryError, match="holds rows of the pipeline 'company'"):
        base.put("t", rows_of(other, ["a"]), other)
    key = ["pipeline", "customer_id", "cutoff"]
    for run in (one, other):
        base.put("shared", rows_of(run, ["a"]), run, key=key)
    assert base.sql("SELECT count(*) FROM shared") == [(2,)]


EVIL = ["t'; DROP TABLE kept; --", 't"; DROP TABLE kept; --', "select", "Ünïcode %s :x", "semi;colon", "a.b"]


@pytest.mark.parametrize("name", EVIL)
def test_names_and_values_cannot_inject(base, name):
    base.sql("CREATE TABLE kept (a INTEGER)")
    run = run_named()
    evil = ["x'; DROP TABLE kept; --", "\\", "%s", "a\x00b", "\ud7ff😀\u202e"]
    base.put(name, rows_of(run, evil, **{name: evil}), run)
    base.put(name, rows_of(run, evil, **{name: evil, f"{name} 2": 1}), run)
    assert base.sql("SELECT * FROM kept") == []
    quoted = name.replace('"', '""').replace(":", "\\:")
    found = base.sql(f'SELECT customer_id, "{quoted}" FROM "{quoted}"')
    assert sorted(found) == sorted((one.replace("\x00", "\ufffd"),) * 2 for one in evil)


def test_a_fault_in_one_list_leaves_all_tables_as_they_were(base):
    run = run_named()
    base.put("first", rows_of(run, ["a"]), run)
    base.sql("CREATE TABLE second (customer_id TEXT PRIMARY KEY)")
    lists = {"third": rows_of(run, ["c"]), "first": rows_of(run, ["b"]), "second": rows_of(run, ["b"])}
    with pytest.raises(DeliveryError, match="second"):
        write_lists(base(), run, lists, folder=base.folder)
    assert base.sql("SELECT customer_id FROM first") == [("a",)]
    with pytest.raises(sa.exc.DatabaseError):
        base.sql("SELECT 1 FROM third")


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from churnrisk.delivery import database
from tests.delivery.test_database import *

database.ROWS_AT_ONCE = 10
seen = []

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def _(connection, cursor, statement, *_):
    seen.append(statement.startswith("INSERT"))
    if sum(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

run = run_named("bbbb")
place = DatabasePlace.model_validate_json(sys.argv[1])
write_lists(place, run, {"t": rows_of(run, [f"c{n}" for n in range(50)])}, folder=Path(sys.argv[2]))
"""


def test_a_process_killed_within_the_transaction_leaves_the_table_as_it_was(base):
    run = run_named()
    base.put("t", rows_of(run, ["a", "c3"]), run)
    before = base.sql("SELECT customer_id, run, churn_probability FROM t ORDER BY 1")
    words = [sys.executable, "-c", KILLED, base.place.model_dump_json(), str(base.folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert base.sql("SELECT customer_id, run, churn_probability FROM t ORDER BY 1") == before
    again = run_named("bbbb")
    base.put("t", rows_of(again, ["a"]), again)
    assert base.sql("SELECT customer_id, run FROM t") == [("a", again.name)]


def test_a_million_cents_arrive_to_the_cent(base):
    run = run_named()
    amounts = [0.01, 0.1 + 0.2, 1234567.89, 99999999999.99]
    base.put("t", rows_of(run, list("abcd"), mrr=amounts), run)
    found = [row[0] for row in base.sql("SELECT mrr FROM t ORDER BY customer_id")]
    assert [f"{one:.2f}" for one in found] == ["0.01", "0.30", "1234567.89", "99999999999.99"]


def faults() -> list[tuple[str, dict[str, Any]]]:
    """List places that cannot be, each with what the message must say."""
    url = "postgresql://churn@127.0.0.1:1/postgres"
    return [
        ("takes sqlite and postgresql", {"url": "mysql://h/x"}),
        ("must look like", {"url": "nonsense"}),
        ("must look like", {"url": "nonsense://h/x"}),
        ("NO_SUCH_VARIABLE", {"url": "postgresql://me:${NO_SUCH_VARIABLE}@h/x"}),
        ("NO_SUCH_VARIABLE with the database's address", {"url_from": "NO_SUCH_VARIABLE"}),
        ("NO_SUCH_VARIABLE with the database.s password", {"url": url, "password_from": "NO_SUCH_VARIABLE"}),
        ("unable to open database file", {"url": "sqlite:////no/such/folder/a.db"}),
        ("did not", {"url": url, "timeout_seconds": 2}),
    ]


@pytest.mark.parametrize(("told", "settings"), faults(), ids=lambda one: str(one)[:40])
def test_a_database_that_is_not_there_is_named_with_the_remedy(told, settings, tmp_path):
    run = run_named()
    with pytest.raises(Exception, match=told) as fault:
        write_lists(DatabasePlace(**settings), run, {"t": rows_of(run, ["a"])}, folder=tmp_path)
    assert fault.value.exit_code == 1


def test_a_wrong_password_is_not_shown(postgres_url, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_PASSWORD", "wrong-hidden-word")
    place, run = DatabasePlace(url=postgres_url, password_from="DATABASE_PASSWORD"), run_named()
    with pytest.raises(DeliveryError, match="password authentication failed") as fault:
        write_lists(place, run, {"t": rows_of(run, ["a"])}, folder=tmp_path)
    assert "hidden" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert fault.value.__suppress_context__ or fault.value.__context__ is None


def test_the_whole_address_may_come_from_the_environment(postgres_url, monkeypatch, tmp_path):
    monkeypatch.setenv("CHURN_DATABASE", postgres_url.replace("churn@", f"churn:{PASSWORD}@"))
    place, run = DatabasePlace(url_from="CHURN_DATABASE", in_schema="public"), run_named()
    write_lists(place, run, {"from_environment": rows_of(run, ["a"])}, folder=tmp_path)
    with pytest.raises(DeliveryError, match="no schema 'nowhere'"):
        write_lists(
            place.model_copy(update={"in_schema": "nowhere"}), run, {"t": rows_of(run, ["a"])}, folder=tmp_path
        )


def test_a_table_that_somebody_holds_is_waited_for_and_then_given_up(postgres_url, request, tmp_path):
    base = database_of("postgresql", request, tmp_path)
    run = run_named()
    base.put("t", rows_of(run, ["a"]), run)
    engine = engine_of(base.place, base.folder)
    with engine.begin() as other:
        other.execute(sa.text("LOCK TABLE t IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(DeliveryError, match="lock timeout"):
            base.put("t", rows_of(run, ["b"]), run, timeout_seconds=0.3)
    engine.dispose()
    assert base.sql("SELECT customer_id FROM t") == [("a",)]


def test_a_name_too_long_for_postgresql_is_refused(base):
    run = run_named()
    with pytest.raises(DeliveryError, match="a name of more than 63 bytes"):
        base.put("t", rows_of(run, ["a"], **{"x" * 64: 1}), run)
