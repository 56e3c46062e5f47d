"""Alerts from tables to lines, table, picture, and messages to real servers on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

from churnrisk.bench.alert_companies import write_company
from churnrisk.bench.alerts import Truth
from churnrisk.cli import app
from churnrisk.errors import DeliveryError, RefusedError, SettingsError
from churnrisk.flows import alerts
from churnrisk.settings import load_settings
from churnrisk.terminal.alerts import show_alerts

TODAY = date(2030, 1, 1)
PLANS = (600, 600)


@pytest.fixture(scope="module")
def rising(tmp_path_factory):
    """A company whose first plan loses two and a half times as many from January 2024 on."""
    return write_company(
        tmp_path_factory.mktemp("rising"), Truth(judged=2, rise=2.5), 3, plans=PLANS, replicates=60
    ).file


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The same company without a rise."""
    return write_company(tmp_path_factory.mktemp("quiet"), Truth(judged=2), 3, plans=PLANS, replicates=60).file


@pytest.fixture(scope="module")
def raised(rising):
    return alerts.run(load_settings(rising), TODAY)


ONE = '\nwatch = ["churn_rate"]\n'


def asked(file, name, lines=ONE):
    """Write the same pipeline beside it, with further settings; by default it watches one rate."""
    other = file.with_name(f"{name}.toml")
    text = file.read_text(encoding="utf-8").replace('name = "company"', f'name = "{name}"')
    other.write_text(text + lines, encoding="utf-8")
    return load_settings(other)


def test_a_rise_raises_an_alarm_where_it_is(raised):
    assert raised.exit_code == 3
    told = {(line["kpi"], line["value"]): line for line in raised.alerts}
    line = told["churn_rate", "plan 1"]
    assert not [value for _, value in told if value == "plan 2"]
    assert line["direction"] == "higher"
    assert line["since"] == "2024-01"
    assert line["period"] == "2024-02"
    assert line["low"] < line["expected"] < line["high"] < line["number"]
    assert line["number"] == pytest.approx(100 * line["numerator"] / line["denominator"], abs=1e-4)
    assert line["customers"] > 20
    assert line["mrr"] > 500
    assert line["per_years"] == pytest.approx(1 / (line["chance"] * line["series"] * 12), rel=0.02)
    assert "Churn rate (plan = plan 1) rose" in line["sentence"]
    assert "since 2024-01" in line["sentence"]
    assert f"over the {line['series']} watched series" in line["sentence"]


def test_without_a_rise_there_is_none(quiet, capsys):
    result = alerts.run(asked(quiet, "calm"), TODAY)
    assert (result.exit_code, result.alerts) == (0, [])
    assert (result.folder / "alerts.jsonl").read_text(encoding="utf-8") == ""
    show_alerts(result)
    assert "Nothing moved more than chance explains." in capsys.readouterr().out


