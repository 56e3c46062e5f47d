"""A pipeline with one good night, put back before each fault, and what must hold of it afterwards."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pandas as pd

from churnrisk.bench.faults.launcher import Launcher
from churnrisk.delivery.leftovers import leftover
from churnrisk.delivery.manifests import MANIFEST, manifests
from churnrisk.errors import EngineError
from churnrisk.settings import PipelineSettings, load_settings
from churnrisk.timeline import parse_day

#: Files that tell instants and durations, which differ from run to run.
TIMED = (MANIFEST, "heartbeat.json")
#: Names runs, of which one can have been written again.
OUTBOX = "sent.json"


@dataclass(frozen=True)
class Scene:
    """A trained pipeline, the good night before, and what an undisturbed night gives.

    Parameters
    ----------
    kept
        A copy of the pipeline's output after the night before.
    expected
        File = digest, after an undisturbed night.
    changes
        What the undisturbed night changed on the way, one line a change.
    seconds
        How long the undisturbed night took.
    """

    file: Path
    settings: PipelineSettings
    launcher: Launcher = field(repr=False)
    kept: Path
    before: Mapping[str, str] = field(repr=False)
    expected: Mapping[str, str] = field(default_factory=dict, repr=False)
    changes: tuple[str, ...] = field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def out(self) -> Path:
        """The pipeline's output folder."""
        return self.settings.out_folder

    def put_back(self) -> None:
        """Put the output back to where it was after the night before."""
        clear(self.out)
        shutil.copytree(self.kept, self.out, symlinks=True, dirs_exist_ok=True)
        self.lock.unlink(missing_ok=True)

    @property
    def lock(self) -> Path:
        """The file that says who is at work."""
        return self.out.with_name(f".{self.out.name}.lock")

    @property
    def watched(self) -> tuple[str, ...]:
        """How the names begin of all that a night changes in the output."""
        return f"{self.out}/", str(self.lock)

    def faults_of_the_list(self) -> list[str]:
        """Say what is wrong with the last good list, and with the night before; nothing where all is well."""
        found = []
        links = [path for path in self.out.iterdir() if path.is_symlink() and not leftover(path)]
        if not any(path.name == "latest" for path in links):
            found.append("latest is gone")
        for path in links:
            found += [f"{path.name}: {fault}" for fault in faults_of(path)]
        now = contents(self.out)
        night = f"runs/{(self.kept / 'latest').resolve().name}/"
        found += [
            f"{name} changed" for name in self.before if name.startswith(night) and now.get(name) != self.before[name]
        ]
        return found

    def left_behind(self) -> list[str]:
        """Name what lies about after a run that should have cleared it."""
        found = [str(path.relative_to(self.out)) for path in self.out.rglob("*") if leftover(path)]
        found += [self.lock.name] if self.lock.exists() else []
        found += [f"temporary: {path.name}" for path in self.launcher.temporary.iterdir()]
        runs = {_once(path.name) for path in (self.out / "runs").iterdir()}
        twice = len(list((self.out / "runs").iterdir())) - len(runs)
        return found + [f"{twice} runs written twice"] * bool(twice)

    def differs(self) -> list[str]:
        """Name the files that are not as an undisturbed night leaves them."""
        now = contents(self.out)
        return sorted(name for name in {*now, *self.expected} if now.get(name) != self.expected.get(name))


def set_scene(file: Path, launcher: Launcher) -> Scene:
    """Score the night before and an undisturbed night of a trained pipeline, and keep what they leave."""
    settings = load_settings(file)
    out = settings.out_folder
    clear(out)
    _run(launcher, file)
    newest = parse_day(manifests(out)[-1]["cutoff"])
    clear(out)
    _run(launcher, file, "--cutoff", newest - timedelta(days=1))
    kept = launcher.scratch / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(out, kept, symlinks=True)
    trace = launcher.scratch / "changes.txt"
    scene = Scene(file, settings, launcher, kept, contents(kept))
    seconds = _run(launcher, file, under=scene.watched, trace=trace)
    changes = tuple(trace.read_text(encoding="utf-8").splitlines())
    scene = replace(scene, expected=contents(out), changes=changes, seconds=seconds)
    if scene.faults_of_the_list():
        raise EngineError(f"The undisturbed night is not whole: {scene.faults_of_the_list()[0]}.")
    return scene


def _run(launcher: Launcher, file: Path, *words: object, **more: object) -> float:
    done = launcher.run("score", file, *words, **more)
    if done.code != 0:
        raise EngineError(f"A night without any fault ended with {done.code}: {done.said.strip()}")
    return done.seconds


def clear(folder: Path) -> None:
    """Empty a folder, and leave it there: it may be a disk of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def faults_of(run: Path) -> list[str]:
    """Say what is wrong with a run's folder: every file must be there and readable."""
    if not run.is_dir():
        return ["points at nothing"]
    try:
        json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [f"{MANIFEST} is not there, or not whole"]
    return [f"{path.name} cannot be read" for path in sorted(run.iterdir()) if not _is_readable(path)]


def _is_readable(path: Path) -> bool:
    try:
        if path.suffix == ".parquet":
            pd.read_parquet(path)
        elif path.suffix == ".csv":
            pd.read_csv(path, dtype=str)
        elif path.suffix == ".xlsx":
            pd.read_excel(path, dtype=str)
    except Exception:  # whatever a reader raises, the file is not whole
        return False
    return path.suffix == ".csv" or path.stat().st_size > 0


def contents(out: Path) -> dict[str, str]:
    """Give the digest of every file under a pipeline's folder, and where each link points."""
    found = {}
    for folder, _, files in os.walk(out):
        for name in files:
            path = Path(folder) / name
            if name not in TIMED:
                told = "/".join(_once(part) for part in path.relative_to(out).parts)
                found[told] = _once(os.readlink(path)) if path.is_symlink() else _digest(path)
        for name in os.listdir(folder):
            path = Path(folder) / name
            if path.is_symlink() and path.is_dir():
                found[path.relative_to(out).as_posix()] = _once(os.readlink(path))
    return found


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.name == OUTBOX:
        content = re.sub(rb"(-[0-9a-f]{8})-\d+\b", rb"\1", content)
    return hashlib.sha256(content).hexdigest()


def _once(name: str) -> str:
    """Give a run's name without the number of its writing."""
    return re.sub(r"(-[0-9a-f]{8})-\d+$", r"\1", name)
