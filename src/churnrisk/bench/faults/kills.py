"""Runs killed at many instants: by the clock, and before each change of a file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from churnrisk.bench.faults.scene import Scene

#: Part of the instants that lie before changes of files; the others are spread over the time that a run takes.
AT_CHANGES = 0.6


@dataclass(frozen=True)
class Instant:
    """When a run is killed.

    Parameters
    ----------
    change
        Before which change of a file, counted from 1; None where the clock decides.
    seconds
        How long after the start.
    """

    change: int | None = None
    seconds: float | None = None

    def told(self, scene: Scene) -> str:
        """Say when that is."""
        if self.change is not None:
            return f"before change {self.change} of {len(scene.changes)} ({scene.changes[self.change - 1]})"
        return f"after {self.seconds:.2f} s"


@dataclass(frozen=True)
class Killed:
    """What came of one kill.

    Parameters
    ----------
    was_killed
        Whether the run was still at work at that instant.
    broken
        What was wrong with the last good list.
    next_code
        The exit code of the next run.
    left
        What it left behind.
    differs
        Files that are not as an undisturbed night leaves them.
    """

    instant: str
    was_killed: bool
    broken: list[str] = field(default_factory=list)
    next_code: int = 0
    left: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything held."""
        return not (self.broken or self.next_code or self.left or self.differs)

    @property
    def sentence(self) -> str:
        """Say what did not hold."""
        told = [f"list: {'; '.join(self.broken)}"] if self.broken else []
        told += [f"next run ended {self.next_code}"] if self.next_code else []
        told += [f"left behind: {', '.join(self.left)}"] if self.left else []
        told += [f"differs: {', '.join(self.differs)}"] if self.differs else []
        return f"{self.instant}: {'. '.join(told) or 'all well'}"


def instants(scene: Scene, number: int) -> list[Instant]:
    """Spread instants over a run: before every change of a file as far as the number reaches, the rest by the clock.

    Changes by which a folder, a link or the lock takes its name or loses it come first.
    """
    changes = [at for at in range(1, len(scene.changes) + 1) if not scene.changes[at - 1].endswith(".guard")]
    naming = [at for at in changes if scene.changes[at - 1].startswith(("os.rename", "os.remove"))]
    others = [at for at in changes if at not in naming]
    room = min(len(changes), max(1, round(number * AT_CHANGES)))
    chosen = [naming[at] for at in _spread(len(naming), room)]
    chosen += [others[at] for at in _spread(len(others), room - len(chosen))]
    by_clock = number - len(chosen)
    found = [Instant(change=change) for change in sorted(chosen)]
    return found + [Instant(seconds=scene.seconds * (step + 0.5) / by_clock) for step in range(by_clock)]


def _spread(among: int, number: int) -> list[int]:
    """Choose places in a row, evenly; the last is always among them.

    Examples
    --------
    >>> _spread(9, 3), _spread(2, 5), _spread(4, 0), _spread(5, 1)
    ([2, 5, 8], [0, 1], [], [4])
    """
    if number >= among:
        return list(range(among))
    return [round((step + 1) * among / number) - 1 for step in range(number)]


def kill_at(scene: Scene, instant: Instant) -> Killed:
    """Kill a night at an instant, look at the last good list, and run the night again."""
    scene.put_back()
    if instant.change is not None:
        run = scene.launcher.start("score", scene.file, under=scene.watched, kill_at=instant.change)
    else:
        run = scene.launcher.start("score", scene.file)
        run.kill_after(instant.seconds or 0.0)
    code = run.wait().code
    broken = scene.faults_of_the_list()
    done = scene.launcher.run("score", scene.file)
    broken += scene.faults_of_the_list()
    return Killed(instant.told(scene), code < 0, broken, done.code, scene.left_behind(), scene.differs())


def kill_at_all(scene: Scene, chosen: Iterable[Instant], say: Callable[[str], None] = print) -> list[Killed]:
    """Kill a night at each instant, and say how each went."""
    found = []
    for instant in chosen:
        found.append(kill_at(scene, instant))
        say(f"{len(found):3}  {found[-1].sentence}")
    return found
