"""Settings as the lines of a TOML that explains itself: what is set, and every default as a comment."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath

from pydantic.fields import FieldInfo

from churnrisk.settings.base import Settings

WIDTH = 110
_BARE = re.compile(r"[A-Za-z0-9_-]+")

#: What can stand behind an equals sign.
Value = str | int | float | bool | date | PurePath | Sequence["Value"] | Mapping[str, "Value"]


def toml_value(value: object) -> str:
    r"""Write a value as TOML writes it.

    Examples
    --------
    >>> toml_value({"due_at": "Due Date", "paid": ["a", 1.5, True]})
    '{ due_at = "Due Date", paid = ["a", 1.5, true] }'
    >>> toml_value('"Customer ID" IS NOT NULL')
    '\'"Customer ID" IS NOT NULL\''
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Settings):
        return toml_value(value.model_dump(exclude_defaults=True))
    if isinstance(value, Mapping):
        inside = ", ".join(f"{toml_key(str(name))} = {toml_value(one)}" for name, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(one) for one in value)}]"
    text = str(value)
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def toml_key(name: str) -> str:
    """Write a key as TOML writes it.

    Examples
    --------
    >>> toml_key("due_at"), toml_key("Due Date")
    ('due_at', '"Due Date"')
    """
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007F")


def comment(text: str, indent: str = "") -> list[str]:
    """Break a text into lines of comment.

    Examples
    --------
    >>> comment("Which rows belong to the table.")
    ['# Which rows belong to the table.']
    """
    return textwrap.wrap(one_line(text), WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ") or [
        "#"
    ]


def one_line(text: str) -> str:
    r"""Take out of a text what may not stand in a comment.

    Examples
    --------
    >>> one_line("first\nsecond")
    'first second'
    """
    return "".join(mark if mark.isprintable() else " " for mark in text)


def section(
    name: str, settings: type[Settings], values: Mapping[str, object] | None = None, skip: Sequence[str] = ()
) -> list[str]:
    """Write one section: its meaning, what is set, and every other key with its default as a comment.

    Parameters
    ----------
    values
        What is set; it stands without the mark of a comment.
    skip
        Keys that are written elsewhere.

    Examples
    --------
    >>> from churnrisk.settings import BacktestSettings
    >>> for line in section("backtest", BacktestSettings, skip=["capacity"]):
    ...     print(line)
    [backtest]  # How history is replayed.
    # cutoffs = 6  # The newest so many labelled cutoffs are replayed.
    """
    return [f"[{name}]  # {summary(settings)}", *keys(settings, values, skip)]


def keys(settings: type[Settings], values: Mapping[str, object] | None = None, skip: Sequence[str] = ()) -> list[str]:
    """Write the keys of one section, each with its meaning."""
    values = values or {}
    lines = []
    for name, field in settings.model_fields.items():
        if name not in skip:
            lines += _key(name, field, values)
    return lines


def summary(settings: type[Settings]) -> str:
    """Give the one-line meaning of a group of settings."""
    return (settings.__doc__ or "").strip().splitlines()[0]


def meaning(field: FieldInfo) -> str:
    """Give the one-line meaning of a key."""
    return " ".join((field.description or "").split())


def _key(name: str, field: FieldInfo, values: Mapping[str, object]) -> list[str]:
    doc = meaning(field)
    if name in values:
        return _line(f"{toml_key(name)} = {toml_value(values[name])}", doc)
    default = field.get_default(call_default_factory=True)
    if field.is_required() or default is None:
        return comment(f"{name} is not set. {doc}")
    return _line(f"# {toml_key(name)} = {toml_value(default)}", doc)


def _line(setting: str, doc: str) -> list[str]:
    """Put the meaning behind a setting, or above it where the line would be too long."""
    whole = f"{setting}  # {doc}"
    return [whole] if len(whole) <= WIDTH + 8 or not doc else [*comment(doc), setting]
