"""Which columns of a file fill one table, and which required ones it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from churnrisk.sources.propose.look import ColumnLook, FileLook
from churnrisk.sources.propose.names import Words

#: Different values, of those filled, from which on a column names one row each.
KEY_LIKE = 0.9
#: What the name of a file counts, in columns.
FILE_NAME = 3.0
#: How sure a column is that was taken because it is the only one of its kind.
ONLY_ONE = 0.5
#: Words for the key of a table that mean it only where they stand alone.
BARE_KEYS = ("id", "number", "key", "nr", "no", "code")


class Wanted(Protocol):
    """A column that a table can hold."""

    @property
    def name(self) -> str:
        """Our name for it."""

    @property
    def type(self) -> str:
        """What it holds: text, time, number, money, bool."""

    @property
    def required(self) -> bool:
        """Whether the table is useless without it."""

    @property
    def doc(self) -> str:
        """What it is, in one phrase."""


class Table(Protocol):
    """What a table can hold, as a contract says it."""

    @property
    def name(self) -> str:
        """Our name for it."""

    @property
    def columns(self) -> Sequence[Wanted]:
        """Its columns."""

    @property
    def key(self) -> Sequence[str]:
        """Columns that name one row."""

    @property
    def no_history(self) -> Sequence[str]:
        """Columns whose past values are overwritten."""


@dataclass(frozen=True)
class Match:
    """How one file would fill one table.

    Parameters
    ----------
    columns
        Our column = the file's.
    missing
        Required columns that were not found = the file's columns that could be meant.
    score
        How well it fits; higher is better.
    name_score
        How surely the file's name speaks of the table.
    borrowed
        Whether the customer's id stands in for the key, because the file has no other.
    guessed
        Columns of ours that were taken because no other column of the file could be meant.
    """

    file: FileLook
    table: Table
    columns: dict[str, str]
    missing: dict[str, list[str]]
    score: float
    name_score: float
    borrowed: bool = False
    guessed: tuple[str, ...] = field(default=())

    @property
    def is_whole(self) -> bool:
        """Whether every required column was found."""
        return not self.missing

    def look(self, column: str) -> ColumnLook:
        """Give what the values of one of our columns look like."""
        return self.file.columns[self.columns[column]]


def match(file: FileLook, table: Table, words: Words) -> Match:
    """Find the columns of a file that fill a table: by their names, and by what their values look like."""
    scores = _named(file, table, words)
    name_score = words.file(table.name, file.label if file.sheet else file.path.name)
    guessed = _only_time(file, table, scores) if name_score else ()
    borrowed = _borrow(file, table, scores)
    missing = {
        one.name: _candidates(file, table, one, [name for name, _ in scores.values()])
        for one in table.columns
        if one.required and one.name not in scores and not (one.name == "customer_id" and _through(scores, table))
    }
    weight = {one.name: 2.0 if one.required else 1.0 for one in table.columns}
    score = sum(weight.get(ours, 1.0) * sure for ours, (_, sure) in scores.items()) + FILE_NAME * name_score
    if borrowed:
        score -= scores["subscription_id"][1] * 2.0
    columns = {one.name: scores[one.name][0] for one in table.columns if one.name in scores}
    if _through(scores, table) and "customer_id" not in scores:
        columns = {"subscription_id": scores["subscription_id"][0], **columns}
    return Match(file, table, columns, missing, score, name_score, borrowed, guessed)


def fits(look: ColumnLook, one: Wanted) -> bool:
    """Tell whether a column's values can be what is wanted; a column of text is never a time.

    Examples
    --------
    >>> from churnrisk.sources.propose.look import look_at_column
    >>> from churnrisk.sources.mapping import Wanted as Column
    >>> fits(look_at_column("date", ["soon", "later"], "text"), Column("due_at", "time"))
    False
    """
    if look.is_empty:
        return not getattr(one, "required", False)
    if one.type in ("number", "money"):
        return "number" in look.kinds
    if one.type != "text":
        return one.type in look.kinds
    only_time = "time" in look.kinds and "number" not in look.kinds
    if one.name.endswith("_id"):
        yes_or_no = "bool" in look.kinds and "number" not in look.kinds
        return not only_time and not look.fractions and not yes_or_no
    return not only_time


def _named(file: FileLook, table: Table, words: Words) -> dict[str, tuple[str, float]]:
    """Pair columns whose names mean the same, the surest first."""
    wanted: list[Wanted] = list(table.columns)
    names = [one.name for one in wanted]
    found = []
    for order, one in enumerate(wanted):
        for name, look in file.columns.items():
            sure = words.column(table.name, one.name, name)
            if not sure and one.name == _own_key(table) and _is_bare_key(name, look):
                sure = ONLY_ONE
            if sure and fits(look, one) and _values_fit(look, words.values(table.name, one.name)):
                found.append((-sure, order, name, one.name))
    paired: dict[str, tuple[str, float]] = {}
    for minus, _, name, ours in sorted(found):
        taken = {theirs for theirs, _ in paired.values()}
        own_of_another = name in names and name != ours
        if ours not in paired and name not in taken and not own_of_another:
            paired[ours] = (name, -minus)
    if "customer_id" not in paired and "subscription_id" not in names:
        _find_subscription(file, table, words, paired)
    return paired


def _find_subscription(file: FileLook, table: Table, words: Words, paired: dict[str, tuple[str, float]]) -> None:
    taken = {theirs for theirs, _ in paired.values()}
    best = max(
        ((words.column(table.name, "subscription_id", name), name) for name in file.columns if name not in taken),
        default=(0.0, ""),
    )
    if best[0] and "text" in file.columns[best[1]].kinds:
        paired["subscription_id"] = (best[1], best[0])


def _through(scores: dict[str, tuple[str, float]], table: Table) -> bool:
    """Tell whether the customer can be found through subscriptions."""
    return "subscription_id" in scores and all(one.name != "subscription_id" for one in table.columns)


def _own_key(table: Table) -> str:
    return table.key[0] if table.key else ""


def _is_bare_key(name: str, look: ColumnLook) -> bool:
    return name.strip().lower() in BARE_KEYS and look.distinct >= KEY_LIKE


def _values_fit(look: ColumnLook, stems: Sequence[str]) -> bool:
    return not stems or any(stem in value.lower() for value in look.values for stem in stems)


def _only_time(file: FileLook, table: Table, scores: dict[str, tuple[str, float]]) -> tuple[str, ...]:
    """Take the only column of times, where the name of the file tells the table and no other time is found."""
    times = [one for one in table.columns if one.type == "time"]
    needed = [one for one in times if one.required]
    if len(needed) != 1 or any(one.name in scores for one in times):
        return ()
    taken = {theirs for theirs, _ in scores.values()}
    there = [
        name
        for name, look in file.columns.items()
        if "time" in look.kinds and "number" not in look.kinds and name not in taken
    ]
    if len(there) != 1:
        return ()
    scores[needed[0].name] = (there[0], ONLY_ONE)
    return (needed[0].name,)


def _borrow(file: FileLook, table: Table, scores: dict[str, tuple[str, float]]) -> bool:
    """Let the customer's id name the subscription, where each customer has one row or rows of different starts."""
    if _own_key(table) != "subscription_id" or "subscription_id" in scores or "customer_id" not in scores:
        return False
    scores["subscription_id"] = scores["customer_id"]
    return True


def _candidates(file: FileLook, table: Table, one: Wanted, taken: Sequence[str]) -> list[str]:
    """List the columns of the file that could be meant, by their values."""
    return [
        name
        for name, look in file.columns.items()
        if name not in taken
        and not look.is_empty
        and fits(look, one)
        and (one.type != "text" or look.distinct > 0.01)
    ][:6]
