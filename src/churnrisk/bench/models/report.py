"""The comparison itself: sets, models, one child process for each pair, the table and the promises."""

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from churnrisk.bench.measure import in_a_child
from churnrisk.bench.models.contenders import OURS, Contender, chosen, shown_versions
from churnrisk.bench.models.judged import table_of
from churnrisk.bench.models.planted import KINDS, planted
from churnrisk.bench.models.promises import Promise, promises
from churnrisk.bench.models.sets import ModelSet, snapshots_of, telco
from churnrisk.errors import ModelError, UnknownNameError

#: The sets that are compared unless others are named.
SETS = ("telco", "sample", "online_retail")
DECIMALS = {"lift_top_10": 2, "fit_cpu_seconds": 1, "predict_cpu_seconds": 2}


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Parameters
    ----------
    table
        One row a set, model and form (raw, released).
    promises
        What was promised, with the figures.
    said
        Lines about versions, sets and what was left out.
    folder
        Where all of it was written.
    """

    table: pd.DataFrame
    promises: list[Promise]
    said: list[str]
    folder: Path


def run(
    today: date,
    *,
    sets: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    customers: int | None = None,
    reuse: bool = False,
    released: bool = True,
    folder: Path = Path("out/bench"),
    pipelines: Path = Path("pipelines"),
    say: Callable[[str], None] = lambda line: None,
) -> Comparison:
    """Compare our models with the peers on each set.

    Parameters
    ----------
    today
        The day on which pipelines read their tables.
    sets
        Names of sets: planted-smooth and its like, or by default telco, sample and online_retail.
    models
        Names of models; by default all.
    customers
        At most so many customers of each set.
    reuse
        Take a peer's probabilities and CPU from the last comparison, where rows, version and settings are the same.
    released
        Whether ours are also judged calibrated.
    pipelines
        Folder of the pipelines whose snapshots are compared on.
    say
        Is told what is being done.
    """
    wanted = chosen(list(models or []))
    folder = (folder / "models").resolve()
    tables, said, left_out = [], shown_versions(wanted), list[str]()
    for name in sets or SETS:
        try:
            rows = _set(name, pipelines, today, customers)
        except FileNotFoundError as missing:
            left_out.append(f"{name}: left out, {missing}")
            continue
        said.append(_described(rows))
        say(said[-1])
        tables.append(_compared(rows, wanted, folder / name, reuse=reuse, released=released, say=say))
    if not tables:
        raise ModelError(f"No set to compare on: {'; '.join(left_out)}.")
    table = pd.concat(tables, ignore_index=True)
    found = Comparison(table, promises(table), [*said, *left_out], folder.parent)
    _write(found)
    return found


def _set(name: str, pipelines: Path, today: date, customers: int | None) -> ModelSet:
    """Build one set by its name.

    Raises
    ------
    FileNotFoundError
        When its data are not on this machine.
    UnknownNameError
        When there is no such set.
    """
    real = Path(os.environ.get("CHURNRISK_REAL_DATA") or pipelines / "../../shared/data")
    needs = {
        "telco": real / "ibm_telco.csv",
        "online_retail": real / "online_retail.csv.gz",
        "sample": pipelines / "../data/sample/subscriptions.parquet",
    }
    if name in needs and not needs[name].is_file():
        hint = "run `make sample`" if name == "sample" else "set CHURNRISK_REAL_DATA to the folder of the public data"
        raise FileNotFoundError(f"there is no {needs[name].name} ({hint})")
    if name == "telco":
        return telco(needs[name], customers=customers)
    if name in needs:
        return snapshots_of(pipelines / f"{name}.toml", name, today, customers=customers)
    kind = name.removeprefix("planted-")
    if kind == name or kind not in KINDS:
        known = [*SETS, *(f"planted-{one}" for one in KINDS)]
        raise UnknownNameError(f"There is no set named {name!r} to compare on. Known: {', '.join(known)}.")
    return planted(kind, customers)


def _described(rows: ModelSet) -> str:
    numbers, churners = len(rows.frame.columns) - len(rows.texts), int(rows.churned.sum())
    return (
        f"{rows.name}: {len(rows.frame):,} rows of {len(set(rows.customers)):,} customers, {churners:,} churned, "
        f"{numbers} numbers and {len(rows.texts)} texts; {rows.how}"
    )


def _compared(
    rows: ModelSet,
    wanted: Mapping[str, Contender],
    folder: Path,
    *,
    reuse: bool,
    released: bool,
    say: Callable[[str], None],
) -> pd.DataFrame:
    """Fit every model in a process of its own, then judge them together."""
    rows.save(folder)
    for name, one in wanted.items():
        key = f"{rows.fingerprint()} {one.version} {one.settings}"
        mark = folder / f"{name}.key"
        if reuse and not one.ours and mark.is_file() and mark.read_text(encoding="utf-8") == key:
            say(f"  {name}: as measured before")
            continue
        mark.unlink(missing_ok=True)
        task = {"work": "model", "folder": str(folder), "out": str(folder), "model": name, "released": released}
        taken = in_a_child(task)
        mark.write_text(key, encoding="utf-8")
        say(f"  {name}: {sum(taken.made['fit']):.1f} CPU s to fit, {taken.peak_mib:,.0f} MiB")
    found = {name: pd.read_parquet(folder / f"{name}.parquet") for name in wanted}
    taken_by = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in wanted}
    _lay_together(rows, found).to_parquet(folder / "predictions.parquet", index=False)
    return table_of(rows, found, taken_by, [name for name, one in wanted.items() if one.ours])


def _lay_together(rows: ModelSet, found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put all probabilities beside the labels, so that anyone can recompute every figure."""
    first = next(iter(found.values()))
    at = first["row"].to_numpy()
    together = pd.DataFrame(
        {"customer_id": rows.customers[at], "part": first["part"], "churned": rows.churned[at], "row": at}
    )
    for name, one in found.items():
        together[name] = one["raw"].to_numpy()
        if "released" in one:
            together[f"{name}_released"] = one["released"].to_numpy()
    return together


