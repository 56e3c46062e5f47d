"""What a fitted model says of each signal: the curve to draw, and how much it moves customers."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from churnrisk.modeling.columns import group_codes, read_columns
from churnrisk.modeling.logistic import PlainDataClassifier
from churnrisk.modeling.released import churn_model


def effect_curves(plain: dict[str, Any]) -> pd.DataFrame:
    """Give the effects of an additive model as a table to draw from; a tree has none.

    A step stands as two points, at the cut and just above it.

    Returns
    -------
    One row a point: column, at (a number, a text, or "missing"), log_odds (against the mean).

    Examples
    --------
    >>> part = {"column": "logins", "knots": [0.0, 9.0], "values": [0.5, -0.5], "missing": 0.0}
    >>> effect_curves({"kind": "additive", "effects": [part]})["at"].tolist()
    [0.0, 9.0, 'missing']
    """
    points = []
    for part in plain.get("effects", []):
        if "levels" in part:
            own = [*part["levels"].items(), ("any other", part["other"])]
        else:
            at = _turns(part)
            own = list(zip(at, churn_model.effect(part, np.array(at)).tolist(), strict=True))
        points += [(part["column"], at, value) for at, value in [*own, ("missing", part["missing"])]]
    return pd.DataFrame(points, columns=["column", "at", "log_odds"])


def _turns(part: dict[str, Any]) -> list[float]:
    """Give the points between which a curve is straight."""
    cuts = part.get("cuts", [])
    return sorted({*part["knots"], *cuts, *(float(np.nextafter(cut, np.inf)) for cut in cuts)})


def effect_maps(plain: dict[str, Any]) -> pd.DataFrame:
    """Give the maps of an additive model as a table to draw from: what two signals add to what each adds alone.

    Returns
    -------
    One row a cell: first, second (the two signals), first_at, second_at (the part of each, in words), first_bin,
    second_bin (its place), log_odds.

    Examples
    --------
    >>> axes = [{"cuts": [2.0]}, {"levels": {"free": 0, "pro": 1}, "other": 1}]
    >>> values = [[0.2, -0.1, 0.0], [-0.2, 0.1, 0.0], [0.0, 0.0, 0.0]]
    >>> found = effect_maps({"maps": [{"columns": ["logins", "plan"], "axes": axes, "values": values}]})
    >>> found[["first_at", "second_at", "log_odds"]].values.tolist()[:2]
    [['up to 2', 'free', 0.2], ['up to 2', 'any other', -0.1]]
    """
    cells = []
    for part in plain.get("maps", []):
        first, second = part["columns"]
        ways = [
            _bins(axis, len(part["values"] if side == 0 else part["values"][0]))
            for side, axis in enumerate(part["axes"])
        ]
        for row, line in enumerate(part["values"]):
            for column, value in enumerate(line):
                cells.append((first, second, ways[0][row], ways[1][column], row, column, float(value)))
    names = ["first", "second", "first_at", "second_at", "first_bin", "second_bin", "log_odds"]
    return pd.DataFrame(cells, columns=names)


def _bins(axis: dict[str, Any], count: int) -> list[str]:
    """Say in words what stands in each bin of one side of a map; the last is for gaps."""
    if "levels" not in axis:
        cuts = [f"{cut:.4g}" for cut in axis["cuts"]]
        if not cuts:
            return ["any", "missing"]
        between = [f"{low} to {high}" for low, high in pairwise(cuts)]
        return [f"up to {cuts[0]}", *between, f"above {cuts[-1]}", "missing"]
    held = [[level for level, place in axis["levels"].items() if place == at] for at in range(count - 1)]
    told = [", ".join(own[:3]) + (", …" if len(own) > 3 else "") for own in held]
    told[int(axis["other"])] = "any other"
    return [*told, "missing"]


def map_strengths(plain: dict[str, Any], rows: pd.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    """Rank the maps by how far they move customers: the mean size of what they add over some rows.

    Returns
    -------
    One row a map, the strongest first: first, second, mean_size (in log-odds).
    """
    columns = read_columns(rows, types)
    found = [
        (*part["columns"], float(np.abs(churn_model.map_effect(part, columns)).mean()))
        for part in plain.get("maps", [])
    ]
    table = pd.DataFrame(found, columns=["first", "second", "mean_size"])
    return table.sort_values(["mean_size", "first", "second"], ascending=[False, True, True], ignore_index=True)


def effect_bands(
    model: PlainDataClassifier,
    X: pd.DataFrame,
    y: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    *,
    resamples: int = 20,
    max_rows: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Give the effects of an additive model with 95 % intervals, from models fitted on resamples of customers.

    What a fit chooses (the strength of its penalty) stays as the model chose it. Where resamples are smaller than the
    rows, spreads shrink by the root of the ratio.

    Parameters
    ----------
    model
        A fitted classifier whose plain form is additive.
    X, y, groups
        The rows that fitted it, and the customer of each.
    max_rows
        A resample holds about so many rows at most; whole customers.

    Returns
    -------
    One row a point: column, at, log_odds (as `effect_curves`), low, high.
    """
    base = effect_curves(model.to_plain())
    codes, labels = group_codes(None if groups is None else np.asarray(groups), len(X)), np.asarray(y)
    columns = read_columns(X, model.types_)
    people = int(codes.max()) + 1
    drawn = max(2, min(people, round(people * max_rows / len(X))))
    random = np.random.default_rng(seed)
    rows_of = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    found = []
    for _ in range(resamples):
        chosen = random.integers(0, people, drawn)
        rows = np.concatenate([rows_of[one] for one in chosen])
        again = np.repeat(np.arange(drawn), [len(rows_of[one]) for one in chosen])
        if len(np.unique(labels[rows])) == 2:
            refitted = _as_chosen(model, len(rows) / len(X)).fit(X.iloc[rows], labels[rows], groups=again)
            found.append(_effects_at(refitted.to_plain(), base, columns))
    spread = 1.96 * np.std(found, axis=0, ddof=1) * np.sqrt(drawn / people)
    return base.assign(low=base["log_odds"] - spread, high=base["log_odds"] + spread)


