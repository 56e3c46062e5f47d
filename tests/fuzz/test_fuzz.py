"""Mutated inputs: a night is sound, or refused in words that help; never anything else."""

import warnings

import pytest

from tests.fuzz.case import judged, learn
from tests.fuzz.failures import kept

RUNS, PARTS = 300, 10


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A folder with one trained model for each definition of churn."""
    folder = tmp_path_factory.mktemp("fuzz")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        learn(folder)
    return folder


def failed(home, tmp_path, seeds) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcomes = [judged(home, seed, tmp_path) for seed in seeds]
    return "\n\n".join(
        f"{one.seed} {one.kind} {one.mutations}: {one.what}\n{one.told}" for one in outcomes if one.failed
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_mutated_input_gives_a_sound_night_or_a_clear_refusal(home, tmp_path, part):
    found = failed(home, tmp_path, range(part, RUNS, PARTS))
    assert not found, found


@pytest.mark.slow
def test_what_once_failed_fails_no_more(home, tmp_path):
    found = failed(home, tmp_path, kept())
    assert not found, found
