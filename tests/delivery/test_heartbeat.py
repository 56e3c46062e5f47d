"""Signs of life: what the file says while a run is at work and after it, and whom it calls."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from churnrisk.delivery import heartbeat, log
from churnrisk.delivery.heartbeat import alive, call, read_heartbeat
from churnrisk.errors import ContractError, RefusedError
from churnrisk.settings import NightlySettings, PipelineSettings

NOW = datetime(2025, 6, 10, 2, 30)
SECRET = "0d5c1f7e-a-uuid-that-is-a-secret"


@pytest.fixture
def settings(tmp_path) -> PipelineSettings:
    return PipelineSettings(name="small", file=tmp_path / "small.toml", out="out")


@dataclass
class Listener:
    """Who is called, and what it answers."""

    url: str = ""
    code: int = 200
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def listener(monkeypatch) -> Iterator[Listener]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    seen = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.paths.append(self.path)
            self.send_response(seen.code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_port}/{SECRET}"
    monkeypatch.setenv("NIGHT_PING", seen.url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()


def with_ping(settings: PipelineSettings) -> PipelineSettings:
    return settings.model_copy(update={"nightly": NightlySettings(ping="NIGHT_PING")})


def told(settings):
    return read_heartbeat(settings.out_folder)


def test_a_run_that_is_done_says_when_and_how(settings):
    with alive(settings, NOW) as beat:
        beat.start()
        beat.run, beat.message = "2025-06-10-abcd1234", "12 customers scored"
    found = told(settings)
    assert (found["last_start"], found["last_end"]) == ("2025-06-10T02:30:00Z", "2025-06-10T02:30:00Z")
    assert (found["exit_code"], found["message"], found["run"]) == (0, "12 customers scored", "2025-06-10-abcd1234")
    assert found["last_success"] == found["last_end"]
    assert not found["running"]
    assert [path.name for path in settings.out_folder.iterdir()] == ["heartbeat.json"]


def test_while_it_runs_the_end_before_can_still_be_read(settings):
    with alive(settings, NOW) as beat:
        beat.start()
    with alive(settings, datetime(2025, 6, 11, 2, 30)) as beat:
        beat.start()
        during = told(settings)
    assert during["running"]
    assert during["last_start"] == "2025-06-11T02:30:00Z"
    assert during["last_end"] == during["last_success"] == "2025-06-10T02:30:00Z"


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (RefusedError("No list was written (stale)."), 4, "No list was written (stale)."),
        (ContractError("usage.csv does not\nmatch"), 1, "usage.csv does not\\nmatch"),
        (ZeroDivisionError(), 1, "ZeroDivisionError"),
        (KeyboardInterrupt(), 1, "KeyboardInterrupt"),
        (SystemExit(143), 143, "The process was asked to end, with exit code 143."),
        (SystemExit("words"), 1, "words"),
    ],
)
def test_a_run_that_ends_badly_says_so_and_keeps_the_last_success(settings, fault, code, message):
    with alive(settings, NOW) as beat:
        beat.start()
    with pytest.raises(type(fault)), alive(settings, datetime(2025, 6, 11, 2, 30)) as beat:
        beat.start()
        raise fault
    found = told(settings)
    assert (found["exit_code"], found["message"]) == (code, message)
    assert (found["last_end"], found["last_success"]) == ("2025-06-11T02:30:00Z", "2025-06-10T02:30:00Z")


def test_a_run_that_another_kept_away_leaves_its_signs_alone(settings, listener):
    with alive(settings, NOW) as beat:
        beat.start()
    before = told(settings)
    with pytest.raises(RefusedError), alive(with_ping(settings), NOW):
        raise RefusedError("Another run is at work.")
    assert told(settings) == before
    assert listener.paths == []


def test_a_fault_before_the_lock_is_told(settings, listener):
    with pytest.raises(OSError, match="read-only"), alive(with_ping(settings), NOW):
        raise OSError("read-only")
    assert told(settings)["exit_code"] == 1
    assert listener.paths == [f"/{SECRET}/fail"]


def test_a_silent_run_gives_no_signs(settings, listener):
    with alive(with_ping(settings), NOW, silent=True) as beat:
        beat.start()
    assert told(settings) is None
    assert listener.paths == []


def test_a_run_that_is_done_calls_start_and_the_address_itself(settings, listener):
    with alive(with_ping(settings), NOW) as beat:
        beat.start()
    assert listener.paths == [f"/{SECRET}/start", f"/{SECRET}"]


def test_findings_of_a_night_that_is_done_are_no_failure(settings, listener):
    with alive(with_ping(settings), NOW) as beat:
        beat.start()
        beat.exit_code = 3
    assert listener.paths[-1] == f"/{SECRET}"


def test_a_run_that_fails_calls_fail(settings, listener):
    with pytest.raises(RefusedError), alive(with_ping(settings), NOW) as beat:
        beat.start()
        raise RefusedError("no")
    assert listener.paths == [f"/{SECRET}/start", f"/{SECRET}/fail"]


@pytest.mark.parametrize("code", [404, 500])
def test_a_call_that_is_not_taken_is_a_warning_without_the_address(settings, listener, capsys, code):
    listener.code = code
    log.configure("json")
    with alive(with_ping(settings), NOW) as beat:
        beat.start()
    log.forget()
    printed = capsys.readouterr().err
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["event"] for line in lines] == ["ping", "ping"]
    assert f"NIGHT_PING did not take 'start': {code}." in lines[0]["message"]
    assert SECRET not in printed
    assert told(settings)["exit_code"] == 0


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/" + SECRET, "no address " + SECRET, "http://[" + SECRET])
def test_an_address_that_cannot_be_called_never_fails_the_night(monkeypatch, capsys, address):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("NIGHT_PING", address)
    log.configure("plain")
    assert call("NIGHT_PING", "done") is False
    log.forget()
    printed = capsys.readouterr().err
    assert "did not take 'done'" in printed
    assert SECRET not in printed


def test_a_variable_that_is_not_set_is_told(monkeypatch, capsys):
    monkeypatch.delenv("NIGHT_PING", raising=False)
    log.configure("plain")
    assert call("NIGHT_PING", "done") is False
    log.forget()
    assert "NIGHT_PING of [nightly] ping holds no address" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_never_fails_the_night(settings):
    settings.out_folder.parent.mkdir(parents=True)
    settings.out_folder.write_text("a file, where the folder should be")
    with alive(settings, NOW) as beat:
        beat.start()
    assert told(settings) is None


def test_half_a_file_is_no_sign_of_life(settings):
    settings.out_folder.mkdir(parents=True)
    (settings.out_folder / heartbeat.FILE).write_text('{"last_start": ')
    assert told(settings) is None
    with alive(settings, NOW) as beat:
        beat.start()
    assert told(settings)["exit_code"] == 0
