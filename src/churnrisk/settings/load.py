"""Reading a pipeline's TOML: all faults at once, in the user's own words."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.settings.model import PipelineSettings

_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(:-(?P<default>[^}]*))?\}")


def expand(path: str) -> Path:
    """Replace ``~``, ``${NAME}`` and ``${NAME:-default}`` in a path.

    Raises
    ------
    SettingsError
        When a variable is not set and has no default.

    Examples
    --------
    >>> expand("${NO_SUCH_VARIABLE:-data}/sample").as_posix()
    'data/sample'
    """

    def value(found: re.Match[str]) -> str:
        text = os.environ.get(found["name"]) or found["default"]
        if text is None:
            raise SettingsError(
                f"The path {path!r} names the variable {found['name']}, which is not set. "
                f"Set it, or give a default: ${{{found['name']}:-folder}}."
            )
        return text

    return Path(_VARIABLE.sub(value, path)).expanduser()


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
        faults = [_sentence(error) for error in fault.errors()]
        plural = "finding" if len(faults) == 1 else "findings"
        lines = "\n".join(f"  {line}" for line in faults)
        raise SettingsError(f"{file} cannot be used ({len(faults)} {plural}):\n{lines}") from fault


def _sentence(error: Any) -> str:
    place = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such key. {did_you_mean(str(error['loc'][-1]), _keys(error['loc'][:-1]))}"
    message = error["msg"].removeprefix("Value error, ")
    came = "" if isinstance(error["input"], dict) else f" It is {error['input']!r}."
    return f"{place or 'the file'}: {message[0].lower()}{message[1:]}.{came}"


def _keys(steps: tuple[Any, ...]) -> list[str]:
    """List the keys that a place in the TOML knows."""
    kind: Any = PipelineSettings
    for step in steps:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(step))
            if field is None:
                break
            kind = next((found for found in _models(field.annotation)), None) or field.annotation
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in getattr(annotation, "__args__", ()) for found in _models(part)]


def with_threads(settings: PipelineSettings, threads: int | None) -> PipelineSettings:
    """Give the settings with another number of threads; None keeps them as they are."""
    if threads is None:
        return settings
    return settings.model_copy(update={"engine": settings.engine.model_copy(update={"threads": threads})})