def test_alerts_are_written_as_lines_table_and_picture(raised):
    lines = (raised.folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == raised.alerts
    table = pd.read_csv(raised.folder / "watched.csv")
    newest = table[(table.kpi == "churn_rate") & (table.period == "2024-02")]
    assert sorted(newest.value) == ["all", "plan 1", "plan 2"]
    assert newest.judged.all()
    assert (newest.low < newest.expected).all()
    assert table[table.judged == False].why.notna().all()  # noqa: E712
    assert (raised.folder / "charts.png").read_bytes().startswith(b"\x89PNG")


def test_every_series_that_is_not_judged_has_its_reason(raised):
    early = [name for name in raised.not_watched if name.startswith("early_churn_rate (plan")]
    assert early
    assert all("needed" in raised.not_watched[name] for name in early)


def test_the_terminal_shows_the_sentence(raised, capsys):
    show_alerts(raised)
    shown = capsys.readouterr().out
    assert all(str(line["sentence"]) in shown for line in raised.alerts)


def test_the_same_tables_give_the_same_bytes(rising):
    settings = asked(rising, "same", '\nwatch = ["gross_revenue_churn"]\n')
    bytes_of = {alerts.run(settings, TODAY).folder.joinpath("watched.csv").read_bytes() for _ in range(2)}
    assert len(bytes_of) == 1


def test_an_earlier_period_is_judged_by_what_came_before_it(rising):
    settings = asked(rising, "earlier")
    assert alerts.run(settings, TODAY, period="2023-12").alerts == []
    first = alerts.run(settings, TODAY, period="2024-01").alerts
    assert {line["first_raised"] for line in first if line["value"] == "plan 1"} == {"2024-01"}


def test_a_period_that_is_not_there_is_refused(rising):
    with pytest.raises(RefusedError, match=r"no period '2031-01'.*2023-01 to 2024-03"):
        alerts.run(asked(rising, "later"), TODAY, period="2031-01")


def test_all_history_lists_past_alarms_in_order_and_sends_none(rising):
    place = '\n[alerts.webhook]\nurl = "http://127.0.0.1:9/nobody"\nattempts = 1\n'
    found = alerts.run(asked(rising, "history", ONE + place), TODAY, all_history=True)
    periods = [line["period"] for line in found.alerts]
    assert {"2024-01", "2024-02"} <= set(periods)
    assert periods == sorted(periods)
    assert found.sent == []


def test_what_cannot_be_watched_is_refused_with_what_can(rising):
    settings = asked(rising, "arpa", '\nwatch = ["arpa", "churn_rate"]\n')
    with pytest.raises(SettingsError, match=r"arpa cannot be watched.*gross_revenue_churn"):
        alerts.run(settings, TODAY)


def test_a_misspelt_rate_is_answered_with_the_right_one(rising):
    with pytest.raises(SettingsError, match="Did you mean 'churn_rate'"):
        alerts.run(asked(rising, "misspelt", '\nwatch = ["churn_rat"]\n'), TODAY)


def test_a_split_that_the_tables_do_not_have_is_named_and_the_whole_watched(quiet):
    result = alerts.run(asked(quiet, "split", '\nby = ["region"]\nwatch = ["churn_rate"]\n'), TODAY)
    assert result.judged == 1
    assert "by region" in result.not_watched


def test_the_scope_decides_who_is_watched(rising):
    settings = asked(rising, "scope", ONE + '\n[scope]\nproducts = ["plan 2"]\n')
    result = alerts.run(settings, TODAY)
    assert result.alerts == []
    assert set(result.watched["value"]) == {"all", "plan 2"}


@pytest.fixture
def posts(monkeypatch) -> Iterator[tuple[str, list[dict], list[int]]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("CHURNRISK_WEBHOOK_SECRET", raising=False)
    taken: list[dict] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop() if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts", taken, answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_alerts_are_posted_once_and_by_the_next_run_if_they_could_not(rising, posts):
    url, taken, answers = posts
    settings = asked(rising, "posted", ONE + f'\n[alerts.webhook]\nurl = "{url}"\nattempts = 1\n')
    answers.append(404)
    with pytest.raises(DeliveryError):
        alerts.run(settings, TODAY)
    assert (settings.out_folder / "alerts" / "alerts.jsonl").read_text(encoding="utf-8") != ""
    second = alerts.run(settings, TODAY)
    assert second.sent == ["2 alerts sent by webhook"]
    assert taken[1]["data"]["lines"] == second.alerts
    assert taken[1]["text"].startswith(second.alerts[0]["sentence"])
    assert alerts.run(settings, TODAY).sent == []
    assert len(taken) == 2


class Server(Controller):
    """A mail server on a port of its own."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailroom:
    """What arrived."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(envelope.content.decode())
        return "250 OK"


def test_an_alert_is_sent_by_e_mail(rising):
    room = Mailroom()
    controller = Server(room, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        place = (
            f'to = ["team@example.com"]\nsender = "churn@example.com"\nhost = "127.0.0.1"\nport = {controller.port}\n'
        )
        settings = asked(rising, "mailed", ONE + f"\n[alerts.email]\n{place}")
        assert alerts.run(settings, TODAY).sent == ["2 alerts sent by email"]
    finally:
        controller.stop()
    assert "Subject: churnrisk mailed: churn_rate higher in 2024-02" in room.messages[0]
    assert "plan 1" in room.messages[0]


def test_the_command_ends_with_3_when_an_alarm_was_raised(rising):
    ended = CliRunner().invoke(app, ["alerts", str(asked(rising, "command").file)])
    assert ended.exit_code == 3
    assert "plan 1" in ended.stdout
