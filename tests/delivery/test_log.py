"""Lines of a log: one an event, in words or as JSON, and no text of a customer's can forge one."""

import io
import json
import logging
import re
import subprocess
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.delivery import log
from churnrisk.delivery.clock import Clock

#: What a customer may be called, to be taken for something else.
NAMES = [
    "Acme\n2025-06-01T02:30:00.000Z info done exit_code=0",
    "a\rb",
    'x"} {"level": "error"',
    "\u202egnp.exe",
    "\x1b[2J\x1b[1;1H",
    "a\u2028b\u2029c\x85d",
    "=HYPERLINK(1)",
    "T" * 10_000,
    "\x00",
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stderr(capsys):
    """Give what was written to stderr since it was last asked for, and leave no handler behind."""
    yield lambda: capsys.readouterr().err
    log.forget()


def test_a_json_line_says_time_level_run_and_event(stderr):
    log.configure("json", pipeline="small")
    log.about(run="2025-06-01-abcd1234")
    log.tell("step", step="read", rows=12, cpu_seconds=0.5)
    line = json.loads(stderr())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "pipeline": "small",
        "run": "2025-06-01-abcd1234",
        "event": "step",
        "step": "read",
        "rows": 12,
        "cpu_seconds": 0.5,
    }


def test_a_plain_line_says_the_same_in_words(stderr):
    log.configure("plain")
    log.tell("warning", "Two tables are old.", level=logging.WARNING, table="usage of all")
    assert re.fullmatch(r'\S+Z warning warning table="usage of all" Two tables are old\.\n', stderr())


def test_where_nothing_was_chosen_a_file_gets_plain_lines(stderr):
    log.configure()
    log.tell("done", exit_code=0)
    assert log.kind() == "plain"
    assert stderr().endswith("Z info done exit_code=0\n")


def test_where_nothing_was_chosen_a_terminal_stays_silent(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log.configure()
    log.tell("done", exit_code=0)
    assert log.kind() is None
    assert terminal.getvalue() == ""
    log.forget()


def test_a_terminal_gets_lines_where_they_were_asked_for(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log.configure("plain")
    log.tell("done")
    log.forget()
    assert terminal.getvalue().endswith("info done\n")


@pytest.mark.parametrize("kind", ["plain", "json"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_no_name_can_forge_a_line(stderr, kind, name):
    log.configure(kind)
    log.tell("warning", f"Customer {name} is new.", customer=name)
    told = stderr()
    assert told.endswith("\n")
    assert told[:-1].isprintable()
    assert len(told[:-1].splitlines()) == 1
    assert "\u202e" not in told


@given(st.text())
def test_any_text_becomes_one_line_that_can_be_seen(text):
    assert log.one_line(text).isprintable()
    assert log.one_line(text).splitlines() in ([], [log.one_line(text)])


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"])))
def test_what_can_be_seen_stays_as_it_is(text):
    assert log.one_line(text) == text


@pytest.mark.parametrize("kind", ["plain", "json"])
def test_lines_of_other_packages_and_warnings_have_the_same_form(stderr, kind):
    log.configure(kind)
    logging.getLogger("another").warning("first\nsecond %s", "third")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("an old way\nof doing it", UserWarning, stacklevel=1)
    lines = stderr().splitlines()
    assert len(lines) == 2
    assert all(json.loads(line)["event"] == "log" if kind == "json" else " warning log " in line for line in lines)


def test_lines_of_other_packages_that_are_no_warnings_are_left_out(stderr):
    log.configure("plain")
    logging.getLogger("another").info("I did something")
    assert stderr() == ""


def test_to_configure_again_writes_no_line_twice(stderr):
    log.configure("plain", pipeline="a")
    log.configure("json", pipeline="b")
    log.tell("done")
    logging.getLogger("another").warning("x")
    lines = [json.loads(line) for line in stderr().splitlines()]
    assert [line["pipeline"] for line in lines] == ["b", "b"]


def test_a_step_is_a_line_with_its_counts_and_cost(stderr):
    log.configure("json")
    with Clock().step("read", tables=3) as counts:
        counts["rows"] = 12
    line = json.loads(stderr())
    assert (line["event"], line["step"], line["tables"], line["rows"]) == ("step", "read", 3, 12)
    assert line["cpu_seconds"] >= 0
    assert line["wall_seconds"] >= 0


def test_logs_are_light_to_load():
    code = "import sys, churnrisk.delivery.log; print({'pandas', 'requests', 'pythonjsonlogger'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_half_a_mark_is_written_as_one_that_can_be_read():
    assert log.one_line("a\ud800b").encode("utf-8")
