"""Many starts of the same night at once: one list, and each other ends done or refused."""

from collections import Counter
from dataclasses import dataclass, field

from churnrisk.bench.faults.met import DONE, REFUSED
from churnrisk.bench.faults.scene import Scene


@dataclass(frozen=True)
class Together:
    """What came of many starts at once.

    Parameters
    ----------
    codes
        Exit code = how many ended so.
    wrote
        How many wrote the list; all others found it written, or were refused.
    wrong
        What should have been otherwise.
    """

    codes: dict[int, int]
    wrote: int
    wrong: list[str] = field(default_factory=list)


def start_together(scene: Scene, number: int) -> Together:
    """Start a night so many times at once and wait for all of them."""
    scene.put_back()
    started = [scene.launcher.start("score", scene.file) for _ in range(number)]
    pids = {str(one.pid) for one in started}
    ended = [one.wait() for one in started]
    codes = Counter(one.code for one in ended)
    wrong = [f"ended {one.code}: {one.said.strip()}" for one in ended if one.code not in (DONE, REFUSED)]
    for one in ended:
        if one.code == REFUSED and not any(f"process {pid} on" in one.said and "since" in one.said for pid in pids):
            wrong.append(f"did not name the run at work: {one.said.strip()}")
    wrote = sum(one.code == DONE and "it is left as it is" not in one.said for one in ended)
    if wrote != 1:
        wrong.append(f"{wrote} wrote the list")
    wrong += scene.faults_of_the_list()
    wrong += [f"left behind: {name}" for name in scene.left_behind()]
    wrong += [f"differs: {name}" for name in scene.differs()]
    return Together(dict(sorted(codes.items())), wrote, wrong)