def as_text(found: Comparison) -> str:
    """Show a comparison as plain text: what ran, one table a set, and the promises."""
    blocks = ["\n".join(found.said)]
    for name, rows in found.table.groupby("set", sort=False):
        best_peer = rows["best_peer"].iloc[0]
        blocks.append(f"{name} (ratio = log loss over that of the best peer, {best_peer or 'none'})\n{_shown(rows)}")
        if rows["ratio_lightgbm"].notna().any() and rows["model"].isin(OURS).any():
            blocks[-1] += "\n" + _to_lightgbm(rows)
    blocks.append("\n".join(str(one) for one in found.promises))
    return "\n\n".join(blocks)


def _to_lightgbm(rows: pd.DataFrame) -> str:
    ours = rows[rows["model"].isin(OURS) & (rows["form"] == "raw")]
    best = ours.iloc[int(ours["log_loss"].argmin())]
    return (
        f"The best of ours ({best['model']}) over LightGBM: {best['ratio_lightgbm']:.4f}, "
        f"95 % interval {best['ratio_lightgbm_low']:.4f} to {best['ratio_lightgbm_high']:.4f}"
    )


def _shown(rows: pd.DataFrame) -> str:
    shown = pd.DataFrame({"model": rows["model"].where(rows["form"] == "raw", rows["model"] + ", released")})
    columns = {
        "roc_auc": "AUC",
        "roc_auc_folds": "AUC, folds",
        "log_loss": "log loss",
        "log_loss_folds": "log loss, folds",
        "lift_top_10": "lift 10 %",
        "calibration_error": "cal. error",
        "ratio": "ratio",
        "ratio_low": "low",
        "ratio_high": "high",
        "ratio_lightgbm": "to LightGBM",
        "fit_cpu_seconds": "fit CPU s",
        "predict_cpu_seconds": "predict CPU s",
    }
    for column, title in columns.items():
        decimals = DECIMALS.get(column, 4)
        shown[title] = [f"{value:.{decimals}f}" if pd.notna(value) else "" for value in rows[column]]
    return shown.to_string(index=False)


def _write(found: Comparison) -> None:
    """Write the table as CSV and JSON, and the picture of the ratios."""
    found.folder.mkdir(parents=True, exist_ok=True)
    found.table.to_csv(found.folder / "models.csv", index=False)
    written: dict[str, Any] = {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "said": found.said,
        "promises": [{"says": one.says, "kept": one.kept} for one in found.promises],
        "rows": json.loads(found.table.to_json(orient="records", double_precision=10)),
    }
    (found.folder / "models.json").write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    if found.table["ratio"].notna().any():
        from churnrisk.bench.models.drawn import ratio_plot

        ratio_plot(found.table).savefig(found.folder / "models.png", dpi=144)
