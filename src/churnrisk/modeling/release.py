"""The released model: plain data, and the script that scores from it."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.calibrate import Calibration
from churnrisk.modeling.columns import NUMBER, FitError, column_type, read_columns
from churnrisk.modeling.logistic import PlainDataClassifier
from churnrisk.modeling.released import churn_model

MODEL_FILE, SCRIPT_FILE = "model.json", "churn_model.py"
SAME_ROWS = 1e-6
COMMON_SHARE = 0.1
#: Texts of more kinds than this are not listed: any is taken when one customer is scored.
MOST_LEVELS = 200


@dataclass(frozen=True)
class Release:
    """A model ready to leave the house: everything from features to reasons, as data.

    Parameters
    ----------
    data
        The content of model.json.
    """

    data: dict[str, Any]

    @property
    def content(self) -> bytes:
        """The bytes of model.json; the same model gives the same bytes."""
        return json.dumps(self.data, ensure_ascii=False, allow_nan=False, indent=1).encode() + b"\n"

    @property
    def sha256(self) -> str:
        """The digest to keep where the writer of the file cannot change it."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def column_names(self) -> list[str]:
        """Columns that a frame must have to be scored."""
        return [column["name"] for column in self.data["columns"]]

    def model(self) -> churn_model.ReleasedModel:
        """Open the model as the script would, from the very bytes that are written."""
        return churn_model.ReleasedModel(json.loads(self.content))

    def write(self, folder: Path) -> Path:
        """Write model.json and churn_model.py into a folder, and give the path of the first."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / MODEL_FILE
        path.write_bytes(self.content)
        shutil.copyfile(churn_model.__file__, folder / SCRIPT_FILE)
        return path


def build_release(
    estimator: PlainDataClassifier,
    calibration: Calibration,
    *,
    fit_rows: pd.DataFrame,
    segments: Sequence[Mapping[str, Any]],
    actions: Mapping[str, str],
    cards: Sequence[Mapping[str, Any]],
    pipeline: str,
    version: Mapping[str, Any],
    churn: Mapping[str, Any],
    changes: Sequence[Mapping[str, Any]] = (),
) -> Release:
    """Put a fitted model, its calibration, segments and sentences into plain data.

    Parameters
    ----------
    estimator
        A fitted classifier of ours.
    fit_rows
        The rows it was fitted on: all its columns, and those that sentences speak of besides.
    segments
        Name and lower bound of each, the riskiest first (`RiskSegmenter.to_plain`).
    actions
        What is done with each segment, by name.
    cards
        What sentences need of each signal (`scoring.reasons.signal_cards`).
    version
        What names this model: run, git commit, time of training, …
    churn
        The definition of churn that its labels follow.
    changes
        What a team can influence, and how a better value reads (`scoring.changes.change_cards`).

    Raises
    ------
    FitError
        When ``fit_rows`` lack a column or are not the rows that the estimator was fitted on.
    """
    plain = estimator.to_plain()
    types = _input_types(estimator, cards, fit_rows)
    columns = read_columns(fit_rows, types)
    mean = _mean_calibrated(plain, calibration, columns)
    described = [_describe(name, kind, columns[name], name in estimator.types_) for name, kind in types.items()]
    medians = {column["name"]: column.get("median") for column in described}
    data = {
        "format": churn_model.FORMAT,
        "pipeline": pipeline,
        "version": dict(version),
        "churn": dict(churn),
        "fit_rows": len(fit_rows),
        "columns": described,
        "model": plain,
        "calibration": calibration.to_plain(),
        "mean_calibrated_log_odds": mean,
        "segments": [{**segment, "action": actions.get(segment["name"], "")} for segment in segments],
        "signals": [{**card, "median": medians[card["name"]]} for card in cards if card["name"] in types],
        "changes": [dict(card) for card in changes if card["name"] in estimator.types_],
    }
    return Release(data)


def with_horizons(
    release: Release, horizons: Sequence[Mapping[str, Any]], types: Mapping[str, str], fit_rows: pd.DataFrame
) -> Release:
    """Put the hazards of further horizons beside a released model.

    Parameters
    ----------
    horizons
        Each as plain data (`FurtherHorizon.to_plain`), the shortest first.
    types
        The columns that their models read, with their types.
    fit_rows
        The rows that fitted the first model.
    """
    if not horizons:
        return release
    more = {name: kind for name, kind in types.items() if name not in release.column_names}
    values = read_columns(fit_rows, more)
    described = [_describe(name, kind, values[name], True) for name, kind in more.items()]
    columns = [*release.data["columns"], *described]
    return Release({**release.data, "columns": columns, "horizons": [dict(one) for one in horizons]})


def _input_types(
    estimator: PlainDataClassifier, cards: Sequence[Mapping[str, Any]], fit_rows: pd.DataFrame
) -> dict[str, str]:
    """Give each column to read with its type: the model's own, then those that its sentences speak of."""
    types = dict(estimator.types_)
    told = [part[0] for card in cards if card["name"] in types for part in card["parts"] if not isinstance(part, str)]
    missing = [name for name in dict.fromkeys([*types, *told]) if name not in fit_rows.columns]
    if missing:
        raise FitError(f"fit_rows should hold every column that model and sentences read, and lack {missing}.")
    for name in sorted(set(told) - set(types)):
        types[name] = column_type(fit_rows[name])
    return types


def _describe(name: str, kind: str, values: np.ndarray, feature: bool) -> dict[str, Any]:
    """Say what a column was like in the fit rows: the share of gaps, the values that many customers have."""
    gaps = float(pd.isna(values).mean())
    about: dict[str, Any] = {"name": name, "type": kind, "feature": feature, "missing_share": gaps}
    if kind == NUMBER:
        known = values[~np.isnan(values)]
        about["median"] = float(np.median(known)) if len(known) else None
        about["low"] = float(known.min()) if len(known) else None
        about["high"] = float(known.max()) if len(known) else None
        about["common"] = _quartiles(known)
    else:
        counts = pd.Series(values, dtype=object).value_counts()
        about["common"] = sorted(counts.index[counts >= COMMON_SHARE * len(values)])
        about["levels"] = sorted(counts.index) if feature and len(counts) <= MOST_LEVELS else None
    return about


def _quartiles(known: np.ndarray) -> list[float]:
    """Give the quartiles of a column as values that customers have."""
    if not len(known):
        return []
    found = np.quantile(known, [0.25, 0.5, 0.75], method="inverted_cdf")
    return [float(value) for value in found]


def _mean_calibrated(plain: dict[str, Any], calibration: Calibration, columns: dict[str, np.ndarray]) -> float:
    """Give the mean calibrated log-odds over the fit rows; a straight line needs only the mean before it."""
    raw = churn_model.log_odds(plain, columns)
    mean = plain["mean_log_odds"]
    if abs(float(raw.mean()) - mean) > SAME_ROWS * max(1.0, abs(mean)):
        raise FitError(
            f"fit_rows should be the rows that fitted the model: its mean log-odds there was {mean:.6f}, and on "
            f"these rows it is {raw.mean():.6f}."
        )
    if calibration.kind in ("beta", "isotonic"):
        return float(calibration.log_odds(raw).mean())
    return float(calibration.log_odds([mean])[0])