def _as_chosen(model: PlainDataClassifier, part: float) -> PlainDataClassifier:
    """Give the model unfitted, with what its fit chose; a penalty on the sum over rows goes with the rows."""
    chosen = {}
    for name, value in model.get_params().items():
        learned = getattr(model, f"{name}_", None)
        if value is None and isinstance(learned, int | float):
            chosen[name] = learned * part if name == "l2" else learned
    if hasattr(model, "rounds_"):
        chosen |= {"max_rounds": model.rounds_, "folds": 2}  # folds choose nothing but fewer rounds, if any
    return clone(model).set_params(**chosen)


def _effects_at(plain: dict[str, Any], points: pd.DataFrame, columns: dict[str, np.ndarray]) -> np.ndarray:
    """Give the effects of one model at the points of another, each less its mean over the same rows."""
    parts = {part["column"]: part for part in plain["effects"]}
    values = []
    for name, own in points.groupby("column", sort=False):
        part, at = parts[str(name)], own["at"].tolist()[:-1]
        ends = [part["missing"]]
        if "levels" in part:
            at, ends = at[:-1], [part["other"], part["missing"]]
        asked = np.array(at, dtype=columns[str(name)].dtype)
        mean = churn_model.effect(part, columns[str(name)]).mean()
        values.append(np.append(churn_model.effect(part, asked), ends) - mean)
    return np.concatenate(values)


def signal_strengths(model: PlainDataClassifier, rows: pd.DataFrame) -> pd.DataFrame:
    """Rank the columns by how far they move customers: the mean size of their shares over some rows.

    Returns
    -------
    One row a column: column, mean_share (absolute, in log-odds), moved (share of rows it moves at all).
    """
    split = np.abs(model.explain(rows))
    names = churn_model.feature_names(model.to_plain())
    table = pd.DataFrame({"column": names, "mean_share": split.mean(axis=0), "moved": (split > 1e-9).mean(axis=0)})
    return table.sort_values(["mean_share", "column"], ascending=[False, True], ignore_index=True)
