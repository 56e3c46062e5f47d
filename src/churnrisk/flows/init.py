"""A first TOML for a folder of files: what could be matched, every default, and what could not be matched."""

import math
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from churnrisk.errors import ChurnRiskError, SettingsError
from churnrisk.features.build import SIGNALS
from churnrisk.features.prepare import PREPARED
from churnrisk.presence.gaps import activity_gaps
from churnrisk.settings import PipelineSettings, TableSource
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import FileSource
from churnrisk.sources.propose.lines import written_table
from churnrisk.sources.propose.look import look_at_folder
from churnrisk.sources.propose.names import Words
from churnrisk.sources.propose.sheet import Sheet
from churnrisk.sources.propose.tables import Found, find_tables
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.tables.read import read_tables

#: Days of silence to choose from.
SILENCES = (30, 60, 90, 120, 180)
USUAL = 90


@dataclass(frozen=True)
class InitResult:
    """What was proposed.

    Parameters
    ----------
    file
        The TOML.
    tables
        Table = its file and the columns that were mapped.
    lacking
        Tables without a file.
    unmatched
        File = why it is no table.
    notes
        What was decided and why.
    choices
        What someone must decide before ``check`` can read the tables.
    """

    file: Path
    tables: dict[str, tuple[str, dict[str, str]]]
    lacking: list[str]
    unmatched: dict[str, str]
    churn: dict[str, object]
    notes: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 when ``check`` can read the tables as they are mapped, 3 when someone must decide something first."""
        return 3 if self.choices else 0


def run(folder: Path, to: Path | None, today: date) -> InitResult:
    """Look at a folder and write a commented TOML that maps its files.

    Parameters
    ----------
    to
        The TOML to write; by default the folder's name, in ``pipelines/`` where that is.
    today
        The run's own day.

    Raises
    ------
    SettingsError
        When the TOML is there already.
    SourceError
        When the folder holds no file that could be read.
    """
    file = to or _default_file(folder)
    if file.exists():
        raise SettingsError(f"{file} is there already, and is left as it is. Name another file: --to other.toml")
    engine = Engine()
    source = FileSource(folder, engine)
    try:
        looks, unread = look_at_folder(source)
        found = find_tables(looks, CONTRACTS, engine)
        written = {name: written_table(one, _opens(name), engine) for name, one in found.tables.items()}
        found.unmatched.update(unread)
        sheet = Sheet(file, folder, found, written, _kept_out(source, found), CONTRACTS)
        churn, notes = _churn(sheet, engine, today)
    finally:
        source.close()
        engine.close()
    text = sheet.text(churn)
    _settings(text, file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return _result(sheet, churn, notes)


def _default_file(folder: Path) -> Path:
    name = f"{folder.resolve().name or 'pipeline'}.toml"
    return Path("pipelines") / name if Path("pipelines").is_dir() else Path(name)


def _opens(table: str) -> dict[str, list[str]]:
    """Find the signals that each column of a table switches on."""
    made = PREPARED.get(table, {})
    opens: dict[str, list[str]] = {}
    for one in SIGNALS.values():
        if one.table == table:
            for need in one.needs:
                opens.setdefault(made.get(need, need), []).append(one.name)
    return opens


def _kept_out(source: FileSource, found: Found) -> dict[str, Path]:
    """Find files that bear a table's name and do not fill it: they would be read unasked."""
    named = {name: source.named(name) for name in CONTRACTS if name not in found.tables}
    return {name: paths[0] for name, paths in named.items() if paths}


def _churn(sheet: Sheet, engine: Engine, today: date) -> tuple[dict[str, object], list[str]]:
    """Choose the kind of churn that the tables can carry."""
    tables = sheet.found.tables
    if "subscriptions" in tables:
        notices = [name for name in Words.known().meaning("notice") if name in tables["subscriptions"].match.columns]
        return {"kind": "contract", **({"day": "notice"} if notices else {})}, []
    if "churn_events" in tables:
        return {"kind": "recorded"}, []
    days, note = _silence(sheet, engine, today) if "usage" in tables else (USUAL, "")
    return {"kind": "inactivity", "horizon": days, "inactive_days": days}, [note] if note else []


def _silence(sheet: Sheet, engine: Engine, today: date) -> tuple[int, str]:
    """Choose the days of silence that few pauses between two activities exceed."""
    settings = _settings(sheet.text({"kind": "inactivity", "horizon": USUAL}), sheet.file)
    others = {name: TableSource(file=[]) for name in CONTRACTS if name != "usage"}
    only = {**others, "usage": settings.source.tables["usage"]}
    settings = settings.model_copy(update={"source": settings.source.model_copy(update={"tables": only})})
    try:
        gap = float(engine.rows(activity_gaps(read_tables(settings, engine, today), settings.churn)).iloc[0]["p95"])
    except ChurnRiskError:
        return (
            USUAL,
            f"inactive_days is {USUAL}: the pauses between activities cannot be measured before check can read.",
        )
    if math.isnan(gap):
        return USUAL, f"inactive_days is {USUAL}: nobody was active on two days."
    days = next((days for days in SILENCES if gap <= days), SILENCES[-1])
    return days, f"inactive_days is {days}: 95 % of the pauses between two active days last at most {gap:.0f} days."


def _settings(text: str, file: Path) -> PipelineSettings:
    return PipelineSettings.model_validate({"name": file.stem, **tomllib.loads(text), "file": file.resolve()})


def _result(sheet: Sheet, churn: dict[str, object], notes: list[str]) -> InitResult:
    choices = [choice for one in sheet.written.values() for choice in one.choices]
    if not {"subscriptions", "usage", "churn_events"} & set(sheet.found.tables):
        choices.append(
            "no file is subscriptions, usage or churn_events, and churn stands on one of them: map it by hand."
        )
    return InitResult(
        sheet.file,
        {
            name: (", ".join(file.label for file in one.files), one.match.columns)
            for name, one in sheet.found.tables.items()
        },
        [name for name in CONTRACTS if name not in sheet.found.tables],
        sheet.found.unmatched,
        churn,
        [*notes, *(note for one in sheet.written.values() for note in one.notes)],
        choices,
    )
