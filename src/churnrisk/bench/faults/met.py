"""Runs that meet a fault: how they ended, what they said, and what stood afterwards."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from churnrisk.bench.faults.launcher import Ended, in_lines
from churnrisk.bench.faults.places import can_mount, cut, gone, locked_store, read_only, small_disk
from churnrisk.bench.faults.scene import Scene
from churnrisk.delivery.leftovers import leftover
from churnrisk.modeling.store import store_folder
from churnrisk.tables.contracts import CONTRACTS

#: Done; a fault; refused.
DONE, FAULT, REFUSED = 0, 1, 4
#: Nobody may wait longer for a store that another process holds.
LONGEST_SECONDS = 90.0


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong around a run.

    Parameters
    ----------
    make
        Gives the context in which it does.
    codes
        The exit codes that are right then.
    file
        The pipeline that is run; None for the scene's own.
    limits
        More for the process that runs it.
    """

    name: str
    make: Callable[[], AbstractContextManager[None]]
    codes: tuple[int, ...] = (FAULT,)
    file: Path | None = None
    limits: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Met:
    """What came of a run that met a fault.

    Parameters
    ----------
    wrong
        What should have been otherwise; nothing where all is well.
    said
        What the run told.
    """

    name: str
    code: int
    seconds: float
    said: str
    wrong: list[str] = field(default_factory=list)


def meet(scene: Scene, fault: Fault) -> Met:
    """Run a night while something goes wrong, and again after it was mended."""
    file = fault.file or scene.file
    scene.put_back()
    with fault.make():
        ended = scene.launcher.run("score", file, **fault.limits)
        wrong = [*_ended_wrong(ended, fault.codes), *_left_wrong(scene)]
    if not scene.out.is_dir() or not any(scene.out.iterdir()):
        scene.put_back()
    again = scene.launcher.run("score", file)
    if again.code != DONE:
        wrong.append(f"the next run ended {again.code}: {again.said.strip()}")
    wrong += [f"left behind: {name}" for name in scene.left_behind()]
    if fault.file is None:
        wrong += [f"differs: {name}" for name in scene.differs()]
    return Met(fault.name, ended.code, ended.seconds, ended.said.strip(), wrong)


def _ended_wrong(ended: Ended, codes: tuple[int, ...]) -> list[str]:
    wrong = [] if ended.code in codes else [f"ended {ended.code}, and should end {' or '.join(map(str, codes))}"]
    if ended.seconds > LONGEST_SECONDS:
        wrong.append(f"took {ended.seconds:.0f} s")
    if ended.code == DONE:
        return wrong
    lines = in_lines(ended.said)
    if "Traceback" in ended.said:
        wrong.append("showed a traceback")
    if not lines:
        wrong.append("said nothing")
    elif any("Unexpected:" in line for line in lines):
        wrong.append(f"did not say what to do: {lines[-1]}")
    return wrong


def _left_wrong(scene: Scene) -> list[str]:
    half = [path.name for path in scene.out.rglob("*") if leftover(path)]
    found = [f"half-written: {name}" for name in half] + scene.faults_of_the_list()
    return [*found, *([f"{scene.lock.name} was left"] if scene.lock.exists() else [])]


def faults(scene: Scene) -> tuple[list[Fault], list[str]]:
    """List what can go wrong here, and say what cannot be tried."""
    store = store_folder(scene.settings) / "mlflow.db"
    found = [Fault("MLflow's store is held", partial(locked_store, store))]
    for file in _broken(scene):
        found += _of_a_file(scene, file)
    found += _of_a_database(scene)
    found += [
        Fault(f"no file may grow beyond {room:,} bytes", nullcontext, limits={"largest": room})
        for room in (1_000, 4_000)
    ]
    if not can_mount():
        return found, ["Full disk and read-only output: not tried, a disk in memory takes root's rights."]
    for room in (0, 8_192, 65_536, 131_072, 262_144):
        found.append(Fault(f"{room:,} bytes are free", partial(small_disk, scene, room), (DONE, FAULT)))
    return [*found, Fault("the output takes no writes", partial(read_only, scene))], []


def from_a_database(scene: Scene) -> tuple[Path, Path]:
    """Lay the scene's tables into a DuckDB file, and write a pipeline that reads them from there; give both."""
    database = scene.file.with_name("company.duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        for file in _tables(scene):
            is_text = file.suffix == ".csv"
            rows = connection.read_csv(str(file), all_varchar=True) if is_text else connection.read_parquet(str(file))
            rows.create(file.stem)
    told = scene.file.read_text(encoding="utf-8").replace('path = "data"', f'kind = "duckdb"\npath = "{database}"')
    pipeline = scene.file.with_name("from_database.toml")
    pipeline.write_text(told, encoding="utf-8")
    return pipeline, database


def _tables(scene: Scene) -> list[Path]:
    return sorted(path for path in scene.settings.source_path.iterdir() if path.is_file() and path.stem in CONTRACTS)


def _broken(scene: Scene) -> list[Path]:
    """Give one table that must be there and one that may be gone."""
    return [path for path in _tables(scene) if path.stem in ("subscriptions", "usage")]


def _of_a_database(scene: Scene) -> list[Fault]:
    pipeline, database = from_a_database(scene)
    return [replace(one, file=pipeline) for one in _of_a_file(scene, database)]


def _of_a_file(scene: Scene, file: Path) -> list[Fault]:
    half = scene.seconds / 4
    return [
        Fault(f"{file.name} is cut in half", partial(cut, file), (FAULT, REFUSED)),
        Fault(f"{file.name} is cut while it is read", partial(cut, file, after=half), (DONE, FAULT, REFUSED)),
        Fault(f"{file.name} is gone", partial(gone, file), (FAULT, REFUSED)),
        Fault(f"{file.name} goes while it is read", partial(gone, file, after=half), (DONE, FAULT, REFUSED)),
    ]
