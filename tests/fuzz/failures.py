"""The numbers of inputs that once failed: they are tried first, for ever."""

from pathlib import Path

from tests.fuzz.case import Outcome

FILE = Path(__file__).with_name("failures.txt")


def kept() -> list[int]:
    """Give the numbers of all inputs that once failed."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.is_file() else []
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


def keep(outcome: Outcome) -> None:
    """Write down the number of an input that failed, with what came of it."""
    if outcome.seed not in kept():
        with FILE.open("a", encoding="utf-8") as file:
            first = outcome.what.splitlines()[0][:100]
            file.write(f"{outcome.seed}  {outcome.kind}: {', '.join(outcome.mutations)}: {first}\n")
