"""One model on one set, in a process of its own: probabilities of the judged rows, and the CPU they took."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from churnrisk.bench.models.contenders import THREADS, Contender, contenders
from churnrisk.bench.models.sets import ModelSet, Rows
from churnrisk.bench.taken import cpu_seconds

#: Rows of the fit before the first one that counts: it loads libraries and starts threads.
WARM_ROWS = 400
#: A fit that takes less CPU than this is measured three times.
SHORT_SECONDS = 5.0


def fit_and_judge(folder: Path, name: str, out: Path, *, released: bool = True) -> dict[str, Any]:
    """Fit a model on each part of a set and write its probabilities of the judged rows.

    Parameters
    ----------
    folder
        Where the set was saved.
    out
        Folder of the results: ``<name>.parquet`` (``row``, ``part``, ``raw`` and for ours ``released``) and
        ``<name>.json``.
    released
        Whether ours are calibrated as well, as the pipeline would; that CPU is told apart.

    Returns
    -------
    dict
        CPU seconds of each part: ``fit``, ``predict`` and ``calibrate``.
    """
    rows, contender = ModelSet.load(folder), contenders()[name]
    contender.make()  # its libraries are loaded now: what is not loaded cannot be held to some threads
    with threadpool_limits(limits=THREADS):
        return _measured(rows, contender, out, released=released)


def _measured(rows: ModelSet, contender: Contender, out: Path, *, released: bool) -> dict[str, Any]:
    name = contender.name
    _warm(rows, contender)
    taken: dict[str, list[float]] = {"fit": [], "predict": [], "calibrate": []}
    found = []
    for index, part in enumerate(rows.parts()):
        model, fit_seconds = _timed(rows, part.fit, contender)
        fitted = cpu_seconds()
        raw = model.predict_proba(rows.frame.iloc[part.judged])[:, 1]
        predicted = cpu_seconds()
        judged = pd.DataFrame({"row": part.judged, "part": index, "raw": raw})
        if contender.ours and released:
            judged["released"] = _as_released(rows, part, model)
        taken["fit"].append(fit_seconds)
        taken["predict"].append(predicted - fitted)
        taken["calibrate"].append(cpu_seconds() - predicted)
        found.append(judged)
    out.mkdir(parents=True, exist_ok=True)
    pd.concat(found, ignore_index=True).to_parquet(out / f"{name}.parquet", index=False)
    (out / f"{name}.json").write_text(json.dumps(taken), encoding="utf-8")
    return taken


def _timed(rows: ModelSet, at: np.ndarray, contender: Contender) -> tuple[Any, float]:
    """Fit and give the CPU seconds; a short fit is done three times and the median counts."""
    taken: list[float] = []
    while len(taken) < (3 if taken and taken[0] < SHORT_SECONDS else 1):
        begun = cpu_seconds()
        model = _fit(rows, at, contender)
        taken.append(cpu_seconds() - begun)
    return model, float(np.median(taken))


def _fit(rows: ModelSet, at: np.ndarray, contender: Contender) -> Any:
    """Fit on some rows; ours are told the customers, as the pipeline tells them."""
    told = {"groups": rows.customers[at]} if contender.ours else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return contender.make().fit(rows.frame.iloc[at], rows.churned[at], **told)


def _warm(rows: ModelSet, contender: Contender) -> None:
    """Fit once on a few rows of both kinds, so that loading counts for nobody."""
    first = next(rows.parts()).fit
    kinds = [first[rows.churned[first] == label] for label in (0, 1)]
    at = np.concatenate([some[:: max(1, 2 * len(some) // WARM_ROWS)] for some in kinds])
    _fit(rows, at, contender).predict_proba(rows.frame.iloc[at])


def _as_released(rows: ModelSet, part: Rows, model: Any) -> np.ndarray:
    """Calibrate as the pipeline does: on later rows, or on out-of-fold log-odds of the fit rows."""
    from sklearn.base import clone

    from churnrisk.modeling.calibrate import calibrate, calibrate_out_of_fold

    if len(part.calibrate):
        odds = model.decision_function(rows.frame.iloc[part.calibrate])
        curve = calibrate(odds, rows.churned[part.calibrate], rows.customers[part.calibrate])
    else:
        fit = part.fit
        curve, _ = calibrate_out_of_fold(clone(model), rows.frame.iloc[fit], rows.churned[fit], rows.customers[fit])
    return curve.probability(model.decision_function(rows.frame.iloc[part.judged]))
