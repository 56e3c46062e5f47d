"""Which of a company's names means which of ours: by words, without case, marks and accents."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

#: Parts of a column's name that say nothing of what it is.
NEUTRAL = frozenset((
    "id", "no", "nr", "num", "number", "key", "code", "ref", "pk", "fk", "at", "on", "date", "datum", "fecha", "time",
    "timestamp", "datetime", "ts", "dt", "day", "utc", "gmt", "usd", "eur", "gbp", "chf", "the", "of", "de", "del",
    "der", "des", "la", "le", "el", "text", "raw", "value",
))  # fmt: skip
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

OWN_NAME = 1.1
SAME = 1.0
WITH_NEUTRAL = 0.9
AMONG_OTHERS = 0.6
#: How much surer the first word of a list is than the next.
STEP = 0.002


def parts(name: str) -> tuple[str, ...]:
    """Split a name into its words, in plain letters.

    Examples
    --------
    >>> parts("InvoiceNo"), parts("Kündigungs-Datum"), parts("customer_id")
    (('invoice', 'no'), ('kundigungs', 'datum'), ('customer', 'id'))
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    words = re.split(r"[^0-9A-Za-z]+", _HUMPS.sub(" ", plain))
    return tuple(_plain(word.lower()) for word in words if word)


def _plain(word: str) -> str:
    """Write ``ue`` as ``u``, so that Kuendigung and Kündigung are one word."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def likeness(name: str, words: Sequence[str], neutral: frozenset[str] = NEUTRAL) -> float:
    """Say how surely a name means the same as the best of some words: 0 to 1.

    Parameters
    ----------
    neutral
        Words that may stand beside without changing what is meant.

    Examples
    --------
    >>> likeness("CustomerID", ["customer id"]), likeness("customer_id_utc", ["customer id"])
    (1.0, 0.9)
    >>> likeness("customer_name", ["customer"])
    0.0
    """
    mine = parts(name)
    found = [_alike(mine, parts(word), neutral) - index * STEP for index, word in enumerate(words)]
    return max(0.0, *found) if found else 0.0


def _alike(mine: tuple[str, ...], word: tuple[str, ...], neutral: frozenset[str]) -> float:
    if "".join(mine) == "".join(word):
        return SAME
    for start in range(len(mine) - len(word) + 1):
        if mine[start : start + len(word)] == word:
            rest = (*mine[:start], *mine[start + len(word) :])
            if all(one in neutral or one.isdigit() for one in rest):
                return WITH_NEUTRAL
            return AMONG_OTHERS if len(word) > 1 else 0.0
    return 0.0


@dataclass(frozen=True)
class Words:
    """The words that companies use for our tables and columns.

    Examples
    --------
    >>> words = Words.known()
    >>> round(words.column("invoices", "due_at", "Fällig am"), 1)
    1.0
    >>> words.file("usage", "user_events_2024.csv") > 0
    True
    """

    content: dict[str, Any]

    @staticmethod
    @cache
    def known() -> "Words":
        """Read the words that come with the package."""
        text = files("churnrisk.sources.propose").joinpath("words.toml").read_text(encoding="utf-8")
        return Words(tomllib.loads(text))

    def file(self, table: str, name: str) -> float:
        """Say how surely a file's name speaks of a table."""
        mine = parts(name.split(".")[0])
        if "".join(mine) == "".join(parts(table)):
            return OWN_NAME
        for index, word in enumerate(self.content["files"].get(table, [])):
            inside = parts(word)
            if any(mine[start : start + len(inside)] == inside for start in range(len(mine))):
                return SAME - index * STEP
        return 0.0

    def speaks_of(self, name: str) -> list[str]:
        """List the tables that a file's name speaks of."""
        return [table for table in self.content["files"] if self.file(table, name)]

    def column(self, table: str, column: str, name: str) -> float:
        """Say how surely a company's column is one of ours."""
        if name == column:
            return OWN_NAME
        words = self.content["ids"].get(column) or self.content["columns"].get(table, {}).get(column, [])
        return likeness(name, words, NEUTRAL | self._about(table))

    def values(self, table: str, column: str) -> list[str]:
        """List what some values of a column must hold; empty: anything."""
        return list(self.content["values"].get(f"{table}.{column}", []))

    def meaning(self, what: str) -> list[str]:
        """List the names of a special meaning."""
        found = self.content["meanings"][what]
        return [found] if isinstance(found, str) else list(found)

    def _about(self, table: str) -> frozenset[str]:
        return frozenset(part for word in self.content["files"].get(table, []) for part in parts(word))
