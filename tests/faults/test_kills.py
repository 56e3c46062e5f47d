"""A night is killed: the last good list stands, the next night clears up and gives the same list."""

import pytest

from churnrisk.bench.faults.kills import instants, kill_at

#: A night's instants, chosen once the scene is set.
NUMBER = 10


@pytest.mark.parametrize("at", range(NUMBER))
def test_a_night_that_is_killed_leaves_the_last_good_list_and_nothing_else(scene, at):
    found = kill_at(scene, instants(scene, NUMBER)[at])
    assert found.is_well, found.sentence
