"""What goes wrong around a run: each a context in which it does, and is mended on leaving."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from churnrisk.bench.faults.scene import Scene, clear

#: Bytes of a disk that is large enough.
ROOMY = "512m"


def can_mount() -> bool:
    """Say whether this process may make a small disk in memory; it takes root's rights."""
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    probe = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    return probe.returncode == 0


@contextmanager
def small_disk(scene: Scene, room: int) -> Iterator[None]:
    """Put the output on a disk in memory on which so many bytes are free; afterwards there is room."""
    with _disk(scene.out, ROOMY):
        scene.put_back()
        used = int(_said("du", "-s", "--block-size=1", str(scene.out)).split()[0])
        _mount_again(scene.out, f"size={used + room}")
        yield
        _mount_again(scene.out, f"size={ROOMY}")


@contextmanager
def read_only(scene: Scene) -> Iterator[None]:
    """Put the output on a disk that takes no writes; afterwards it does."""
    with _disk(scene.out, ROOMY):
        scene.put_back()
        _mount_again(scene.out, "ro")
        yield
        _mount_again(scene.out, "rw")


@contextmanager
def _disk(place: Path, size: str) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    clear(place)
    _said("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        yield
    finally:
        _said("umount", "-l", str(place))


def _mount_again(place: Path, options: str) -> None:
    _said("mount", "-o", f"remount,{options}", str(place))


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@contextmanager
def locked_store(store: Path) -> Iterator[None]:
    """Hold MLflow's database, as a writer does that has stopped half-way."""
    held = sqlite3.connect(store)
    try:
        held.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        held.rollback()
        held.close()


@contextmanager
def cut(file: Path, *, keep: float = 0.5, after: float | None = None) -> Iterator[None]:
    """Cut a file short, at once or so many seconds from now; afterwards it is whole again."""
    whole = file.with_name(f"{file.name}.whole")
    shutil.copy2(file, whole)
    try:
        with _done(after, lambda: os.truncate(file, int(whole.stat().st_size * keep))):
            yield
    finally:
        whole.replace(file)


@contextmanager
def gone(file: Path, *, after: float | None = None) -> Iterator[None]:
    """Take a file away, at once or so many seconds from now; afterwards it is there again."""
    aside = file.with_name(f"{file.name}.aside")
    try:
        with _done(after, lambda: file.rename(aside)):
            yield
    finally:
        aside.rename(file)


@contextmanager
def _done(after: float | None, act: Callable[[], object]) -> Iterator[None]:
    """Do something at once or so many seconds from now, at the latest when what is inside ends."""
    ended = threading.Event()

    def do() -> None:
        ended.wait(after or 0.0)
        act()

    later = threading.Thread(target=do)
    later.start()
    if after is None:
        later.join()
    try:
        yield
    finally:
        ended.set()
        later.join()
