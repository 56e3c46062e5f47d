"""What was promised of our models beside the peers, and whether the figures keep it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

#: Mean log loss of folds of LightGBM on the telco set, as published beside the data.
TELCO_REFERENCE = 0.4113
#: Most that the upper end of the ratio to the best peer may be.
ALLOWED = 1.01


@dataclass(frozen=True)
class Promise:
    """One promise with its figures.

    Examples
    --------
    >>> print(Promise("1 is at most 2", True))
    kept    1 is at most 2
    """

    says: str
    kept: bool

    def __str__(self) -> str:
        return f"{'kept  ' if self.kept else 'broken'}  {self.says}"


def promises(table: pd.DataFrame) -> list[Promise]:
    """Hold the table of a comparison against what was promised; only what was measured is spoken of."""
    found: list[Promise] = []
    raw = table[table["form"] == "raw"]
    for name, rows in raw.groupby("set", sort=False):
        ours = rows[rows["model"].isin(_ours(table))]
        if not len(ours):
            continue
        best = ours.iloc[int(ours["log_loss"].argmin())]
        if name == "telco":
            found.append(_reference(ours))
        if pd.notna(best["ratio_high"]):
            found.append(_ratio(str(name), best))
        found += _fit_cpu(str(name), rows)
    return found


def _ours(table: pd.DataFrame) -> set[str]:
    from churnrisk.bench.models.contenders import OURS

    return set(OURS) & set(table["model"])


def _reference(ours: pd.DataFrame) -> Promise:
    best = ours.iloc[int(ours["log_loss_folds"].argmin())]
    ratio = best["log_loss_folds"] / TELCO_REFERENCE
    return Promise(
        f"telco: log loss of the best of ours ({best['model']}, mean of folds) {best['log_loss_folds']:.4f} / "
        f"{TELCO_REFERENCE} = {ratio:.4f}, at most 1.000",
        bool(ratio <= 1.0),
    )


def _ratio(name: str, best: pd.Series) -> Promise:
    return Promise(
        f"{name}: log loss of the best of ours ({best['model']}) over the best peer ({best['best_peer']}) "
        f"{best['ratio']:.4f}, 95 % interval {best['ratio_low']:.4f} to {best['ratio_high']:.4f}, "
        f"upper end at most {ALLOWED}",
        bool(best["ratio_high"] <= ALLOWED),
    )


def _fit_cpu(name: str, rows: pd.DataFrame) -> Iterator[Promise]:
    cpu = rows.set_index("model")["fit_cpu_seconds"]
    if {"logit_leaf", "catboost"} <= set(cpu.index):
        yield Promise(
            f"{name}: fit CPU of logit_leaf {cpu['logit_leaf']:.1f} s, at most CatBoost's {cpu['catboost']:.1f} s",
            bool(cpu["logit_leaf"] <= cpu["catboost"]),
        )
