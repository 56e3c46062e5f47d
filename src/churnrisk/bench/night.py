"""A whole night on generated tables: read, describe, score with a released model, write the list."""

import json
from datetime import UTC, datetime, time
from pathlib import Path

from churnrisk.bench.generate import FILES, FIRST_DAY, last_day, pattern
from churnrisk.flows import score, train
from churnrisk.flows.asked import Asked
from churnrisk.settings import PipelineSettings, load_settings

#: What the engine may hold at once; what is more goes to disk.
MEMORY = "2GB"


def train_a_model(folder: Path, out: Path) -> dict[str, object]:
    """Train on small tables and release the best model, so that a night has one to score with."""
    done = train.run(_settings(folder, out), datetime.combine(last_day(), time(), UTC))
    return {"verdict": done.sentence, "released": done.released}


def score_a_night(folder: Path, out: Path) -> dict[str, object]:
    """Run the night's own flow, from Parquet to the ranked list.

    A model that was not released scores as well: what a night costs does not depend on how good the model is.
    """
    sizes = frozenset({"grown", "shrunk"})  # nights of several sizes share one output
    asked = Asked(allow_challenger=True, replace=True, allow=sizes)
    done = score.run(_settings(folder, out), datetime.combine(last_day(), time()), asked)
    steps = json.loads((done.folder / "run.json").read_text(encoding="utf-8"))["steps"]
    cpu = {name: one["cpu_seconds"] for name, one in steps.items()}
    return {"counts": done.counts, "model_version": done.model_version, "step_cpu_seconds": cpu}


def _settings(folder: Path, out: Path) -> PipelineSettings:
    """Write the TOML of a set of tables, one name for all sizes so that they share a model, and read it."""
    tables = "\n".join(
        f'[source.tables.{name}]\nfile = "{Path(pattern(folder, name)).relative_to(folder).as_posix()}"\n'
        + _FIXED.get(name, "")
        for name in FILES
    )
    file = folder / "bench.toml"
    file.write_text(
        f'name = "bench"\nout = "{out.as_posix()}"\ncards = "{(out / "cards").as_posix()}"\n'
        f'[engine]\nmemory_limit = "{MEMORY}"\n'
        '[churn]\nday = "notice"\n[source]\npath = "."\n'
        f"complete_to = {last_day()}\nobserved_from = {FIRST_DAY}\n{tables}",
        encoding="utf-8",
    )
    return load_settings(file)


_FIXED = {
    "subscriptions": 'fixed = ["plan", "mrr", "auto_renew", "term_ends_at"]\n',
    "tickets": 'fixed = ["severity", "category"]\n',
}
