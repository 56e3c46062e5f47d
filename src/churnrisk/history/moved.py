"""What moved a customer's probability since the last night, as a sentence for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.features.build import SIGNALS
from churnrisk.history.places import Places
from churnrisk.history.store import thousandths
from churnrisk.modeling.released import churn_model

#: No signal, but what a curved calibration adds.
NO_SIGNAL = "calibration"
BLOCK_ROWS = 50_000
#: How a number is written where no sentence says so, by the signal's unit.
WRITTEN = {"share": "%", "money": "money"}


def moved_most(tonight: np.ndarray, before: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Give the place of the signal whose share moved most in the direction of the change; -1 where none did.

    Parameters
    ----------
    tonight, before
        Shares of the same customers and signals, in whole thousandths.
    change
        How far each probability moved; only its sign counts.

    Examples
    --------
    >>> moved_most(np.array([[300, -50]]), np.array([[100, 200]]), np.array([0.02])).tolist()
    [0]
    >>> moved_most(np.array([[300, -50]]), np.array([[100, 200]]), np.array([-0.01])).tolist()
    [1]
    """
    if not tonight.shape[1]:
        return np.full(len(tonight), -1, dtype=np.int64)
    place = np.empty(len(tonight), dtype=np.int64)
    for start in range(0, len(tonight), BLOCK_ROWS):
        here = slice(start, start + BLOCK_ROWS)
        step = tonight[here].astype(np.int32) - before[here]
        step *= np.sign(change[here]).astype(np.int32)[:, None]
        best = step.argmax(axis=1)
        place[here] = np.where(step[np.arange(len(step)), best] > 0, best, -1)
    return place


@dataclass(frozen=True)
class Nights:
    """What is known of everyone scored tonight, and of everyone scored the night before.

    Parameters
    ----------
    tonight, then
        Where each customer stands, tonight and the night before.
    version, version_then
        The model version of each.
    shares
        ``customer_id`` and each signal's share of the log-odds tonight.
    shares_then
        The same of the night before, in whole thousandths.
    features
        Tonight's features.
    """

    tonight: Places
    then: Places
    version: pd.Series
    version_then: pd.Series
    shares: pd.DataFrame | None = None
    shares_then: pd.DataFrame | None = None
    features: pd.DataFrame | None = None


def change_reasons(told: pd.DataFrame, nights: Nights, words: "Words") -> np.ndarray:
    """Say of each customer what moved most; nothing where nothing moved, or nothing is known of the night before.

    Parameters
    ----------
    told
        ``customer_id`` and ``change`` in points.
    """
    reasons = np.full(len(told), "", dtype=object)
    told = told.loc[told["change"].notna() & (told["change"] != 0)]  # so each was scored both nights
    new = _number(nights.version, nights.tonight.of(told["customer_id"]))
    old = _number(nights.version_then, nights.then.of(told["customer_id"]))
    other = new != old
    reasons[told.index[other]] = [
        f"The model changed from version {a} to {b}" for a, b in zip(old[other], new[other], strict=True)
    ]
    told = told.loc[~other]
    reasons[told.index] = _by_signal(told, nights, words)
    return reasons


def _number(versions: pd.Series, place: np.ndarray) -> np.ndarray:
    """Give the version of each customer, without what is said of its release."""
    kinds, known = pd.factorize(versions)
    numbers = np.array([str(one).split(" ")[0] for one in known], dtype=object)
    return numbers[kinds[place]]


def _by_signal(told: pd.DataFrame, nights: Nights, words: "Words") -> np.ndarray:
    """Tell the signal whose share moved most; nothing where one of the nights has no shares."""
    reasons = np.full(len(told), "", dtype=object)
    shares, before, customers = nights.shares, nights.shares_then, told["customer_id"]
    if shares is None or before is None or shares.empty or before.empty:
        return reasons
    names = [str(one) for one in shares.columns if one in before.columns and one not in ("customer_id", NO_SIGNAL)]
    tonight = nights.tonight.in_order_of(shares["customer_id"]).of(customers)
    then = nights.then.in_order_of(before["customer_id"]).of(customers)
    change = told["change"].to_numpy()
    most = moved_most(thousandths(shares[names].iloc[tonight]), before[names].iloc[then].to_numpy(), change)
    most[(tonight < 0) | (then < 0)] = -1
    here = pd.DataFrame(index=range(len(told)))
    if nights.features is not None:
        place = nights.tonight.in_order_of(nights.features["customer_id"]).of(customers)
        here = nights.features.iloc[place].reset_index(drop=True)
    for at in np.unique(most[most >= 0]).tolist():
        rows = np.flatnonzero(most == at)
        reasons[rows] = words.tell(names[at], here.iloc[rows], change[rows] > 0)
    return reasons


