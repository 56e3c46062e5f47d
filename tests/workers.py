"""Which worker runs which tests: those that share a costly fixture run on one, and the longest begin."""

import re

from xdist.scheduler import LoadScopeScheduling

#: Groups of tests by the beginning of their names, the longest first; all else goes file by file.
GROUPS = {
    "sample": r"tests/test_(end_to_end|notebooks)\.py",
    "faults": r"tests/faults/",
    "fuzz, even parts": r"tests/fuzz/.*\[[02468]\]",
    "fuzz": r"tests/fuzz/",
}


def group_of(test: str) -> str:
    """Name the group of a test."""
    return next((name for name, begin in GROUPS.items() if re.match(begin, test)), test.split("::")[0])


def begins(test: str) -> int:
    """Say when a test begins, by its group: 0 is first."""
    return [*GROUPS, group_of(test)].index(group_of(test))


class ByGroup(LoadScopeScheduling):
    """Gives each worker one group of tests after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)
