"""What the team filled into its lists comes back as offers: who was contacted, when, with what, and what came of it.

A filled list is a ``today`` file, as it was written or as a spreadsheet saved it. Bad rows are set aside with their
reasons and never end a night; they count in the report of ``offers``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.errors import SettingsError, SourceError
from churnrisk.settings import PipelineSettings, TeamSettings
from churnrisk.settings.paths import expand
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import fingerprint
from churnrisk.sources.filled import moment, read_filled
from churnrisk.sources.raw import FILE, LINE
from churnrisk.timeline import DAY, midnight, zone

#: What a filled list must hold, and what a contact is called whose action is not there.
NEEDED, CONTACT = ("customer_id", "contacted_at"), "contact"
OURS = ("accepted", "declined", "reached", "not reached")
UNKNOWN = "customer_id: no such customer; a spreadsheet may have changed the id, fill the XLSX instead"
#: With what a finding begins that a person should look at.
TROUBLE = "feedback: "
#: Columns of a contact.
COLUMNS = ("customer_id", "offered_at", "measure", "accepted_at", LINE, FILE)
#: Columns of the rows set aside.
ASIDE = ("reason", LINE, FILE, "customer_id", "action", "contacted_at", "outcome")


@dataclass(frozen=True)
class Feedback:
    """What the filled lists hold.

    Parameters
    ----------
    contacts
        ``customer_id, offered_at, measure, accepted_at``, ``line`` and ``file``; one row a contact.
    aside
        Rows set aside: reason, line, file, and what stood in them.
    read
        Rows in the files. Always ``read = len(contacts) + left_out + folded + len(aside)``, but for files that could
        not be read as a whole: these stand in ``aside`` with line 0, and ``unreadable`` counts them.
    left_out
        Rows that are no contact: nothing was filled in, or the customer was not reached.
    folded
        Contacts that another row tells, too.
    words
        Outcomes that nobody explained = how often.
    """

    contacts: pd.DataFrame
    aside: pd.DataFrame
    files: tuple[Path, ...] = ()
    read: int = 0
    left_out: int = 0
    folded: int = 0
    unreadable: int = 0
    words: dict[str, int] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the files' bytes."""
        return fingerprint(self.files)

    @property
    def findings(self) -> list[str]:
        """What someone should know, each a sentence."""
        names = f"{len(self.files)} filled {'list' if len(self.files) == 1 else 'lists'}"
        found = [f"{len(self.contacts):,} contacts from {names} of the team."]
        for reason, rows in self.aside["reason"].value_counts().items():
            found.append(f"{TROUBLE}{rows:,} {'row' if rows == 1 else 'rows'} set aside ({reason}).")
        for word, rows in self.words.items():
            count = f"{rows:,} {'row' if rows == 1 else 'rows'}"
            found.append(
                f"{TROUBLE}the outcome {word!r} stands in {count} and means nothing yet; they count as contacts, "
                "not as accepted. Say what it means in [team] outcomes."
            )
        return found


def troubles(findings: Iterable[str]) -> list[str]:
    """Take those of a table's findings that speak of filled lists and ask somebody to look.

    Examples
    --------
    >>> troubles(["2 contacts from 1 filled list of the team.", "feedback: 1 row set aside (customer_id: empty)."])
    ['feedback: 1 row set aside (customer_id: empty).']
    """
    return [one for one in findings if one.startswith(TROUBLE)]


def feedback_folder(settings: PipelineSettings) -> Path | None:
    """Find the folder of filled lists; None where the team gives none.

    Raises
    ------
    SettingsError
        When the folder is not there.
    """
    if settings.team.feedback is None:
        return None
    folder = (settings.folder / expand(settings.team.feedback)).resolve()
    if not folder.is_dir():
        raise SettingsError(
            f"team.feedback: there is no folder {settings.team.feedback} beside {settings.file.name}. "
            "Make it, or mount it; contacts in it would be missed."
        )
    return folder


