"""What a run tells of itself line by line: plain lines with times, or one JSON object a line."""

import logging
import os
import sys
import time
from typing import Any, TextIO

LOGGER = logging.getLogger("churnrisk")
LOGGER.addHandler(logging.NullHandler())
#: What every line carries: the pipeline, and the run once it has a name.
_ABOUT: dict[str, Any] = {}
_KIND: list[str] = []


def configure(kind: str | None = None, **about: str) -> None:
    """Set how a run logs on stderr; where nothing was chosen, plain lines, and nothing on a terminal.

    Parameters
    ----------
    kind
        ``plain`` or ``json``.
    about
        What every line carries, as ``pipeline``.
    """
    forget()
    _ABOUT.update(about)
    LOGGER.propagate = False
    if kind is None and sys.stderr.isatty():
        LOGGER.setLevel(logging.CRITICAL)
        return
    _KIND.append(kind or "plain")
    lines = _Lines()
    lines.setFormatter(_json_form() if kind == "json" else _PlainForm())
    LOGGER.addHandler(lines)
    LOGGER.setLevel(logging.INFO)
    _others_too(lines)


def forget() -> None:
    """Log no more."""
    _KIND.clear()
    _ABOUT.clear()
    logging.captureWarnings(False)
    for logger in (LOGGER, logging.getLogger()):
        for handler in [one for one in logger.handlers if isinstance(one, _Lines)]:
            logger.removeHandler(handler)


def kind() -> str | None:
    """Say how this run logs; None where it does not."""
    return _KIND[0] if _KIND else None


def about(**facts: str) -> None:
    """Let every further line carry these facts, as ``run``."""
    _ABOUT.update(facts)


def tell(event: str, message: str = "", *, level: int = logging.INFO, **facts: Any) -> None:
    """Log one line: an event, its facts, and a sentence where one helps."""
    LOGGER.log(level, message, extra={"told": {"event": event, **facts}})


def one_line(text: str) -> str:
    r"""Write a text so that it can neither begin a line nor turn one round: what cannot be seen is written out.

    Examples
    --------
    >>> print(one_line("Acme\n2025-06-01T02:30:00Z info done"))
    Acme\n2025-06-01T02:30:00Z info done
    >>> print(one_line("a\u202eb\x1b[2Jc\u2028d"))
    a\u202eb\x1b[2Jc\u2028d
    >>> one_line("Müller & Söhne 東京")
    'Müller & Söhne 東京'
    """
    return "".join(mark if mark.isprintable() else _written_out(mark) for mark in text)


def _written_out(mark: str) -> str:
    return mark.encode("unicode_escape").decode("ascii")


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """Give what a line tells; lines of other packages are events of their own."""
    return dict(getattr(record, "told", None) or {"event": "log", "logger": record.name})


def _instant(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03}Z"


class _Lines(logging.StreamHandler[TextIO]):
    """Lines on whatever stderr is when they are written."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _PlainForm(logging.Formatter):
    """One line a record: time, level, event, facts as name=value, the sentence."""

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        words = [_instant(record), record.levelname.lower(), str(facts.pop("event"))]
        words += [f"{name}={_short(value)}" for name, value in facts.items()]
        message = record.getMessage()
        return one_line(" ".join([*words, message] if message else words))


def _short(value: Any) -> str:
    """Write a fact in one word; a text with spaces stands in quotes."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text and not set(text) & {" ", '"', "="} else '"' + text.replace('"', '\\"') + '"'


def _json_form() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class Form(JsonFormatter):
        """One JSON object a line, in ASCII: no text can begin a line of its own."""

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            return log_data

        def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: Any) -> None:
            log_data |= {"time": _instant(record), "level": record.levelname.lower(), **_ABOUT, **_facts(record)}
            if message := record.getMessage():
                log_data["message"] = message

    return Form(json_ensure_ascii=True)


def _others_too(lines: logging.Handler) -> None:
    """Let warnings and what other packages log be lines of the same form."""
    os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
    logging.captureWarnings(True)
    logging.getLogger().addHandler(lines)
