"""How a night ends on the command line: exit codes, one line a fault, codes of refusals."""

import json
import sys

import pytest

from churnrisk.cli import main
from churnrisk.delivery import log
from churnrisk.flows import score
from churnrisk.monitoring.refusals import NightRefusedError


@pytest.fixture
def end(monkeypatch, capsys):
    """Run a command to its end, and give its exit code and what it wrote to stderr."""

    def run(*words: str) -> tuple[object, str]:
        monkeypatch.setattr(sys, "argv", ["churnrisk", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capsys.readouterr().err

    yield run
    log.forget()


@pytest.fixture
def refused(monkeypatch, tmp_path):
    """Give a TOML whose night is refused over a customer with a dangerous name."""

    def refuse(*_):
        raise NightRefusedError(
            "No list was written (stale): it is of\n2025-06-01T02:30:00Z info done\u202e.", ["stale"]
        )

    monkeypatch.setattr(score, "run", refuse)
    file = tmp_path / "small.toml"
    file.write_text('[source]\npath = "data"\n')
    return str(file)


def test_a_refusal_is_one_json_line_with_its_exit_code(end, refused):
    code, told = end("score", refused, "--log", "json")
    line = json.loads(told)
    assert (code, line["exit_code"], line["event"], line["level"]) == (4, 4, "fault", "error")
    assert line["message"].startswith("No list was written (stale)")


def test_a_refusal_is_one_plain_line_that_no_text_forges(end, refused):
    code, told = end("score", refused, "--log", "plain")
    assert code == 4
    assert told.count("\n") == 1
    assert " error fault exit_code=4 No list was written (stale): it is of\\n2025-06-01" in told
    assert "\u202e" not in told


def test_a_fault_before_the_settings_are_read_is_a_line_too(end):
    code, told = end("score", "nowhere.toml", "--log", "json")
    assert code == 1
    assert json.loads(told)["message"].startswith("There is no file nowhere.toml.")


def test_commands_without_a_log_keep_the_lines_of_a_fault(end, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[source]\nno_such_key = 1\n")
    code, told = end("check", str(file))
    assert code == 1
    assert len(told.splitlines()) == 2


def test_an_unexpected_fault_is_a_line_too(end, refused, monkeypatch):
    monkeypatch.setattr(score, "run", lambda *_: {}["gone"])
    code, told = end("score", refused, "--log", "json")
    assert code == 1
    assert json.loads(told)["message"] == "Unexpected: KeyError: 'gone'. Run again with --debug to see where."


def test_an_unknown_code_is_wrong_use_and_answered_with_the_right_one(end, refused):
    code, told = end("score", refused, "--allow", "stael")
    assert code == 2
    assert "There is no refusal named 'stael'. Did you mean 'stale'?" in told


@pytest.mark.parametrize("words", [["--allow", "no_champion"], ["--allow-challenger"]])
def test_no_champion_is_allowed_like_a_challenger(end, refused, monkeypatch, words):
    seen = []
    monkeypatch.setattr(score, "run", lambda settings, now, asked: seen.append(asked) or {}["end"])
    end("score", refused, "--allow", "stale", *words)
    assert seen[0].allow_challenger
    assert "stale" in seen[0].allow
