"""Which version was champion when, who made it so, and why: every reign is kept, not only the last."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Literal

How = Literal["gate", "hand", "rollback"]

#: The tag of a model version that holds its reigns.
TAG = "reigns"
LONGEST = 2_000


@dataclass(frozen=True)
class Reign:
    """One unbroken time of one version as champion.

    Parameters
    ----------
    number
        The change of champion that began it, counted from 1.
    since, until
        Instants as text; ``until`` is None while it lasts.
    replaced
        The champion before; None for the first.
    how
        By the gate, by hand, or by going back.
    against_gate
        What the gate had said, where it had refused; else empty.
    """

    version: int
    number: int
    since: str
    who: str
    why: str
    replaced: int | None = None
    until: str | None = None
    how: How = "gate"
    against_gate: str = ""

    @property
    def sentence(self) -> str:
        """Say who made it champion, when and why, and what the gate had said where it had refused."""
        way = {"gate": "promoted by the gate", "hand": "promoted by hand", "rollback": "put back by hand"}[self.how]
        by = "" if self.how == "gate" else f" by {self.who}"
        told = f"Version {self.version} is in use since {self.since[:10]}, {way}{by}: {self.why.rstrip('.')}."
        return f"{told} The gate had refused it: {self.against_gate}" if self.against_gate else told


def as_tag(reigns: Iterable[Reign]) -> str:
    """Write a version's reigns as the text of a tag; long reasons are cut.

    Examples
    --------
    >>> as_tag([Reign(1, 1, "2025-06-01T02:30:00", "train", "it won")])[:40]
    '[{"number": 1, "since": "2025-06-01T02:3'
    """
    lines = [asdict(one) for one in reigns]
    for line in lines:
        del line["version"]
        line["why"], line["against_gate"] = line["why"][:LONGEST], line["against_gate"][:LONGEST]
    return json.dumps(lines, ensure_ascii=False)


def read_reigns(version: int, tags: Mapping[str, str]) -> list[Reign]:
    """Read a version's reigns from its tags; a store that kept only the last reign gives that one.

    Examples
    --------
    >>> read_reigns(2, {"champion_from": "2025-06-01", "promoted_by": "train", "replaced": "1"})[0].replaced
    1
    >>> read_reigns(2, {})
    []
    """
    if TAG in tags:
        return [Reign(version=version, **line) for line in json.loads(tags[TAG])]
    if "champion_from" not in tags:
        return []
    replaced = tags.get("replaced", "none")
    return [
        Reign(
            version,
            0,
            tags["champion_from"],
            tags.get("promoted_by", ""),
            tags.get("promoted_why", ""),
            replaced=int(replaced) if replaced.isdigit() else None,
            until=tags.get("champion_until"),
        )
    ]


def champion_tags(reigns: Sequence[Reign]) -> dict[str, str | None]:
    """Give the tags of a version that becomes champion; its last reign stands in tags of its own, too.

    Examples
    --------
    >>> champion_tags([Reign(2, 1, "2025-06-01T02:30:00", "anna", "it won", replaced=1)])["replaced"]
    '1'
    """
    last = reigns[-1]
    return {
        TAG: as_tag(reigns),
        "champion_from": last.since,
        "champion_until": None,
        "promoted_by": last.who,
        "promoted_why": last.why[:LONGEST],
        "promoted_how": last.how,
        "against_gate": last.against_gate[:LONGEST] or None,
        "replaced": str(last.replaced or "none"),
    }


def ended_tags(reigns: Sequence[Reign], until: str, *, by: int) -> dict[str, str | None]:
    """Give the tags of a version whose last reign ends."""
    closed = [*reigns[:-1], *(replace(one, until=until) for one in reigns[-1:])]
    return {TAG: as_tag(closed), "champion_until": until, "replaced_by": str(by)}


def history(versions: Mapping[int, Mapping[str, str]]) -> list[Reign]:
    """Lay the reigns of all versions in order; one ends at the latest where the next begins.

    Parameters
    ----------
    versions
        The tags of each version.
    """
    found = [one for version, tags in versions.items() for one in read_reigns(version, tags)]
    found.sort(key=lambda one: (one.number, one.since, one.version))
    ended = [replace(one, until=one.until or after.since) for one, after in pairwise(found)]
    return [*ended, *found[-1:]]


def reigning(reigns: Iterable[Reign], moment: str) -> Reign | None:
    """Say who was champion at an instant; None while there was none.

    Examples
    --------
    >>> past = Reign(1, 1, "2025-06-01T02:30:00", "train", "it won", until="2025-07-01T02:30:00")
    >>> reigning([past], "2025-06-15T00:00:00") is past, reigning([past], "2025-07-15T00:00:00")
    (True, None)
    """
    found = [one for one in reigns if one.since <= moment and (one.until is None or moment < one.until)]
    return found[-1] if found else None


def one_before(reigns: Iterable[Reign]) -> int | None:
    """Name the version to go back to: the champion before the one in use; None where there is none.

    Going back twice goes two champions back, and not to where one came from.

    Examples
    --------
    >>> first, second = (Reign(number, number, "2025-06-01", "train", "") for number in (1, 2))
    >>> back = Reign(1, 3, "2025-06-02", "anna", "", how="rollback")
    >>> one_before([first, second]), one_before([first, second, back]), one_before([])
    (1, None, None)
    """
    stack: list[int] = []
    for one in reigns:
        if one.how == "rollback" and len(stack) > 1:
            stack.pop()
        else:
            stack.append(one.version)
    return stack[-2] if len(stack) > 1 else None
