"""Paths as a TOML writes them."""

import os
import re
from pathlib import Path

from churnrisk.errors import SettingsError

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
