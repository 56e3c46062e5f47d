"""What steps cost: by name, added up, with what was counted."""

import pytest

from churnrisk.delivery.clock import Clock


def test_a_step_keeps_what_it_counted():
    clock = Clock()
    with clock.step("score", customers=2):
        pass
    assert clock.steps["score"]["customers"] == 2


def test_a_step_entered_twice_is_added_up(monkeypatch):
    clock, seconds = Clock(), iter([1.0, 3.0, 10.0, 15.0])
    monkeypatch.setattr("churnrisk.delivery.clock._cpu", lambda: next(seconds))
    for rows in (5, 7):
        with clock.step("history") as counts:
            counts["rows"] = rows
    assert clock.steps["history"]["cpu_seconds"] == 7.0
    assert clock.steps["history"]["rows"] == 7


def test_a_step_that_fails_is_not_told_as_done():
    clock = Clock()
    with pytest.raises(OSError, match="full"), clock.step("delivery"):
        raise OSError("full")
    assert clock.steps == {}
