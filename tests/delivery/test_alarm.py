"""An alarm goes out once a day for the same, wherever alerts go, and never hides what it tells."""

from datetime import datetime

import pytest

from churnrisk.delivery import alarm, log
from churnrisk.delivery.alarm import send_alarm
from churnrisk.errors import DeliveryError
from churnrisk.settings import AlertSettings, EmailSettings, PipelineSettings, WebhookSettings

NOW = datetime(2025, 6, 10, 2, 30)
TOLD = "No list was written (stale): usage is old. Load it. To score all the same: --allow stale."


@pytest.fixture
def settings(tmp_path) -> PipelineSettings:
    places = AlertSettings(
        webhook=WebhookSettings(url="http://127.0.0.1:9/secret-path"),
        email=EmailSettings(to=["team@example.com"], sender="churn@example.com"),
    )
    return PipelineSettings(name="small", file=tmp_path / "small.toml", out="out", alerts=places)


@pytest.fixture
def sent(monkeypatch) -> list[dict[str, object]]:
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(alarm, "send_webhook", lambda place, lines, **more: seen.append({"lines": lines, **more}))
    monkeypatch.setattr(alarm, "send_email", lambda place, **more: seen.append(more))
    return seen


def test_a_refusal_is_told_in_both_places(settings, sent):
    assert send_alarm(settings, TOLD, 4, NOW) == ["webhook", "email"]
    posted, mailed = sent
    assert posted["lines"] == [{"pipeline": "small", "exit_code": 4, "message": TOLD, "at": NOW}]
    assert (posted["kind"], posted["text"]) == ("churnrisk.refused", TOLD)
    assert (mailed["subject"], mailed["text"]) == ("churnrisk small: the night was refused", f"{TOLD}\n")
    assert posted["key"] == mailed["key"]


def test_a_fault_is_called_a_failure(settings, sent):
    send_alarm(settings, "usage.csv cannot be read.", 1, NOW)
    assert [one.get("kind", one.get("subject")) for one in sent] == [
        "churnrisk.failed",
        "churnrisk small: the night failed",
    ]


def test_the_same_is_told_once_a_day(settings, sent):
    send_alarm(settings, TOLD, 4, NOW)
    assert send_alarm(settings, TOLD, 4, datetime(2025, 6, 10, 9, 0)) == []
    assert send_alarm(settings, TOLD, 4, datetime(2025, 6, 11, 2, 30)) == ["webhook", "email"]
    assert send_alarm(settings, "Another reason.", 4, NOW) == ["webhook", "email"]


def test_without_a_place_nothing_is_sent(settings, sent):
    assert send_alarm(settings.model_copy(update={"alerts": AlertSettings()}), TOLD, 4, NOW) == []
    assert sent == []


def test_one_place_that_fails_does_not_keep_the_other_from_it(settings, sent, monkeypatch, capsys):
    def gone(*_, **__):
        raise DeliveryError("Expected the webhook at 127.0.0.1:9 to take the message,\nand it could not be reached.")

    monkeypatch.setattr(alarm, "send_webhook", gone)
    log.configure("plain")
    assert send_alarm(settings, TOLD, 4, NOW) == ["email"]
    log.forget()
    (line,) = capsys.readouterr().err.splitlines()
    assert "warning alarm It could not be sent by webhook: Expected the webhook at 127.0.0.1:9" in line
    assert send_alarm(settings, TOLD, 4, NOW) == []  # what failed is tried again, and fails again
    assert len(sent) == 1


def test_a_folder_that_cannot_be_written_hides_nothing(settings, sent):
    settings.out_folder.parent.mkdir(parents=True)
    settings.out_folder.write_text("a file, where the folder should be")
    assert send_alarm(settings, TOLD, 4, NOW) == ["webhook", "email"]
