"""The fault benchmark: a company of its own, killed nights, nights that meet faults, nights that start at once."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from churnrisk.bench.faults.kills import Killed, instants, kill_at_all
from churnrisk.bench.faults.launcher import Launcher
from churnrisk.bench.faults.met import Met, faults, meet
from churnrisk.bench.faults.scene import set_scene
from churnrisk.bench.faults.together import Together, start_together
from churnrisk.errors import EngineError

TOML = """name = "faults"
out = "out"
cards = "cards"

[source]
path = "data"
observed_from = 2023-07-01

[source.tables.customers]
fixed = ["region", "industry", "company_size"]

[source.tables.subscriptions]
fixed = ["plan", "mrr", "auto_renew", "term_ends_at"]

[churn]
day = "notice"

[cutoffs]
first = 2023-10-01

[list]
display = ["name", "plan"]

[models]
names = ["logistic"]
bootstrap = 50

[delivery]
formats = ["xlsx"]

[delivery.database]
url = "sqlite:///{database}"

[sample]
customers = {customers}
format = "parquet"
"""


@dataclass(frozen=True)
class Found:
    """What the benchmark found.

    Parameters
    ----------
    seconds
        How long an undisturbed night takes, without starting Python.
    changes
        How many changes of files it makes in the output.
    skipped
        What could not be tried here, and why.
    """

    seconds: float
    changes: int
    killed: list[Killed] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    together: Together | None = None
    skipped: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything held."""
        others = self.together is None or not self.together.wrong
        return others and all(one.is_well for one in self.killed) and not any(one.wrong for one in self.met)


def run(
    *,
    kills: int = 100,
    starts: int = 10,
    customers: int = 2_000,
    folder: Path = Path("out/bench"),
    say: Callable[[str], None] = print,
) -> Found:
    """Kill nights, let nights meet faults, and start nights at once.

    Parameters
    ----------
    kills
        At how many instants a night is killed.
    starts
        How many nights are started at once.
    folder
        Where the company and the results go, as ``faults.json``.
    """
    place = folder.resolve() / "faults"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    with Launcher(place / "launched") as launcher:
        file = _company(launcher, place, customers)
        scene = set_scene(file, launcher)
        say(f"An undisturbed night takes {scene.seconds:.1f} s and changes {len(scene.changes)} files.")
        together = start_together(scene, starts)
        say(f"{starts} starts at once: {'; '.join(together.wrong) or 'as it should'}")
        killed = kill_at_all(scene, instants(scene, kills), say)
        possible, skipped = faults(scene)
        met = []
        for one in possible:
            met.append(meet(scene, one))
            say(f"{met[-1].name}: ended {met[-1].code}{''.join(f'; {wrong}' for wrong in met[-1].wrong)}")
    found = Found(scene.seconds, len(scene.changes), killed, met, together, skipped)
    (folder / "faults.json").write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    return found


def _company(launcher: Launcher, place: Path, customers: int) -> Path:
    """Write the sample company into a folder of its own, and train."""
    file = place / "faults.toml"
    told = TOML.format(customers=customers, database=place / "lists.db")
    file.write_text(told, encoding="utf-8")
    for verb in ("sample", "train"):
        done = launcher.run(verb, file)
        if done.code != 0:
            raise EngineError(
                f"churnrisk {verb} ended with {done.code}, before any fault was made: {done.said.strip()}"
            )
    return file


def as_text(found: Found) -> str:
    """Give the table: what was done, how often, and how often everything held.

    Examples
    --------
    >>> print(as_text(Found(2.5, 30, [Killed("after 1.00 s", True)])))
    nights                        tried  list whole  next run done  nothing left  same bytes
    killed at work                    1           1              1             1           1
    killed when done already          0           0              0             0           0
    """
    lines = [
        f"{'nights':28} {'tried':>6} {'list whole':>11} {'next run done':>14} {'nothing left':>13} {'same bytes':>11}"
    ]
    for name, at_work in (("killed at work", True), ("killed when done already", False)):
        those = [one for one in found.killed if one.was_killed == at_work]
        counts = [sum(not told for told in column) for column in _columns(those)]
        lines.append(f"{name:28} {len(those):6} {counts[0]:11} {counts[1]:14} {counts[2]:13} {counts[3]:11}")
    lines += [one.sentence for one in found.killed if not one.is_well]
    for one in found.met:
        lines.append(
            f"{one.name:52} ended {one.code} after {one.seconds:4.1f} s  {'; '.join(one.wrong) or 'as it should'}"
        )
    if found.together is not None:
        codes = ", ".join(f"{number} with {code}" for code, number in found.together.codes.items())
        told = "; ".join(found.together.wrong) or "as it should"
        number = sum(found.together.codes.values())
        lines.append(f"{number} starts at once ended: {codes}; {found.together.wrote} wrote the list; {told}")
    return "\n".join([*lines, *found.skipped])


def _columns(killed: list[Killed]) -> list[list[object]]:
    return [
        [one.broken for one in killed],
        [one.next_code for one in killed],
        [one.left for one in killed],
        [one.differs for one in killed],
    ]
