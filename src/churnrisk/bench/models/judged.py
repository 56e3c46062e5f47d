"""What the probabilities of all models are worth on one set, side by side and paired."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from churnrisk.bench.models.sets import ModelSet
from churnrisk.modeling import metrics
from churnrisk.modeling.evaluate import interval
from churnrisk.modeling.folds import log_loss_rows
from churnrisk.modeling.resample import draw_customers, weighted_sums

RESAMPLES = 1000
#: Column = how the table's metrics are computed.
METRICS = {
    "roc_auc": metrics.roc_auc,
    "log_loss": metrics.log_loss,
    "lift_top_10": metrics.lift,
    "calibration_error": metrics.expected_calibration_error,
}


class Compared:
    """The judged rows of one set, with every model's probabilities.

    Parameters
    ----------
    rows
        The set.
    found
        Model = its ``row``, ``part`` and probability, as written by `fit_and_judge`.
    column
        Which probability: "raw" or "released".
    """

    def __init__(self, rows: ModelSet, found: Mapping[str, pd.DataFrame], column: str = "raw") -> None:
        first = next(iter(found.values()))
        self.part = first["part"].to_numpy()
        self.churned = rows.churned[first["row"].to_numpy()]
        self.customers = rows.customers[first["row"].to_numpy()]
        self.probability = {name: one[column].to_numpy() for name, one in found.items() if column in one}
        self._sums: dict[str, np.ndarray] = {}
        self._drawn: tuple[np.ndarray, np.ndarray] | None = None

    def metrics_of(self, name: str) -> dict[str, float]:
        """Give each metric over all judged rows, and as ``<metric>_folds`` the mean over the parts."""
        p = self.probability[name]
        pooled = {metric: each(self.churned, p) for metric, each in METRICS.items()}
        parts = [self.part == index for index in np.unique(self.part)]
        means = {
            f"{metric}_folds": float(np.mean([each(self.churned[at], p[at]) for at in parts]))
            for metric, each in METRICS.items()
        }
        return pooled | means

    def best(self, names: list[str]) -> str:
        """Name the model with the lowest log loss over all judged rows."""
        return min(names, key=lambda name: metrics.log_loss(self.churned, self.probability[name]))

    def ratio(self, name: str, other: str) -> tuple[float, float, float]:
        """Give log loss of one model over that of another, and its paired 95 % interval over customers."""
        value = self._losses(name).sum() / self._losses(other).sum()
        low, high = interval(self._resampled(name) / self._resampled(other))
        return float(value), low, high

    def _losses(self, name: str) -> np.ndarray:
        return log_loss_rows(self.churned, metrics.log_odds(self.probability[name]))

    def _resampled(self, name: str) -> np.ndarray:
        """Sum the log loss of one model over each resample of customers, the same for all models."""
        if self._drawn is None:
            self._drawn = draw_customers(self.customers, RESAMPLES, seed=0)
        if name not in self._sums:
            self._sums[name] = weighted_sums(self._losses(name)[:, None], *self._drawn)[:, 0]
        return self._sums[name]


def table_of(
    rows: ModelSet,
    found: Mapping[str, pd.DataFrame],
    taken: Mapping[str, Mapping[str, list[float]]],
    ours: list[str],
) -> pd.DataFrame:
    """Lay one set out: a row for each model as it comes, and one for each of ours as released.

    Returns
    -------
    DataFrame
        ``set, model, form`` (raw, released), the metrics, ``best_peer``, ``ratio`` to it with ``ratio_low`` and
        ``ratio_high``, ``ratio_lightgbm`` likewise, and CPU seconds to fit and predict over all parts.
    """
    raw = Compared(rows, found)
    peers = [name for name in raw.probability if name not in ours]
    best_peer = raw.best(peers) if peers else ""
    lines = []
    for form in ("raw", "released"):
        each = raw if form == "raw" else Compared(rows, found, "released")
        for name in each.probability:
            both = raw
            label = name
            if form == "released":
                label = f"{name} released"
                both.probability[label] = each.probability[name]
            line = {"set": rows.name, "model": name, "form": form, "best_peer": best_peer, **both.metrics_of(label)}
            for column, other in (("ratio", best_peer), ("ratio_lightgbm", "lightgbm")):
                known = other in both.probability
                three = both.ratio(label, other) if known else (np.nan,) * 3
                line |= dict(zip((column, f"{column}_low", f"{column}_high"), three, strict=True))
            cpu = taken[name]
            line |= {"fit_cpu_seconds": sum(cpu["fit"]), "predict_cpu_seconds": sum(cpu["predict"])}
            lines.append(line)
    return pd.DataFrame(lines)
