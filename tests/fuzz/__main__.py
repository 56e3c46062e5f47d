"""Many mutated inputs: ``python -m tests.fuzz --runs 10000``; numbers of failures are kept and tried again first.

A night runs in this process. The workers are processes of their own, so that an input that ends one is told, too.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from tests.fuzz.case import Outcome, learn, quietly_judged
from tests.fuzz.failures import FILE, keep, kept

BATCH = 50


def main() -> int:
    """Run the inputs, print what failed, and end 1 where something did."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--runs", type=int, default=10_000, help="how many inputs")
    told.add_argument("--first", type=int, default=100_000, help="the first one's number")
    told.add_argument("--workers", type=int, default=2)
    told.add_argument("--words", type=Path, help="a file for the words of every refusal")
    asked = told.parse_args()
    seeds = [*kept(), *range(asked.first, asked.first + asked.runs)]
    began, counts, failures = time.monotonic(), Counter[str](), []
    with tempfile.TemporaryDirectory(prefix="churnrisk-fuzz-") as scratch:
        home = Path(scratch)
        learn(home)
        for start in range(0, len(seeds), BATCH):
            for outcome in _together(home, seeds[start : start + BATCH], asked.workers):
                counts["failed" if outcome.failed else outcome.what] += 1
                if outcome.failed:
                    failures.append(outcome)
                    keep(outcome)
                    _say(_words(outcome))
                elif asked.words and outcome.told:
                    with asked.words.open("a", encoding="utf-8") as file:
                        file.write(f"{_words(outcome)}\n")
            done = sum(counts.values())
            _say(f"{done:,} of {len(seeds):,}: {dict(counts)}, {(time.monotonic() - began) / done:.2f} s each")
    if failures:
        _say(f"{len(failures)} failed; their numbers stand in {FILE.name} and are tried first from now on.")
    return 1 if failures else 0


def _together(home: Path, seeds: list[int], workers: int) -> list[Outcome]:
    """Judge some inputs side by side; where one ends its process, each is tried in a process of its own."""
    try:
        return _in_processes(home, seeds, workers)
    except BrokenProcessPool:
        found = []
        for seed in seeds:
            try:
                found += _in_processes(home, [seed], 1)
            except BrokenProcessPool:
                found.append(Outcome(seed, "", (), "the process ended"))
        return found


def _in_processes(home: Path, seeds: list[int], workers: int) -> list[Outcome]:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(quietly_judged, [home] * len(seeds), seeds))


def _words(outcome: Outcome) -> str:
    return f"{outcome.seed} {outcome.kind} {', '.join(outcome.mutations)}: {outcome.what}\n{outcome.told}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
