"""Reading a pipeline's TOML: all faults at once, in the user's own words."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_origin

from pydantic import BaseModel, ValidationError

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.settings.flat import KINDS, FlatSource
from churnrisk.settings.model import PipelineSettings
from churnrisk.settings.source import SourceSettings


def load_settings(file: Path | str) -> PipelineSettings:
    """Read and check one pipeline's TOML.

    Raises
    ------
    SettingsError
        With every fault of the file, each with its place and remedy.

    Examples
    --------
    >>> load_settings("no/such.toml")
    Traceback (most recent call last):
    ...
    churnrisk.errors.SettingsError: There is no file no/such.toml. Write one with: churnrisk init FOLDER
    """
    file = Path(file)
    if not file.is_file():
        raise SettingsError(f"There is no file {file}. Write one with: churnrisk init FOLDER")
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file} is not a TOML file: {fault}. Mend that line.") from fault
    content.setdefault("name", file.stem)
    content["file"] = file.resolve()
    try:
        return PipelineSettings.model_validate(content)
    except ValidationError as fault:
        faults = _sentences(fault.errors())
        plural = "finding" if len(faults) == 1 else "findings"
        lines = "\n".join(f"  {line}" for line in faults)
        raise SettingsError(f"{file} cannot be used ({len(faults)} {plural}):\n{lines}") from fault


def _sentences(errors: Sequence[Any]) -> list[str]:
    """Say each fault once: what a key of several kinds could have been stands in one sentence."""
    found: dict[str, tuple[list[str], str]] = {}
    for error in errors:
        place, message, came = _fault(error)
        found.setdefault(place, ([], came))[0].append(message)
    return [f"{place}: {', or '.join(messages)}{came}" for place, (messages, came) in found.items()]


def _fault(error: Any) -> tuple[str, str, str]:
    """Give where it stands, what was expected, and what came."""
    steps = _place(error["loc"])
    place = ".".join(str(step) for step in steps) or "the file"
    if error["type"] == "extra_forbidden":
        flat = KINDS[1] in error["loc"]
        if steps[0] == "source" and len(steps) == 2 and not flat and steps[1] in FlatSource.model_fields:
            return place, 'there is no such key, unless one file holds all: kind = "flat".', ""
        return place, f"there is no such key. {did_you_mean(str(steps[-1]), _keys(steps[:-1], flat=flat))}", ""
    message = error["msg"].removeprefix("Value error, ").removesuffix(".")
    message = message[0].lower() + message[1:]
    if message.endswith("?") or isinstance(error["input"], dict):
        return place, message, "" if message.endswith("?") else "."
    return place, message, f". It is {error['input']!r}."


def _place(location: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave out of a location what names no key: kinds that a value could have had."""
    kind: type[BaseModel] = PipelineSettings
    steps: list[Any] = []
    several = False
    for step in location:
        if step == "[key]" or (several and isinstance(step, str) and _names_a_kind(step)):
            kind = FlatSource if step == KINDS[1] else kind
            continue
        field = kind.model_fields.get(str(step))
        if field is not None:
            kind = next(iter(_models(field.annotation)), kind)
            several = get_origin(field.annotation) in (Union, UnionType)
        steps.append(step)
    return tuple(steps)


def _names_a_kind(step: str) -> bool:
    return (
        step in ("str", "int", "float", "bool", "date", "a source of tables", "a flat source")
        or "[" in step
        or step.startswith("constrained-")
    )


def _keys(steps: tuple[Any, ...], *, flat: bool) -> list[str]:
    """List the keys that a place in the TOML knows; names of tables and numbers in lists lead no deeper."""
    kind: type[BaseModel] = PipelineSettings
    for step in steps:
        field = kind.model_fields.get(str(step))
        kind = next(iter(_models(field.annotation)), kind) if field is not None else kind
        kind = FlatSource if flat and kind is SourceSettings else kind
    return list(kind.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models(part)]


def with_threads(settings: PipelineSettings, threads: int | None) -> PipelineSettings:
    """Give the settings with another number of threads; None keeps them as they are."""
    if threads is None:
        return settings
    return settings.model_copy(update={"engine": settings.engine.model_copy(update={"threads": threads})})
