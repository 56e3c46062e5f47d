"""One mutated input: made from a number, scored in this process, and judged."""

import copy
import gc
import re
import shutil
import signal
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from churnrisk.errors import ChurnRiskError
from churnrisk.flows import promote, score, train
from churnrisk.flows.asked import Asked
from churnrisk.monitoring.refusals import CODES
from churnrisk.settings import load_settings
from tests.fuzz import accounting
from tests.fuzz.companies import KINDS, NOW, TAUGHT, Frames, Kind, own_tables, write
from tests.fuzz.mutations import BYTES, MUTATIONS
from tests.fuzz.toml_text import TOML

#: A night of two hundred customers that takes longer hangs.
SECONDS = 90
#: Words of ours, or of what we build on, that nobody typed.
OURS = re.compile(
    r"Traceback|our_\w+|churnrisk_(?!out)\w+|\bc[0-9]{1,2}\b|0x[0-9a-f]{6,}|NoneType|\bibis\b|sqlglot|pydantic|"
    r"<class|<function|<object|\b(Key|Type|Value|Attribute|Index|Assertion|Runtime|Recursion|Overflow)Error\b|"
    r"Catalog Error|Binder Error|Parser Error|ArrowInvalid|source_[0-9a-f]{8}|PhysicalOperator|INTERNAL|\bdtype\b"
)


@dataclass(frozen=True)
class Outcome:
    """What came of one mutated input.

    Parameters
    ----------
    what
        ``sound``, ``refused``, or why it failed.
    told
        The refusal's words, or the fault's traceback.
    """

    seed: int
    kind: str
    mutations: tuple[str, ...]
    what: str
    told: str = ""

    @property
    def failed(self) -> bool:
        """Whether the night was neither sound nor refused."""
        return self.what not in ("sound", "refused")


class Slow(Exception):  # noqa: N818  no fault of the night's
    """A night took too long."""


def seldom_collect() -> None:
    """Look for garbage seldom: a fifth of a night goes into looking, as queries are put together from small parts."""
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def learn(home: Path) -> None:
    """Train one model for each definition of churn; all nights then use these."""
    seldom_collect()
    for model in {kind.model: kind for kind in reversed(KINDS.values())}.values():
        folder = home / "taught" / model.model
        write(own_tables(model, TAUGHT, seed=0), model, folder)
        file = home / f"{model.model}.toml"
        file.write_text(model.text("out", f"taught/{model.model}"), encoding="utf-8")
        settings = load_settings(file)
        if not train.run(settings, NOW).released:
            promote.run(settings, NOW, version=1, who="fuzz", why="any model will do")


@dataclass
class Case:
    """One mutated input on its way.

    Parameters
    ----------
    home
        Where the models are.
    """

    home: Path
    seed: int
    asked: Asked = field(init=False)
    kind: Kind = field(init=False)
    random: np.random.Generator = field(init=False, repr=False)
    mutations: list[str] = field(default_factory=list)
    frames: Frames = field(default_factory=dict, repr=False)
    exact: bool = True

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        codes = frozenset(CODES) if self.random.random() < 0.7 else frozenset()
        self.asked = Asked(replace=True, allow=codes)
        self.kind = KINDS[str(self.random.choice(list(KINDS), p=WEIGHTS))]

    def make(self, folder: Path) -> Path:
        """Write the mutated tables and the TOML, and give the path of the latter."""
        self.frames = copy.copy(_clean(self.kind))
        way = float(self.random.random())
        text = self.kind.text("out")
        if way < 0.15:
            text = self._toml(text)
        elif way < 0.85:
            self._rows()
        write(self.frames, self.kind, folder / "data")
        if way >= 0.85:
            self._bytes(folder / "data")
        file = folder / "pipeline.toml"
        file.write_text(text, encoding="utf-8")
        return file

    def _toml(self, text: str) -> str:
        for _ in range(int(self.random.choice([1, 1, 2]))):
            name = str(self.random.choice(list(TOML)))
            self.mutations.append(name)
            text = TOML[name](text, self.random)
        self.exact = False
        return text

    def _rows(self) -> None:
        for _ in range(int(self.random.choice([1, 1, 2, 3]))):
            table = str(self.random.choice(list(self.frames)))
            name = str(self.random.choice(list(MUTATIONS)))
            self.mutations.append(f"{name} {table}")
            with suppress(TypeError, ValueError, AttributeError):  # one that cannot follow another is left out
                if len(self.frames[table].columns):
                    self.frames[table] = MUTATIONS[name](self.frames[table], self.random)
        _writable(self.frames, self.kind)

    def _bytes(self, folder: Path) -> None:
        path = sorted(folder.iterdir())[int(self.random.integers(len(list(folder.iterdir()))))]
        name = str(self.random.choice(list(BYTES)))
        self.mutations.append(f"{name} {path.name}")
        path.write_bytes(BYTES[name](path.read_bytes(), self.random))
        self.frames.pop(path.stem, None)
        self.exact = False