@dataclass(frozen=True)
class Words:
    """How a signal that moved is told.

    Parameters
    ----------
    cards
        The released model's cards: ``model.data["signals"]``.
    changes
        How a value of a signal reads: ``model.data["changes"]``.
    """

    cards: Sequence[Mapping[str, Any]]
    changes: Sequence[Mapping[str, Any]] = ()

    def tell(self, name: str, features: pd.DataFrame, worse: np.ndarray) -> list[str]:
        """Tell one signal for some customers: its sentence where the risk rose and it is true, else what stands now.

        Parameters
        ----------
        features
            Tonight's features of these customers; without the signal's column it is told without a number.
        worse
            Whether the probability rose.
        """
        card: dict[str, Any] = next((dict(one) for one in self.cards if one["name"] == name), {"parts": []})
        change: dict[str, Any] = next((dict(one) for one in self.changes if one["name"] == name), {"parts": []})
        columns = _columns([name, *_named(card), *_named(change)], features)
        told = np.array(_plainly(name, str(card.get("unit", "")), columns, len(features)), dtype=object)
        there = _there(change, columns, len(features))
        if there.any():
            phrases = churn_model.sentences(change, columns, np.flatnonzero(there))
            told[there] = [f"now no {one[2:]}" if one.startswith("0 ") else f"now {one}" for one in phrases]
        risky = np.zeros(len(features), dtype=bool)
        if card["parts"] and {name, *_named(card)} <= set(columns):
            risky = worse & churn_model.tellable(card, columns)
        if risky.any():
            told[risky] = churn_model.sentences(card, columns, np.flatnonzero(risky))
        group = str(card.get("group", ""))
        return [in_group(group if group != name else "", one) for one in told]


def label_of(name: str) -> str:
    """Say what a signal is; an attribute is called by its own name.

    Examples
    --------
    >>> label_of("contract_tenure_days"), label_of("company_size")
    ("Days since the customer's first start", 'company size')
    """
    if name in SIGNALS:
        return SIGNALS[name].doc.split(";")[0].rstrip(".")
    return name.replace("_", " ")


def in_group(group: str, sentence: str) -> str:
    """Put the part of the business before a sentence.

    Examples
    --------
    >>> in_group("usage", "Only 18 units used in the last 84 days")
    'Usage: only 18 units used in the last 84 days'
    """
    if not group:
        return sentence
    return f"{group[:1].upper()}{group[1:]}: {sentence[:1].lower()}{sentence[1:]}"


def _named(card: Mapping[str, Any]) -> list[str]:
    return [part[0] for part in card["parts"] if not isinstance(part, str)]


def _columns(names: Sequence[str], features: pd.DataFrame) -> dict[str, np.ndarray]:
    """Take the columns that sentences speak of, as numbers or text."""
    taken = {}
    for name in dict.fromkeys(names):
        if name in features:
            number = pd.api.types.is_numeric_dtype(features[name]) or pd.api.types.is_bool_dtype(features[name])
            taken[name] = (churn_model.as_number if number else churn_model.as_text)(features[name])
    return taken


def _there(card: Mapping[str, Any], columns: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    """Say for which rows a template has all its numbers."""
    names = _named(card)
    if not card["parts"] or not set(names) <= set(columns):
        return np.zeros(rows, dtype=bool)
    there = np.ones(rows, dtype=bool)
    for name in names:
        there &= ~pd.isna(columns[name])
    return there


def _plainly(name: str, unit: str, columns: Mapping[str, np.ndarray], rows: int) -> list[str]:
    """Call a signal by what it is, with its value tonight where there is one."""
    label = label_of(name)
    if name not in columns:
        return [label] * rows
    values = columns[name]
    gaps = pd.isna(values)
    told = [f"{label}, none now" if gap else "" for gap in gaps.tolist()]
    known = np.flatnonzero(~gaps)
    for row, word in zip(known.tolist(), _words(values[known], unit), strict=True):
        told[row] = f"{label}, now {word}"
    return told


def _words(values: np.ndarray, unit: str) -> list[str]:
    if values.dtype == object:
        return [str(value) for value in values]
    if unit == "yes/no":
        return ["yes" if value else "no" for value in values.tolist()]
    return churn_model.number_words(values, WRITTEN.get(unit, ""))
