"""Names of groups."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from churnrisk.kpis.groups.naming import named

SIGNALS = [
    "usage_count_84d",
    "usage_active_days_84d",
    "usage_days_since_last",
    "usage_ratio_84d",
    "engagement_logins_28d",
]


@given(st.integers(1, 6).flatmap(lambda groups: arrays(float, (groups, 5), elements=st.floats(-4, 4))))
def test_no_two_groups_have_the_same_name(centres):
    names = named(centres, SIGNALS)
    assert len(set(names)) == len(names) == len(centres)
    assert not any(name.startswith(("=", "+", "-", "@")) for name in names)


def test_a_group_is_named_by_what_sets_it_apart_most():
    centres = np.array([[1.5, 0.1, 0.0, 0.9, 0], [0.1, -2.0, 0.3, 0.0, 0], [-0.5, 0.0, 1.0, -0.9, 0]])
    assert named(centres, SIGNALS) == ["heavy and rising use", "rare use", "paused and falling use"]


def test_two_signals_of_one_side_of_use_say_it_once():
    assert named(np.array([[1.0, 2.0, -1.0]]), ["usage_count_84d", "usage_quantity_84d", "usage_ratio_84d"]) == [
        "heavy and falling use"
    ]


def test_another_signal_stands_behind_by_its_own_name():
    assert named(np.array([[1.0, 0, 0, 0, -2.0]]), SIGNALS) == ["heavy use, low engagement logins"]


def test_groups_of_the_same_words_are_told_apart():
    assert named(np.array([[0.1], [0.2], [3.0], [1.0]]), SIGNALS[:1]) == [
        "middling use",
        "middling use 2",
        "very heavy use",
        "heavy use",
    ]