WEIGHTS = np.array([{"flat": 2, "csv": 3, "parquet": 2}.get(name, 1) for name in KINDS], dtype=float)
WEIGHTS /= WEIGHTS.sum()
_CLEAN: dict[str, Frames] = {}


def _clean(kind: Kind) -> Frames:
    if kind.name not in _CLEAN:
        _CLEAN[kind.name] = own_tables(kind)
    return _CLEAN[kind.name]


def _writable(frames: Frames, kind: Kind) -> None:
    """Bring what a form cannot hold into one that it can: a workbook has no zones, Parquet no mixed columns."""
    for name, frame in frames.items():
        if kind.form in ("parquet", "duckdb"):
            frames[name] = _of_one_kind(frame)
        elif kind.form == "xlsx":
            frames[name] = frame.map(_in_a_cell)
        else:
            frames[name] = frame.map(lambda cell: str(cell) if isinstance(cell, bytes | list) else cell)


def _of_one_kind(frame: pd.DataFrame) -> pd.DataFrame:
    names: list[str] = []
    columns = []
    for place, name in enumerate(frame.columns):
        if str(name).lower() in [one.lower() for one in names]:
            continue
        column = frame.iloc[:, place]
        if column.dtype == object and {type(cell) for cell in column.dropna()} - {bytes, list}:
            column = column.map(lambda cell: None if cell is None or cell is pd.NaT or cell != cell else str(cell))
        names.append(str(name))
        columns.append(column)
    made = pd.concat(columns, axis=1) if columns else frame
    return made.set_axis(names, axis=1)


def _in_a_cell(cell: object) -> object:
    if isinstance(cell, bytes | list):
        return str(cell)
    if isinstance(cell, pd.Timestamp) and (cell.tzinfo is not None or not 1900 < cell.year < 9999):
        return str(cell)
    if isinstance(cell, str):
        return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell)[:30_000]
    return cell


def judged(home: Path, seed: int, scratch: Path) -> Outcome:
    """Make one case, run its night, and say what came of it."""
    case = Case(home, seed)
    folder = scratch / f"case-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "out" / "mlflow").symlink_to(home / "out" / "mlflow")

    def outcome(what: str, told: str = "") -> Outcome:
        return Outcome(seed, case.kind.name, tuple(case.mutations), what, told)

    try:
        file = case.make(folder)
        with _at_most(SECONDS):
            what, told = _night(case, file)
        return outcome(what, told)
    except Slow:
        return outcome("it takes too long", traceback.format_exc())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def quietly_judged(home: Path, seed: int) -> Outcome:
    """Judge one case in a process that does nothing else."""
    warnings.simplefilter("ignore")
    if gc.get_freeze_count() == 0:
        seldom_collect()
    return judged(home, seed, home / "cases")


def _night(case: Case, file: Path) -> tuple[str, str]:
    try:
        settings = load_settings(file)
        result = score.run(settings, NOW, case.asked)
    except ChurnRiskError as fault:
        return _refusal(str(fault), file)
    except Slow:
        raise
    except Exception as fault:
        return f"{type(fault).__name__}: {str(fault)[:200]}", traceback.format_exc()
    try:
        _sound(case, result, settings)
    except accounting.Unsound as fault:
        return f"unsound: {fault}", ""
    except Exception as fault:
        return f"judging: {type(fault).__name__}: {fault}", traceback.format_exc()
    return "sound", ""


def _sound(case: Case, result: score.ScoreResult, settings: object) -> None:
    import json

    people = accounting.check_night(result.folder, result.cutoff)
    if case.exact:
        run = json.loads((result.folder / "run.json").read_text(encoding="utf-8"))
        rejected = settings.out_folder / "rejected"  # type: ignore[attr-defined]
        frames = {name: frame for name, frame in case.frames.items() if name != "Tarife"}
        accounting.check_everyone(frames, case.kind, people, result.cutoff, rejected, run)


def _refusal(told: str, file: Path) -> tuple[str, str]:
    """Judge the words of a refusal: they name a place, and nothing that nobody typed."""
    shown = told.replace(str(file.parent), "")
    if found := OURS.search(shown):
        return f"the refusal says {found[0]!r}", told
    names = ("csv", "parquet", "xlsx", "duckdb", "toml", "[source", "source.", "cutoff", "list.", "[nightly]")
    names += (
        "signals",
        "does not match the contract",
    )
    if not any(name in shown for name in names):
        return "the refusal names no place", told
    if len(told) > 4000:
        return "the refusal is too long", told
    return "refused", told


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """End what hangs."""

    def late(_number: int, _frame: object) -> None:
        raise Slow

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
