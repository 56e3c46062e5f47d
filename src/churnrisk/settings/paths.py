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
    return Path(filled(path, f"The path {path!r}")).expanduser()


def filled(text: str, what: str) -> str:
    """Replace ``${NAME}`` and ``${NAME:-default}`` in a text by what the environment holds.

    Parameters
    ----------
    what
        What the text is, as an error names it: the text itself may hold a secret.

    Raises
    ------
    SettingsError
        When a variable is not set and has no default.

    Examples
    --------
    >>> filled("https://${NO_SUCH_VARIABLE:-localhost}/alerts", "The url")
    'https://localhost/alerts'
    """

    def value(found: re.Match[str]) -> str:
        told = os.environ.get(found["name"]) or found["default"]
        if told is None:
            raise SettingsError(
                f"{what} names the variable {found['name']}, which is not set. "
                f"Set it, or give a default: ${{{found['name']}:-…}}."
            )
        return told

    return _VARIABLE.sub(value, text)
