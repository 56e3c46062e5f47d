"""What was sent already, so that nothing is sent twice."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from churnrisk.errors import DeliveryError


@dataclass(frozen=True)
class Outbox:
    """Keys of messages by where they went, in one small file.

    Parameters
    ----------
    path
        The file; it is made by the first message.

    Examples
    --------
    >>> import tempfile
    >>> outbox = Outbox(Path(tempfile.mkdtemp()) / "sent.json")
    >>> outbox.add("email", ["a", "b"])
    >>> outbox.new("email", ["b", "c"]), outbox.new("webhook", ["b"])
    (['c'], ['b'])
    """

    path: Path

    def new(self, where: str, keys: Iterable[str]) -> list[str]:
        """Give the keys that were not sent there before."""
        known = set(self._read().get(where, []))
        return [key for key in dict.fromkeys(keys) if key not in known]

    def add(self, where: str, keys: Iterable[str], *, instead_of: Iterable[str] = ()) -> None:
        """Write down what was sent, and where.

        Parameters
        ----------
        instead_of
            Keys that are no longer needed, such as those of the parts of a message that is now sent as a whole.
        """
        sent = self._read()
        sent[where] = sorted({*sent.get(where, []), *keys} - set(instead_of))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f".{self.path.name}.unfinished")
        fresh.write_text(json.dumps(sent, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        fresh.replace(self.path)

    def _read(self) -> dict[str, list[str]]:
        if not self.path.is_file():
            return {}
        try:
            return {
                str(where): list(keys) for where, keys in json.loads(self.path.read_text(encoding="utf-8")).items()
            }
        except (ValueError, AttributeError, TypeError):
            raise DeliveryError(
                f"Expected {self.path.name} to hold what was sent, and it cannot be read. Remove it: what is due is "
                "then sent once more."
            ) from None
