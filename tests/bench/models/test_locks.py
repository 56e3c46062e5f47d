"""The two locks: what they share has one version, and neither the package nor its command line loads a peer."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PEERS = ("lightgbm", "catboost", "interpret", "empulse")


def versions(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if pinned := re.match(r"([a-z0-9._-]+)==(\S+)", line):
            found.setdefault(pinned[1], set()).add(pinned[2])
    return found


def test_what_both_locks_hold_has_one_version():
    main, bench = versions("requirements.lock"), versions("requirements-bench.lock")
    shared = set(main) & set(bench)
    assert len(shared) > 90
    assert {name: (main[name], bench[name]) for name in shared if main[name] != bench[name]} == {}


def test_peers_stand_in_the_second_lock_only():
    main, bench = versions("requirements.lock"), versions("requirements-bench.lock")
    peers = {"lightgbm", "catboost", "interpret-core"}
    assert peers <= set(bench)
    assert not peers & set(main)


def test_neither_the_package_nor_its_help_loads_a_peer():
    code = (
        "import sys, churnrisk, churnrisk.cli\n"
        "try:\n    churnrisk.cli.app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.stderr.write(','.join(one for one in {PEERS} if one in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stderr == ""
