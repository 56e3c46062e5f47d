"""What the data say beside the words: which columns set leavers apart, in all, by kind, by reason, by part."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from churnrisk.kpis.reasons.contrast import Contrast, contrasts
from churnrisk.kpis.reasons.voices import TICKETS

#: Whom leavers are set against.
STAYED, OTHER_LEAVERS = "stayed", "other leavers"
#: The groups of leavers.
ALL, KIND, REASON = "all", "kind: ", "reason: "


def signal_evidence(rows: pd.DataFrame, columns: Sequence[str], *, least: int) -> pd.DataFrame:
    """Set leavers against customers who stayed: all, each kind, each stated reason; that also against other leavers.

    A voluntary reason is set against other voluntary leavers; any other against leavers of other kinds, because
    a failed payment and an expired card are one story.

    Parameters
    ----------
    rows
        ``customer_id, cutoff, churned, reason, reason_kind`` and the columns.
    least
        A group of fewer leavers is left out.
    """
    churned = rows["churned"].to_numpy(dtype=bool)
    stayed = ~churned
    wanted = [Contrast(ALL, STAYED, churned, stayed)]
    wanted += [Contrast(f"{KIND}{kind}", STAYED, mine, stayed) for kind, mine in _groups(rows, "reason_kind")]
    kinds = rows["reason_kind"].to_numpy(dtype=object)
    for reason, mine in _groups(rows, "reason"):
        kind = kinds[np.argmax(mine)]
        others = churned & ~mine & (kinds == "voluntary") if kind == "voluntary" else churned & (kinds != kind)
        wanted.append(Contrast(f"{REASON}{reason}", STAYED, mine, stayed))
        wanted.append(Contrast(f"{REASON}{reason}", OTHER_LEAVERS, mine, others))
    kept = [one for one in wanted if one.leavers.sum() >= least and one.others.any()]
    return contrasts(rows, columns, kept)


def voice_evidence(rows: pd.DataFrame, columns: Sequence[str], splits: Sequence[str], *, least: int) -> pd.DataFrame:
    """Set what leavers said against what others said: in all, by kind, for each cutoff, and for each part of a split.

    Returns
    -------
    DataFrame
        As :func:`churnrisk.kpis.reasons.contrast.contrasts` gives it, with ``split`` and ``value`` for ``group``;
        ``customers``: leavers with such a ticket, or who gave such a score, and ``mrr``: what they paid.
    """
    churned = rows["churned"].to_numpy(dtype=bool)
    stayed = ~churned
    wanted = {("all", "all"): Contrast("0", STAYED, churned, stayed)}
    for kind, mine in _groups(rows, "reason_kind"):
        wanted["reason_kind", str(kind)] = Contrast("", STAYED, mine, stayed)
    days = rows["cutoff"].dt.strftime("%Y-%m-%d").to_numpy(dtype=object)
    for split, values in {"cutoff": days, **{name: rows[name].to_numpy(dtype=object) for name in splits}}.items():
        for value in sorted(set(values)):
            here = values == value
            wanted[split, str(value)] = Contrast("", STAYED, churned & here, stayed & here)
    named = {str(place): key for place, key in enumerate(wanted)}
    kept = [
        Contrast(str(place), STAYED, one.leavers, one.others)
        for place, one in enumerate(wanted.values())
        if one.leavers.sum() >= least and one.others.any()
    ]
    found = contrasts(rows, columns, kept)
    keys = pd.DataFrame([named[group] for group in found["group"]], columns=["split", "value"], index=found.index)
    marks = {name: _marked(rows[name]) for name in columns}
    money = rows["mrr"].fillna(0.0).to_numpy()
    of = [wanted[named[group]].leavers & marks[name] for group, name in found[["group", "signal"]].to_numpy()]
    lost = {"customers": [int(mine.sum()) for mine in of], "mrr": [round(float(money[mine].sum()), 2) for mine in of]}
    return pd.concat([keys, found.drop(columns="group"), pd.DataFrame(lost, index=found.index)], axis=1)


def _marked(column: pd.Series) -> np.ndarray:
    """Say who had such a ticket, or gave such a score."""
    return np.asarray(column == 1 if str(column.name).startswith(TICKETS) else column.notna())


def _groups(rows: pd.DataFrame, column: str) -> list[tuple[str, np.ndarray]]:
    """Give each value of a column among the leavers, and which rows hold it."""
    values = rows[column].to_numpy(dtype=object)
    churned = rows["churned"].to_numpy(dtype=bool)
    return [(value, churned & (values == value)) for value in sorted(set(values[churned]))]
