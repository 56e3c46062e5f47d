"""The champion behind MLflow's own scoring server: answers for one customer, and refusals that say why."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.errors import ModelError, RefusedError
from churnrisk.flows import serve
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.tracking import Tracker
from churnrisk.settings import PipelineSettings
from tests.flows.company import NOW
from tests.modeling.test_release import RELEASES, to_score

ROOT = Path(__file__).parent.parent.parent
JSON = "application/json"


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def ask(self, content: object, kind: str | None = JSON) -> tuple[int, str]:
        """Post to the server; give status and answer."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": kind} if kind else {}
        address = f"http://127.0.0.1:{self.port}/invocations"
        request = urllib.request.Request(address, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as fault:
            return fault.code, fault.read().decode()

    def score(self, *rows: dict, **more: object) -> tuple[int, str]:
        """Ask for some customers."""
        return self.ask({"dataframe_records": list(rows), **more})


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture(scope="module")
def served(company) -> PipelineSettings:
    """A pipeline whose champion reads numbers and a text."""
    settings = company.pipeline("served", name="served")
    release, registry = RELEASES["logistic"], Registry(settings)
    folder = settings.out_folder / "model"
    release.write(folder)
    with Tracker(settings).training() as run:
        version = registry.register_release(run, folder, folder / "churn_model.py", to_score().head(2))
    registry.promote(version, who="train", why="it may be used", when=NOW)
    return settings


@pytest.fixture(scope="module")
def server(served, tmp_path_factory):
    port, log = free_port(), tmp_path_factory.mktemp("serve") / "log"
    command = [sys.executable, "-W", "ignore", "-m", "churnrisk", "serve", str(served.file)]
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.5)
        yield Server(port)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    with socket.socket() as left:
        assert left.connect_ex(("127.0.0.1", port)), "the server outlived the command"


@pytest.fixture
def customer() -> dict:
    """One customer as the model reads it."""
    row = to_score().query("logins == logins and plan == plan").iloc[0]
    model = RELEASES["logistic"].model()
    return {name: row[name].item() if kind == "number" else row[name] for name, kind in model.types.items()}


def refused(answer: tuple[int, str]) -> str:
    """Hold that an answer is a refusal with a reason and without a trace; give the reason."""
    status, told = answer
    assert 400 <= status < 500, told
    assert "Traceback" not in told
    assert "stack_trace" not in told
    assert 'File "' not in told
    return told


@pytest.mark.slow
def test_a_customer_is_answered_as_a_night_would_with_probability_segment_reasons_and_action(server, customer):
    status, told = server.score({**customer, "logins": 1.0}, customer)
    assert status == 200, told
    answers = json.loads(told)["predictions"]
    frame = pd.DataFrame([{**customer, "logins": 1.0}, customer])
    expected = RELEASES["logistic"].model().score(frame, all_segments=True)
    assert [one["churn_probability"] for one in answers] == expected["churn_probability"].tolist()
    for name in ("segment", "action", "reason_1", "driver_1"):
        assert [one[name] for one in answers] == expected[name].tolist()
    assert answers[0]["reason_1"].startswith("Only 1 login")


def test_further_columns_are_left_alone(server, customer):
    assert server.score({**customer, "customer_id": "a", "note": None})[0] == 200


def test_what_may_be_empty_may_be_empty(server, customer):
    assert server.score({**customer, "logins": None, "plan": None})[0] == 200


def test_a_column_that_is_not_there_is_named(server, customer):
    for name in customer:
        rest = {one: value for one, value in customer.items() if one != name}
        assert name in refused(server.score(rest))


def test_a_value_that_is_never_empty_must_be_there(server, customer):
    told = refused(server.score(customer, {**customer, "tickets": None}))
    assert "tickets is empty in row 2, and is never empty for this model" in told


def test_an_unknown_text_is_answered_with_the_known_ones(server, customer):
    told = refused(server.score({**customer, "plan": "gold"}))
    assert "plan is 'gold' in row 1. Known: basic, free, pro" in told


@pytest.mark.parametrize("wrong", ["many", [1], {"a": 1}, float("inf"), "1e400"])
def test_a_value_of_another_type_is_refused(server, customer, wrong):
    assert "tickets" in refused(server.score({**customer, "tickets": wrong}))


@pytest.mark.parametrize("wrong", [1, 2.5, ["free"], {"a": 1}, True])
def test_no_text_where_a_text_should_be_is_refused(server, customer, wrong):
    assert "plan" in refused(server.score({**customer, "plan": wrong}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no JSON",
        b"[]",
        b"{}",
        b"null",
        b'{"dataframe_records": null}',
        b'{"dataframe_records": 7}',
        b'{"dataframe_records": []}',
        b'{"dataframe_records": [1, 2]}',
        b'{"dataframe_split": {"columns": ["tickets"], "data": []}}',
        b'{"dataframe_split": {"columns": ["tickets"], "data": [[1, 2]]}}',
        b'{"instances": [[1]]}',
        b'{"inputs": {"tickets": [1, 2], "logins": [1]}}',
        b'{"dataframe_records": [{}]}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_refused(server, content):
    refused(server.ask(content))


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=latin-1", "text/csv", "application/xml"])
def test_another_content_type_is_refused(server, kind):
    refused(server.ask(b"a,b\n1,2\n", kind))


def test_the_check_can_be_switched_off(server, customer):
    status, _ = server.score({**customer, "tickets": None, "plan": "gold"}, params={"strict": False})
    assert status == 200
    _, told = server.score({**customer, "logins": 1.0}, params={"reasons": False})
    assert json.loads(told)["predictions"][0]["reason_1"] == ""


def test_the_curl_line_of_the_page_is_answered(server, customer):
    page = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    command = re.search(r"^curl (.+?)\n\n|^curl (.+?)\n```", page, re.M | re.S)[0].strip().removesuffix("```")
    body = json.loads(re.search(r"-d '(.+?)'", command, re.S)[1])
    told = command.replace(":5001", f":{server.port}")
    row = {name: value for name, value in customer.items() if value is not None}
    told = re.sub(r"-d '.+?'", f"-d '{json.dumps({**body, 'dataframe_records': [row]})}'", told, flags=re.S)
    done = subprocess.run(["sh", "-c", f"{told} -s"], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout)["predictions"][0]["segment"], done.stderr


def test_without_a_champion_nothing_is_served(company):
    with pytest.raises(RefusedError, match="no champion"):
        serve.run(company.pipeline("unserved", name="unserved"), free_port())


def test_a_changed_model_is_not_served(served, monkeypatch):
    class Changed(Registry):
        def champion(self):
            raise ModelError("model.json of version 1 was changed")

    monkeypatch.setattr(serve, "Registry", Changed)
    monkeypatch.setattr(serve.subprocess, "Popen", lambda *_, **__: pytest.fail("a server was started"))
    with pytest.raises(ModelError, match="was changed"):
        serve.run(served, free_port())
