"""Named things, each registered where it stands; a wrong name is answered with the right one."""

import difflib
from collections.abc import Iterable
from typing import TypeVar

from churnrisk.errors import UnknownNameError

T = TypeVar("T")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or list them all.

    Examples
    --------
    >>> did_you_mean("usge", ["usage", "invoices"])
    "Did you mean 'usage'?"
    >>> did_you_mean("zzz", ["usage", "invoices"])
    'Known: invoices, usage.'
    """
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."


class Catalog(dict[str, T]):
    """A dictionary of named things of one kind; a missing name raises a helpful error.

    Parameters
    ----------
    kind
        What the things are, in one word of the glossary.

    Raises
    ------
    UnknownNameError
        When a name is looked up that is not there, or added twice.

    Examples
    --------
    >>> signals = Catalog("signal")
    >>> signals.add("usage_count_28d", 1)
    >>> signals["usage_cuont_28d"]
    Traceback (most recent call last):
    ...
    churnrisk.errors.UnknownNameError: There is no signal named 'usage_cuont_28d'. Did you mean 'usage_count_28d'?
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def add(self, name: str, thing: T) -> None:
        """Register one thing under its own name."""
        if name in self:
            raise UnknownNameError(f"There are two {self.kind}s named {name!r}. Give one another name.")
        self[name] = thing

    def __missing__(self, name: str) -> T:
        raise UnknownNameError(f"There is no {self.kind} named {name!r}. {did_you_mean(name, self)}")