def read_feedback(folder: Path, team: TeamSettings, timezone: str, today: date) -> Feedback:
    """Read every filled list in a folder, as far as it can be read.

    Parameters
    ----------
    timezone
        The zone of times in the lists.
    today
        The run's own day; a contact after the next day is set aside.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    reading = _Reading(team, timezone, today)
    for path in paths:
        reading.file(path)
    contacts, folded = _once(pd.DataFrame(reading.contacts, columns=list(COLUMNS)))
    aside = pd.DataFrame(reading.aside, columns=list(ASIDE))
    return Feedback(
        contacts, aside, tuple(paths), reading.read, reading.left_out, folded, reading.unreadable, reading.words
    )


class _Reading:
    """Goes through the rows of filled lists, one by one."""

    def __init__(self, team: TeamSettings, timezone: str, today: date) -> None:
        self.means = {**{word: word for word in OURS}, **{_word(word): what for word, what in team.outcomes.items()}}
        self.day_first = team.day_first
        self.zone = zone(timezone)
        self.limit = midnight(today + DAY + DAY)
        self.contacts: list[tuple[str, datetime, str, datetime | None, int, str]] = []
        self.aside: list[tuple[object, ...]] = []
        self.words: dict[str, int] = {}
        self.read = self.left_out = self.unreadable = 0

    def file(self, path: Path) -> None:
        """Read one list."""
        try:
            header, rows = read_filled(path)
            missing = [name for name in NEEDED if name not in header]
            if missing:
                raise SourceError(
                    f"{path.name} has no column {' and no column '.join(missing)}. It is no filled list."
                )
        except SourceError as fault:
            self.unreadable += 1
            self.aside.append((str(fault), 0, path.name, *[None] * 4))
            return
        places = {
            name: header.index(name)
            for name in ("customer_id", "action", "contacted_at", "outcome")
            if name in header
        }
        for line, row in enumerate(rows, start=2):
            self.read += 1
            self._row({name: row[place] for name, place in places.items()}, line, path.name)

    def _row(self, row: Mapping[str, object], line: int, file: str) -> None:
        customer, outcome = _cell(row["customer_id"]), _cell(row.get("outcome"))
        when = moment(row["contacted_at"], self.zone, self.day_first)
        meant = self.means.get(_word(outcome))
        if (when is None and not outcome) or meant == "not reached":
            self.left_out += 1
            return
        reason = self._why_not(customer, when)
        if reason is not None or not isinstance(when, datetime):
            told = [_cell(row.get(name)) or None for name in ("action", "contacted_at", "outcome")]
            self.aside.append((reason, line, file, customer or None, *told))
            return
        if outcome and meant is None:
            self.words[outcome] = self.words.get(outcome, 0) + 1
        action = _cell(row.get("action")) or CONTACT
        self.contacts.append((customer, when, action, when if meant == "accepted" else None, line, file))

    def _why_not(self, customer: str, when: datetime | str | None) -> str | None:
        if not customer:
            return "customer_id: empty"
        if when is None:
            return "contacted_at: empty beside an outcome"
        if isinstance(when, str):
            return f"contacted_at: {when}"
        return "contacted_at: after the run's own day" if when >= self.limit else None


def _cell(value: object) -> str:
    """Give a cell as text; a whole number without its zeros."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _word(outcome: str) -> str:
    return re.sub(r"[\s_-]+", " ", outcome).strip().casefold()


def _once(contacts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Count a contact once that several rows tell: same customer, day and action; one that was accepted stays."""
    contacts = contacts.astype(dict.fromkeys(("offered_at", "accepted_at"), "datetime64[us]"))
    order = contacts.assign(day=contacts["offered_at"].dt.normalize(), open=contacts["accepted_at"].isna())
    order = order.sort_values(["customer_id", "day", "measure", "open", "offered_at"], kind="stable")
    kept = order.drop_duplicates(["customer_id", "day", "measure"])[list(contacts.columns)].reset_index(drop=True)
    return kept, len(contacts) - len(kept)


def with_known_only(found: Feedback, seen: Iterable[ir.Table], engine: Engine) -> Feedback:
    """Set contacts of customers aside who stand in no table."""
    ids = pd.DataFrame({"customer_id": found.contacts["customer_id"].drop_duplicates().astype("object")})
    known: set[str] = set()
    if len(ids):
        asked = ibis.memtable(ids, schema={"customer_id": "string"})
        for table in seen:
            known |= set(engine.rows(asked.semi_join(table, "customer_id"))["customer_id"])
    there = found.contacts["customer_id"].isin(known)
    rows = [
        (UNKNOWN, row.line, row.file, row.customer_id, row.measure, str(row.offered_at), None)
        for row in found.contacts[~there].itertuples()
    ]
    aside = pd.DataFrame([*found.aside.itertuples(index=False, name=None), *rows], columns=list(ASIDE))
    return replace(found, contacts=found.contacts[there].reset_index(drop=True), aside=aside)
