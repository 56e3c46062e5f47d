"""Who is held out: a share of all, the same every night, and more of them when the share is raised."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnrisk.retention.holdout import held_out

IDS = [f"C{number:06}" for number in range(20_000)]
SHARES = st.floats(0, 0.99)


def test_nobody_is_held_out_without_a_share():
    assert not held_out(IDS, 0.0, "key").any()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("key", ["a", "b", "a long word that only chooses " * 10])
def test_the_share_held_out_is_the_share_asked_for(share, key):
    spread = 4 * (share * (1 - share) / len(IDS)) ** 0.5
    assert held_out(IDS, share, key).mean() == pytest.approx(share, abs=spread)


@settings(max_examples=50)
@given(customers=st.lists(st.text(max_size=20), unique=True, max_size=60), share=SHARES, data=st.data())
def test_a_customer_is_held_out_whoever_else_is_there(customers, share, data):
    some = data.draw(st.lists(st.sampled_from(customers), unique=True)) if customers else []
    drawn = dict(zip(customers, held_out(customers, share, "key").tolist(), strict=True))
    assert held_out(some, share, "key").tolist() == [drawn[one] for one in some]


@settings(max_examples=50)
@given(one=SHARES, other=SHARES, key=st.text(max_size=9))
def test_raising_the_share_keeps_who_was_held_out(one, other, key):
    few, many = (held_out(IDS[:500], share, key) for share in sorted((one, other)))
    assert (few <= many).all()


def test_another_key_draws_anew():
    one, other = held_out(IDS, 0.5, "one"), held_out(IDS, 0.5, "other")
    assert np.mean(one == other) == pytest.approx(0.5, abs=0.02)


def test_another_process_draws_the_same():
    script = (
        "from churnrisk.retention.holdout import held_out; print(held_out(['a', 'ö', '007', ''], 0.5, 'k').tolist())"
    )
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "3"},
    )
    assert printed.stdout.strip() == str(held_out(["a", "ö", "007", ""], 0.5, "k").tolist())
