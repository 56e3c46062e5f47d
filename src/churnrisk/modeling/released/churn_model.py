"""Score customers with a released churn model: model.json beside this script is all it needs.

It imports no part of churnrisk, so a model outlives the package that trained it. The same script
scores inside the package; there is one implementation of scoring, and this is it.

    model = load("model.json", sha256="...")
    scored = model.score(frame)
"""

import hashlib
import json
import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd

FORMAT = 1
DECIMALS = 6
TOLD = 3
BLOCK_ROWS = 50_000
FLOAT32_MAX = float(np.finfo(np.float32).max)
LEAST = {  # a change that would be shown as 0 is not told
    "fall": lambda values: values <= 0.995,
    "rise": lambda values: values >= 1.005,
    "magnitude": lambda values: np.abs(values) >= 0.05,
    "%magnitude": lambda values: np.abs(values) >= 0.005,
}
NUMBER_KINDS = {"floating", "integer", "mixed-integer-float", "decimal", "boolean", "empty"}


class ReleasedModelError(ValueError):
    """A released model was changed, or does not fit the rows it is given."""


# Columns: what the model reads, as arrays of numbers or of text.


def as_number(series: pd.Series) -> np.ndarray:
    """Read a column of numbers; gaps become NaN."""
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else None
    if kind in ("f", "i", "u", "b"):
        values = series.to_numpy(dtype=np.float64)
    else:
        found = pd.api.types.infer_dtype(series, skipna=True)
        if found not in NUMBER_KINDS and not series.isna().all():
            raise ReleasedModelError(f"should hold numbers, and holds {found}, first {_first(series)!r}")
        values = pd.to_numeric(series.astype(object), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise ReleasedModelError("holds an infinite number; leave it empty where there is none")
    return values


def as_text(series: pd.Series) -> np.ndarray:
    """Read a column of text; gaps become None."""
    found = pd.api.types.infer_dtype(series, skipna=True)
    if isinstance(series.dtype, pd.CategoricalDtype):
        found = pd.api.types.infer_dtype(series.cat.categories)
    if found not in ("string", "empty") and not series.isna().all():
        raise ReleasedModelError(f"should hold text, and holds {found}, first {_first(series)!r}")
    values = series.astype(object).to_numpy(dtype=object, copy=True)
    values[series.isna().to_numpy()] = None
    return values


def _row(faulty: np.ndarray) -> int:
    """Give the number of the first faulty row; rows count from 1."""
    return int(np.argmax(faulty)) + 1


def _first(series: pd.Series) -> object:
    return series.dropna().iloc[0]


# The model: an additive one is a sum of curves and levels, and of maps over two columns where it has them; a tree is
# a list of nodes.


def effect(plain: dict, values: np.ndarray) -> np.ndarray:
    """Give the log-odds that one column adds, for each of its values.

    Examples
    --------
    >>> curve = {"knots": [0.0, 10.0], "values": [0.5, -0.5], "missing": 0.1}
    >>> effect(curve, np.array([5.0, 99.0, np.nan])).tolist()
    [0.0, -0.5, 0.1]
    >>> effect(curve | {"cuts": [7.0], "steps": [0.0, -0.25]}, np.array([7.0, 10.0])).round(2).tolist()
    [-0.2, -0.75]
    """
    if "levels" in plain:
        return _by_level(values, plain["levels"], plain["other"], plain["missing"])
    added = np.interp(values, plain["knots"], plain["values"])
    if "cuts" in plain:
        added += np.array(plain["steps"])[np.searchsorted(plain["cuts"], values).clip(max=len(plain["cuts"]))]
    added[np.isnan(values)] = plain["missing"]
    return added


def bin_of(axis: dict, values: np.ndarray) -> np.ndarray:
    """Give each value its bin on one side of a map; the last bin is for gaps.

    Examples
    --------
    >>> bin_of({"cuts": [2.0, 5.0]}, np.array([2.0, 3.0, 9.0, np.nan])).tolist()
    [0, 1, 2, 3]
    >>> bin_of({"levels": {"a": 0}, "other": 1}, np.array(["a", "new", None], dtype=object)).tolist()
    [0, 1, 2]
    """
    if "levels" in axis:
        return _by_level(values, axis["levels"], axis["other"], axis["other"] + 1).astype(np.int64)
    return np.where(np.isnan(values), len(axis["cuts"]) + 1, np.searchsorted(axis["cuts"], values))


def map_effect(plain: dict, columns: dict) -> np.ndarray:
    """Give the log-odds that two columns together add to what each adds alone.

    Examples
    --------
    >>> plain = {"columns": ["a", "b"], "axes": [{"cuts": [0.0]}] * 2, "values": [[1, 2, 0], [3, 4, 0], [0, 0, 0]]}
    >>> map_effect(plain, {"a": np.array([-1.0, 1.0]), "b": np.array([1.0, 1.0])}).tolist()
    [2, 4]
    """
    sides = zip(plain["axes"], plain["columns"], strict=True)
    first, second = [bin_of(axis, columns[name]) for axis, name in sides]
    return np.asarray(plain["values"])[first, second]


def _by_level(values: np.ndarray, levels: dict, other: float, missing: float) -> np.ndarray:
    codes, found = pd.factorize(values)
    return np.array([levels.get(level, other) for level in found] + [missing], dtype=np.float64)[codes]


def tree_number(split: dict, values: np.ndarray) -> np.ndarray:
    """Give a column as the 32-bit numbers that a tree compares; texts stand in the order of their churn rate."""
    if "codes" in split:
        values = _by_level(values, split["codes"], split["other"], np.nan)
    return np.clip(values, -FLOAT32_MAX, FLOAT32_MAX).astype(np.float32)


def leaves(plain: dict, columns: dict) -> np.ndarray:
    """Send each row down the tree, as scikit-learn does, and give the number of its leaf."""
    nodes = plain["nodes"]
    rows = len(next(iter(columns.values())))
    at = np.zeros(rows, dtype=np.int64)
    waiting = [(0, np.arange(rows))]
    while waiting:
        node, here = waiting.pop()
        if nodes["left"][node] < 0:
            at[here] = node
            continue
        split = plain["columns"][nodes["column"][node]]
        small = tree_number(split, columns[split["column"]][here])
        goes_left = np.where(np.isnan(small), nodes["missing_left"][node], small <= nodes["threshold"][node])
        waiting.append((nodes["left"][node], here[goes_left]))
        waiting.append((nodes["right"][node], here[~goes_left]))
    return at


def log_odds(plain: dict, columns: dict) -> np.ndarray:
    """Give the model's log-odds of churn, before calibration."""
    if plain["kind"] == "tree":
        return np.array(plain["nodes"]["log_odds"])[leaves(plain, columns)]
    total = np.full(len(next(iter(columns.values()))), plain["mean_log_odds"], dtype=np.float64)
    for part in plain["effects"]:
        total += effect(part, columns[part["column"]])
    for part in plain.get("maps", []):
        total += map_effect(part, columns)
    return total


def shares(plain: dict, columns: dict) -> np.ndarray:
    """Split each row's log-odds, less the mean log-odds, over the model's columns.

    A map's part goes half to each of its two columns.
    """
    if plain["kind"] == "tree":
        return np.array(plain["leaf_shares"], dtype=np.float64)[leaves(plain, columns)]
    split = np.column_stack([effect(part, columns[part["column"]]) for part in plain["effects"]])
    place = {part["column"]: index for index, part in enumerate(plain["effects"])}
    for part in plain.get("maps", []):
        half = map_effect(part, columns) / 2
        for name in part["columns"]:
            split[:, place[name]] += half
    return split


def feature_names(plain: dict) -> list:
    """List the columns that the model reads, in the order of its shares."""
    return [part["column"] for part in plain["columns" if plain["kind"] == "tree" else "effects"]]


def calibrated(plain: dict, raw: np.ndarray) -> np.ndarray:
    """Turn the model's log-odds into calibrated log-odds.

    Examples
    --------
    >>> calibrated({"kind": "sigmoid", "slope": 0.5, "intercept": -1.0}, np.array([2.0])).tolist()
    [0.0]
    """
    if plain["kind"] == "sigmoid":
        return plain["intercept"] + plain["slope"] * raw
    if plain["kind"] == "beta":
        return plain["intercept"] - plain["a"] * np.logaddexp(0.0, -raw) + plain["b"] * np.logaddexp(0.0, raw)
    if plain["kind"] == "isotonic":
        share = np.interp(raw, plain["log_odds"], plain["probabilities"])
        return np.log(share) - np.log1p(-share)
    return raw


def probability(odds: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities, without overflow at either end."""
    tail = np.exp(-np.abs(odds))
    return np.where(odds >= 0, 1.0, tail) / (1.0 + tail)


def later_chances(source: dict, raw: np.ndarray, columns: dict) -> dict:
    """Give the probability to churn within each further horizon; it never falls below that of a shorter one.

    A further horizon has a hazard: the probability to churn by its end, of those who had not by the end of the one
    before. Its model is one of its own, or the first horizon's calibrated log-odds.

    Examples
    --------
    >>> hazard = {"days": 60, "model": None, "calibration": {"kind": "none"}}
    >>> source = {"calibration": {"kind": "none"}, "horizons": [hazard]}
    >>> {name: chance.tolist() for name, chance in later_chances(source, np.array([0.0]), {}).items()}
    {'churn_probability_60': [0.75]}
    """
    first = calibrated(source["calibration"], raw)
    chance, found = probability(first), {}
    for one in source.get("horizons", []):
        odds = first if one["model"] is None else log_odds(one["model"], columns)
        chance = chance + (1.0 - chance) * probability(calibrated(one["calibration"], odds))
        found[f"churn_probability_{one['days']}"] = np.round(chance, DECIMALS)
    return found


def segment_places(bounds: list, chances: np.ndarray) -> np.ndarray:
    """Give each probability the place of its segment: 0 is the riskiest.

    Examples
    --------
    >>> segment_places([0.5, 0.2], np.array([0.9, 0.5, 0.3, 0.1])).tolist()
    [0, 0, 1, 2]
    """
    return np.searchsorted(-np.asarray(bounds, dtype=np.float64), -chances, side="left")


# Reasons: sentences filled with the customer's own numbers.


def number_words(values: np.ndarray, spec: str) -> list:
    """Write numbers as a sentence shows them.

    Examples
    --------
    >>> number_words(np.array([1234.5]), "money"), number_words(np.array([0.38]), "fall")
    (['1,234.50'], ['62 %'])
    >>> number_words(np.array([1.0, 2000.0]), "day|days")
    ['1 day', '2,000 days']
    """
    if "|" in spec:
        one, many = spec.split("|")
        return [f"{_plain(value, 0)} {one if round(value) == 1 else many}" for value in values.tolist()]
    if spec in ("%", "fall", "rise"):
        part = {"%": values, "fall": 1 - values, "rise": values - 1}[spec]
        return [f"{_plain(value, 0)} %" for value in (100 * part).tolist()]
    if spec == "past":
        return [f"{_plain(abs(value), 1)} days {'past' if value >= 0 else 'before'}" for value in values.tolist()]
    if spec == "%magnitude":
        return [_plain(value, 0) for value in np.abs(100 * values).tolist()]
    if spec in ("", "magnitude"):
        shown = np.abs(values) if spec else values
        return [_plain(value, 0 if value == math.floor(value) else 1) for value in shown.tolist()]
    return [_plain(value, 2 if spec == "money" else int(spec)) for value in values.tolist()]


def _plain(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def sentences(card: dict, columns: dict, rows: np.ndarray) -> list:
    """Tell one signal for some rows, each with its own numbers."""
    told = []
    for part in card["parts"]:
        if isinstance(part, str):
            told.append([part] * len(rows))
        else:
            values = columns[part[0]][rows]
            told.append(list(map(str, values)) if values.dtype == object else number_words(values, part[1]))
    return [_without_zero("".join(each)) for each in zip(*told, strict=True)]


def _without_zero(sentence: str) -> str:
    """Write "No logins" for "Only 0 logins".

    Examples
    --------
    >>> _without_zero("Only 0 logins in the last 28 days")
    'No logins in the last 28 days'
    """
    return "No " + sentence[7:] if sentence.startswith("Only 0 ") else sentence


def tellable(card: dict, columns: dict) -> np.ndarray:
    """Say for which rows a signal's sentence is true: on the risky side, and no number missing."""
    value = columns[card["name"]]
    if card.get("plain"):  # says only how a customer stands, so it is true wherever there is a value
        return ~pd.isna(value)
    told = card["parts"] and card["raises_risk"] in ("high", "low") and card["median"] is not None
    if not told or value.dtype == object:
        return np.zeros(len(value), dtype=bool)
    true = value > card["median"] if card["raises_risk"] == "high" else value < card["median"]
    if card["below"] is not None:
        true &= value < card["below"]
    if card["above"] is not None:
        true &= value > card["above"]
    for part in card["parts"]:
        if not isinstance(part, str):
            needed = columns[part[0]]
            true &= ~pd.isna(needed)
            if part[1] in LEAST:
                true &= LEAST[part[1]](needed)
    return true


# Changes: what would lower the probability most, of what a team can influence. This is what the model expects of a
# customer whose one signal stood elsewhere and all others as they are; it is no proof that a change would do this.


def moved(plain: dict, columns: dict, name: str, value: object) -> np.ndarray:
    """Give how far each row's log-odds move when one column stands at one value and all others stay.

    Examples
    --------
    >>> curve = {"column": "logins", "knots": [0.0, 10.0], "values": [0.5, -0.5], "missing": 0.1}
    >>> plain = {"kind": "additive", "mean_log_odds": -2.0, "effects": [curve]}
    >>> moved(plain, {"logins": np.array([0.0, 10.0])}, "logins", 5.0).tolist()
    [-0.5, 0.5]
    """
    here = columns[name]
    elsewhere = columns | {name: np.full(len(here), value, dtype=here.dtype)}
    if plain["kind"] == "tree":
        return (
            log_odds(plain, elsewhere) - log_odds(plain, columns) if splits_on(plain, name) else np.zeros(len(here))
        )
    own = [part for part in plain["effects"] if part["column"] == name]
    maps = [part for part in plain.get("maps", []) if name in part["columns"]]
    few = {"kind": plain["kind"], "mean_log_odds": 0.0, "effects": own, "maps": maps}
    return log_odds(few, elsewhere) - log_odds(few, columns)


def splits_on(plain: dict, name: str) -> bool:
    """Say whether a tree asks for a column at all."""
    nodes = plain["nodes"]
    asked = {at for at, left in zip(nodes["column"], nodes["left"], strict=True) if left >= 0}
    return any(plain["columns"][at]["column"] == name for at in asked)


def best_move(plain: dict, card: dict, columns: dict) -> tuple:
    """Give each row the value of one column with the lowest log-odds, and how far they move; 0 where none is better.

    The values are those that many customers have: the quartiles of numbers, the frequent texts. A number moves only
    the way that should lower the risk, and from one side no further than the median; no gap is filled.
    """
    here = columns[card["name"]]
    middle = card["values"][len(card["values"]) // 2] if card["values"] else None
    best, fall = np.full(len(here), np.nan, dtype=here.dtype), np.zeros(len(here))
    spec = next((part[1] for part in card["parts"] if not isinstance(part, str)), "")
    for value in dict.fromkeys(card["values"]):
        better = ~pd.isna(here)
        if here.dtype == object:
            better &= here != value
        else:
            better &= as_shown(here, spec) != as_shown(np.array([value]), spec)
            side = {"low": value > here, "high": value < here}
            better &= side.get(card["raises_risk"], True)
            better &= ~((here < middle) & (value > middle)) & ~((here > middle) & (value < middle))
        if better.any():
            gain = np.where(better, moved(plain, columns, card["name"], value), 0.0)
            best[gain < fall] = value
            fall = np.minimum(fall, gain)
    return best, fall


def as_shown(values: np.ndarray, spec: str) -> np.ndarray:
    """Round numbers as a sentence writes them, so that a change that would read as none is none.

    Examples
    --------
    >>> as_shown(np.array([2.4]), "day|days").tolist(), as_shown(np.array([0.384]), "%").tolist()
    ([2.0], [0.38])
    """
    if "|" in spec:
        return np.round(values)
    return np.round(values, {"%": 2, "fall": 2, "rise": 2, "%magnitude": 2, "money": 2, "0": 0, "2": 2}.get(spec, 1))


def change_sentences(card: dict, here: np.ndarray, value: np.ndarray, chance: list, before: list) -> list:
    """Tell changes of one column: from and to which value, from and to which probability."""
    spec = next((part[1] for part in card["parts"] if not isinstance(part, str)), None)
    there = sentences(card, {card["name"]: value}, np.arange(len(value)))
    told = []
    instead = [""] * len(here)
    if spec is not None:
        bare = "0" if "|" in spec else spec
        words = list(map(str, here)) if here.dtype == object else number_words(here, bare)
        instead = [f" instead of {word}" for word in words]
    for what, old, new, now in zip(there, instead, chance, before, strict=True):
        what = "no " + what[2:] if spec and "|" in spec and what.startswith("0 ") else what
        told.append(f"With {what}{old}, the model would give {new} instead of {now}")
    return told


def chance_words(chances: np.ndarray) -> list:
    """Write probabilities in percent, small ones with a decimal.

    Examples
    --------
    >>> chance_words(np.array([0.241, 0.0513]))
    ['24 %', '5.1 %']
    """
    return [f"{100 * chance:.{0 if chance >= 0.0995 else 1}f} %" for chance in chances.tolist()]


class ReleasedModel:
    """A released model: from a frame of signals to probability, segment, action and reasons.

    Parameters
    ----------
    source
        The content of model.json, as a dictionary, or the path of the file.
    sha256
        The file's digest; the file is refused when its bytes have another.
    """

    def __init__(self, source, sha256=None):
        if not isinstance(source, dict):
            source = _read(Path(source), sha256)
        elif sha256 is not None:
            raise ReleasedModelError("A digest belongs to a file. Give the path of model.json.")
        if source.get("format") != FORMAT:
            raise ReleasedModelError(
                f"This script reads models of format {FORMAT}, and this one has format {source.get('format')!r}. "
                "Use the script that was written beside it."
            )
        self.data = source
        self.model = source["model"]
        self.names = feature_names(self.model)
        self.types = {column["name"]: column["type"] for column in source["columns"]}
        self.segments = source["segments"]
        calibration = source["calibration"]
        self.slope = calibration["slope"] if calibration["kind"] == "sigmoid" else 1.0
        place = {name: index for index, name in enumerate(self.names)}
        self.groups: dict = {}
        for card in source["signals"]:
            if card["name"] in place:
                self.groups.setdefault(card["group"], []).append((place[card["name"]], card))
        common = {column["name"]: column.get("common", []) for column in source["columns"]}
        self.changes = [card | {"values": common[card["name"]]} for card in source.get("changes", [])]

    def read(self, frame):
        """Check a frame and take the model's columns out of it; further columns are left alone."""
        if not isinstance(frame, pd.DataFrame):
            raise ReleasedModelError(f"The model scores a pandas DataFrame, and was given {type(frame).__name__}.")
        missing = [name for name in self.types if name not in frame.columns]
        if missing:
            raise ReleasedModelError(f"The rows lack {len(missing)} column(s) the model reads: {', '.join(missing)}.")
        columns, faults = {}, []
        for name, kind in self.types.items():
            try:
                columns[name] = (as_number if kind == "number" else as_text)(frame[name])
            except ReleasedModelError as fault:
                faults.append(f"{name} {fault}")
        if faults:
            raise ReleasedModelError("The rows do not fit the model: " + "; ".join(faults) + ".")
        return columns

    @property
    def required(self):
        """Name the columns that were never empty in the rows that fitted the model."""
        described = self.data["columns"]
        return [one["name"] for one in described if one.get("feature", True) and one.get("missing_share", 1.0) == 0]

    def check(self, frame):
        """Refuse rows that a request should not hold, though a night would score them.

        A night takes a value that the model has not seen for what it is, a gap or a text like no other. Whoever asks
        for one customer has more likely mistyped it: no rows, an empty value that is never empty, an unknown text.
        """
        columns = self.read(frame)
        if not len(frame):
            raise ReleasedModelError("There are no rows. Give at least one.")
        faults = [
            f"{name} is empty in row {_row(pd.isna(columns[name]))}, and is never empty for this model"
            for name in self.required
            if pd.isna(columns[name]).any()
        ]
        for one in self.data["columns"]:
            levels = one.get("levels")
            if levels is None or not one["feature"]:
                continue
            values = columns[one["name"]]
            unknown = ~(pd.isna(values) | pd.Series(values, dtype=object).isin(levels).to_numpy())
            if unknown.any():
                place = int(unknown.argmax())
                faults.append(f"{one['name']} is {values[place]!r} in row {place + 1}. Known: {', '.join(levels)}")
        if faults:
            raise ReleasedModelError("The rows cannot be scored: " + "; ".join(faults) + ".")

    def score(self, frame, reasons=True, all_segments=False):
        """Score rows: probability, that of each further horizon, segment, action, reasons and drivers.

        Parameters
        ----------
        frame
            One row a customer, with the model's columns; order and index are kept.
        reasons
            Whether to tell reasons, drivers and the best change; without them these columns stay empty.
        all_segments
            Whether to tell them for the lowest segment, too.
        """
        columns = self.read(frame)
        rows = len(frame)
        raw = np.empty(rows)
        told = [np.full(rows, "", dtype=object) for _ in range(2 * TOLD)]
        change, changed = np.full(rows, "", dtype=object), np.full(rows, np.nan)
        chances = np.empty(rows)
        later = {f"churn_probability_{one['days']}": np.empty(rows) for one in self.data.get("horizons", [])}
        places = np.empty(rows, dtype=np.int64)
        bounds = [segment["lower_bound"] for segment in self.segments[:-1]]
        for start in range(0, rows, BLOCK_ROWS):
            here = slice(start, start + BLOCK_ROWS)
            block = {name: values[here] for name, values in columns.items()}
            raw[here] = log_odds(self.model, block)
            chances[here] = self._chances(raw[here])
            for name, chance in later_chances(self.data, raw[here], block).items():
                later[name][here] = chance
            places[here] = segment_places(bounds, chances[here])
            lowest = len(self.segments) if all_segments else len(self.segments) - 1
            wanted = np.flatnonzero(places[here] < lowest) if reasons else np.empty(0, dtype=np.int64)
            if len(wanted):
                listed, at = {name: values[wanted] for name, values in block.items()}, start + wanted
                self._tell(listed, at, told)
                change[at], changed[at] = self._best_change(listed, raw[at], chances[at])
        result = {"score": raw, "churn_probability": chances, **later}
        for field in ("segment", "action"):
            words = np.array([segment["name" if field == "segment" else "action"] for segment in self.segments])
            result[field] = words.astype(object)[places]
        names = [f"{kind}_{slot}" for kind in ("reason", "driver") for slot in range(1, TOLD + 1)]
        result |= dict(zip(names, told, strict=True)) | {"best_change": change, "best_change_probability": changed}
        return pd.DataFrame(result, index=frame.index)

    def _chances(self, raw):
        """Turn the model's log-odds into the probabilities that are shown."""
        return np.round(probability(calibrated(self.data["calibration"], raw)), DECIMALS)

    def _best_change(self, columns, raw, chances):
        """Say which one change would lower each probability most, and to what; nothing where none would."""
        least, best, values = chances.copy(), np.full(len(raw), -1), np.empty(len(raw), dtype=object)
        for index, card in enumerate(self.changes):
            value, fall = best_move(self.model, card, columns)
            lower = self._chances(raw + fall)
            better = (fall < 0) & (lower < least)
            least[better], best[better], values[better] = lower[better], index, value[better]
        told, now, then = np.full(len(raw), "", dtype=object), chance_words(chances), chance_words(least)
        best[[new == old for new, old in zip(then, now, strict=True)]] = -1
        for index, card in enumerate(self.changes):
            rows = np.flatnonzero(best == index)
            here = columns[card["name"]][rows]
            told[rows] = change_sentences(
                card, here, values[rows].astype(here.dtype), [then[row] for row in rows], [now[row] for row in rows]
            )
        return told, np.where(best < 0, np.nan, least)

    def explain(self, frame):
        """Split each row's calibrated log-odds, less the mean over the fit rows, over the columns.

        A beta or isotonic calibration is no straight line on log-odds and has a column of its own, "calibration".
        """
        columns = self.read(frame)
        split = pd.DataFrame(self.slope * shares(self.model, columns), columns=self.names, index=frame.index)
        if self.data["calibration"]["kind"] in ("beta", "isotonic"):
            raw = log_odds(self.model, columns)
            moved = calibrated(self.data["calibration"], raw) - raw
            mean = self.data["mean_calibrated_log_odds"] - self.model["mean_log_odds"]
            split["calibration"] = moved - mean
        return split

    def _tell(self, columns, rows, told):
        """Write reasons and drivers of some rows into the columns of the result."""
        split = self.slope * shares(self.model, columns)
        sums, best = self._by_group(split, columns)
        order = np.argsort(-sums, axis=1, kind="stable")[:, :TOLD]
        for slot in range(order.shape[1]):
            group = order[:, slot]
            each = np.arange(len(rows))
            signal = np.where(sums[each, group] > 0, best[each, group], -1)
            for index, card in (pair for cards in self.groups.values() for pair in cards):
                here = np.flatnonzero(signal == index)
                if len(here):
                    told[slot][rows[here]] = sentences(card, columns, here)
                    shown = [f"{card['name']} {share:+.2f}" for share in split[here, index].tolist()]
                    told[TOLD + slot][rows[here]] = shown

    def _by_group(self, split, columns):
        """Give each row the sum of each group, and the signal that tells it; no such signal, no sum."""
        sums = np.full((len(split), max(len(self.groups), 1)), -np.inf)
        best = np.full(sums.shape, -1, dtype=np.int64)
        for group, cards in enumerate(self.groups.values()):
            places = np.array([index for index, _ in cards])
            own = split[:, places]
            true = np.column_stack([tellable(card, columns) for _, card in cards]) & (own > 0)
            told = np.where(true, own, -np.inf)
            total = own.sum(axis=1)
            some = true.any(axis=1) & (total > 0)
            sums[some, group] = total[some]
            best[:, group] = places[told.argmax(axis=1)]
        return sums, best


def _read(path: Path, sha256: str | None) -> dict:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise ReleasedModelError(
            f"{path.name} was changed: its SHA-256 should be {sha256} and is {found}. Take the released file again."
        )
    try:
        return json.loads(content)
    except ValueError as fault:
        raise ReleasedModelError(f"{path.name} is not JSON ({fault}). Take the released file again.") from fault


def load(path, sha256=None):
    """Open model.json; its bytes are read once, and those checked are those used."""
    return ReleasedModel(path, sha256)


if __name__.startswith("code_model_"):  # how MLflow names a model's script when it loads one
    import mlflow.pyfunc

    class ChurnModel(mlflow.pyfunc.PythonModel):  # type: ignore[name-defined]
        """The released model as MLflow serves it."""

        def load_context(self, context):
            """Open the artifact "model"; the digest stands in the model's configuration."""
            self.released = load(context.artifacts["model"], (context.model_config or {}).get("sha256"))

        def predict(self, context, model_input, params=None):
            """Score rows; one that does not fit is answered with the reason, and what went wrong here stays here.

            The parameter "reasons" switches sentences off, "strict" the check of gaps and unknown texts.
            """
            asked = params or {}
            try:
                if asked.get("strict", True):
                    self.released.check(model_input)
                return self.released.score(model_input, reasons=bool(asked.get("reasons", True)), all_segments=True)
            except ReleasedModelError as fault:
                raise mlflow.MlflowException.invalid_parameter_value(str(fault)) from fault
            except Exception as fault:
                logging.getLogger("churn_model").exception("a request could not be answered")
                raise mlflow.MlflowException("The rows could not be scored. The server's log says why.") from fault

    mlflow.models.set_model(ChurnModel())
