"""A million rows of sixty signals: what training on them costs, each model in a process of its own."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from churnrisk.bench.measure import in_a_child
from churnrisk.bench.models.contenders import OURS, chosen, contenders
from churnrisk.bench.models.promises import Promise
from churnrisk.bench.taken import cpu_seconds

ROWS = 1_000_000
BLOCK_ROWS = 100_000
HELD_ROWS = 100_000
INTERCEPT = -3.83
ALLOWED_CPU_SECONDS = 600
ALLOWED_MIB = 6 * 1024

#: Texts = how many kinds each has.
TEXTS = {"plan": 4, "region": 12, "industry": 25, "channel": 6, "product": 40, "currency": 3}
COUNTS, AMOUNTS, SHARES, NORMALS, FLAGS = 12, 10, 8, 20, 4


@dataclass(frozen=True)
class Large:
    """What training on many rows took.

    Parameters
    ----------
    table
        One row a model.
    promises
        The bounds, with the figures.
    said
        What the rows are.
    folder
        Where it was written.
    """

    table: pd.DataFrame
    promises: list[Promise]
    said: str
    folder: Path


def run(
    *,
    rows: int = ROWS,
    models: Sequence[str] | None = None,
    folder: Path = Path("out/bench"),
    seed: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> Large:
    """Train each model on many generated rows, and judge it on further ones; without names all of ours."""
    folder = folder.resolve()
    file = generate(rows, folder / "models" / "large", seed)
    lines = []
    for name in chosen(list(models or [name for name in OURS if name in contenders()])):
        taken = in_a_child({"work": "large", "folder": str(file), "model": name})
        said = taken.made
        lines.append(
            {
                "model": name,
                "fit_cpu_seconds": round(said["fit"], 1),
                "read_cpu_seconds": round(said["read"], 1),
                "predict_cpu_seconds": round(said["predict"], 2),
                "peak_mib": round(taken.peak_mib),
                "log_loss": said["log_loss"],
                "log_loss_of_truth": said["log_loss_of_truth"],
                "log_loss_of_rate": said["log_loss_of_rate"],
                "roc_auc": said["roc_auc"],
            }
        )
        say(f"  {name}: {said['fit']:.1f} CPU s to fit, {taken.peak_mib:,.0f} MiB at most")
    table = pd.DataFrame(lines)
    found = Large(table, [_promise(line, rows) for line in lines], f"{rows:,} rows of {_width()} signals", folder)
    written = {
        "rows": rows,
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "models": json.loads(table.to_json(orient="records", double_precision=10)),
    }
    (folder / "models-large.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return found


def as_text(found: Large) -> str:
    """Show what training took, and the bounds."""
    return "\n\n".join(
        [found.said, found.table.round(4).to_string(index=False), "\n".join(str(one) for one in found.promises)]
    )


def _promise(line: dict[str, Any], rows: int) -> Promise:
    cpu, mib = line["fit_cpu_seconds"], line["peak_mib"]
    return Promise(
        f"{line['model']}: {rows:,} rows trained in {cpu:,.0f} CPU s, at most {ALLOWED_CPU_SECONDS}, "
        f"with {mib:,.0f} MiB at most, allowed {ALLOWED_MIB:,}",
        bool(cpu <= ALLOWED_CPU_SECONDS and mib <= ALLOWED_MIB),
    )


def _width() -> int:
    return COUNTS + AMOUNTS + SHARES + NORMALS + FLAGS + len(TEXTS)


def generate(rows: int, folder: Path, seed: int = 1) -> Path:
    """Write rows to fit on and further ones to judge on, unless they are there; memory stays small.

    Returns
    -------
    Path
        A Parquet file: ``churned``, ``truth`` (its true probability), ``judged`` and sixty signals.
    """
    file = folder / f"rows-{rows}-{seed}.parquet"
    if file.is_file():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    sizes = [(min(BLOCK_ROWS, rows - at), False) for at in range(0, rows, BLOCK_ROWS)]
    held = max(min(HELD_ROWS, rows // 5), 1)
    writer = None
    for index, (size, judged) in enumerate([*sizes, (held, True)]):
        table = pa.Table.from_pandas(block(size, seed, index).assign(judged=judged), preserve_index=False)
        writer = writer or pq.ParquetWriter(unfinished, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    unfinished.replace(file)
    return file


def block(rows: int, seed: int, index: int) -> pd.DataFrame:
    """Draw one block of customers: signals with gaps, the true probability, and whether they churned.

    Examples
    --------
    >>> block(1000, 1, 0).shape
    (1000, 62)
    """
    random = np.random.default_rng([seed, index])
    frame: dict[str, Any] = {}
    for at in range(COUNTS):
        frame[f"count_{at}"] = random.poisson(random.gamma(0.8, 2.0 + 3 * at, rows)).astype(np.float32)
    for at in range(AMOUNTS):
        frame[f"amount_{at}"] = random.lognormal(3.0 + 0.3 * at, 1.2, rows).astype(np.float32).round(2)
    for at in range(SHARES):
        some = random.random(rows) < 0.3 + 0.05 * at
        frame[f"share_{at}"] = np.where(some, random.beta(1, 3, rows), 0.0).astype(np.float32)
    for at in range(NORMALS):
        frame[f"change_{at}"] = random.standard_normal(rows, dtype=np.float32)
    for at in range(FLAGS):
        frame[f"flag_{at}"] = (random.random(rows) < 0.2 + 0.2 * at).astype(np.float32)
    for name, kinds in TEXTS.items():
        names = np.array([f"{name} {kind}" for kind in range(kinds)], dtype=object)
        frame[name] = names[np.minimum(random.geometric(3 / (kinds + 3), rows) - 1, kinds - 1)]
    truth = 1 / (1 + np.exp(-_log_odds(frame)))
    for at, name in enumerate([name for name in frame if name.startswith(("count", "amount", "change"))]):
        if at % 4 == 0:
            frame[name][random.random(rows) < 0.05 + 0.01 * at] = np.nan
    frame["plan"][random.random(rows) < 0.1] = None
    return pd.DataFrame({"churned": (random.random(rows) < truth).astype(np.int8), "truth": truth, **frame})


def _log_odds(frame: dict[str, Any]) -> np.ndarray:
    """Give the true log-odds: curves, thresholds, levels, and interactions of two."""
    logs = [np.log1p(frame[f"count_{at}"].astype(np.float64)) for at in range(4)]
    amount, change = (
        np.log(frame["amount_0"] + 1.0) - 3.0,
        [frame[f"change_{at}"].astype(np.float64) for at in range(4)],
    )
    first_plan = frame["plan"] == "plan 0"
    return (
        INTERCEPT
        - 0.7 * logs[0]
        - 0.3 * logs[1]
        + 0.25 * amount**2
        + 1.8 * frame["share_0"]
        + 0.9 * (frame["share_1"] > 0.3)
        + 0.5 * np.abs(change[0])
        + 0.5 * first_plan
        + 0.6 * frame["flag_0"] * (logs[2] < 1.0)
        + 0.5 * change[1] * change[2]
        + 0.8 * first_plan * np.tanh(change[3])
    )


def train(file: Path, name: str) -> dict[str, float]:
    """Read the rows, fit one model and judge it on the held rows; the child's work."""
    from churnrisk.modeling import metrics

    begun = cpu_seconds()
    rows = pd.read_parquet(file)
    judged, churned, truth = (rows.pop(one).to_numpy() for one in ("judged", "churned", "truth"))
    held = rows[judged]
    rows = rows[~judged]
    read = cpu_seconds()
    model = contenders()[name].make().fit(rows, churned[~judged].astype(np.int64))
    fitted = cpu_seconds()
    found = model.predict_proba(held)[:, 1]
    predicted = cpu_seconds()
    labels = churned[judged]
    return {
        "read": read - begun,
        "fit": fitted - read,
        "predict": predicted - fitted,
        "log_loss": metrics.log_loss(labels, found),
        "log_loss_of_truth": metrics.log_loss(labels, truth[judged]),
        "log_loss_of_rate": metrics.log_loss(labels, np.full(len(labels), churned[~judged].mean())),
        "roc_auc": metrics.roc_auc(labels, found),
    }
