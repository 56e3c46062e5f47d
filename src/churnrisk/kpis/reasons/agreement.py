"""Words beside data: does what customers say when they leave stand out in what was known of them before?"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from churnrisk.features.build import SIGNALS
from churnrisk.kpis.reasons.about import About, about_reason
from churnrisk.kpis.reasons.contrast import LEVEL
from churnrisk.kpis.reasons.evidence import OTHER_LEAVERS, REASON, STAYED

#: Verdict = what it means.
VERDICTS = {
    "agrees": "what speaks of the reason sets these leavers apart, from those who stayed and from other leavers",
    "not theirs alone": "what speaks of the reason sets them apart from those who stayed, as it does other leavers",
    "disagrees": "what speaks of the reason sets them apart from those who stayed hardly or not; something else does",
    "nothing stands out": "nothing notable sets them apart from those who stayed",
    "nothing speaks of it": "no signal speaks of the reason",
    "too few": "too few leavers gave it to compare",
}
#: What speaks of a reason hardly differs if it surely tells leavers apart less than half as well as the best signal.
HALF = 0.5
#: An AUC that lies less than this from 0.5 speaks of too few leavers to point to.
NOTABLE = 0.03
COLUMNS = ("reason", "reason_kind", "influence", "customers", "mrr", "verdict", "about", "assumed", "compared")


def agreement(
    totals: pd.DataFrame, evidence: pd.DataFrame, about: Mapping[str, Sequence[str]], columns: Sequence[str]
) -> pd.DataFrame:
    """Judge each stated reason by the data, with a sentence that says what it rests on.

    Parameters
    ----------
    totals
        ``reason, reason_kind, influence, customers, mrr`` over all periods.
    evidence
        By :func:`churnrisk.kpis.reasons.evidence.signal_evidence`.
    about
        ``[reasons] about``.
    columns
        What was compared.

    Returns
    -------
    DataFrame
        The columns of ``COLUMNS`` and ``sentence``, the reason with most customers first.
    """
    lines = []
    for record in totals.to_dict("records"):
        row = {str(name): value for name, value in record.items()}
        found = about_reason(str(row["reason"]), about, columns)
        mine = evidence[evidence["group"] == f"{REASON}{row['reason']}"]
        stayed = mine[mine["against"] == STAYED].set_index("signal")
        others = mine[mine["against"] == OTHER_LEAVERS].set_index("signal")
        verdict = _verdict(found, stayed, others)
        line = {name: row[name] for name in ("reason", "reason_kind", "influence", "customers", "mrr")}
        line |= {"verdict": verdict, "about": ", ".join(found.named), "assumed": found.guessed}
        line["compared"] = int(stayed["leavers"].max()) if len(stayed) else 0
        lines.append(line | {"sentence": _sentence(row, verdict, found, stayed, others)})
    return pd.DataFrame(lines, columns=[*COLUMNS, "sentence"])


def _verdict(found: About, stayed: pd.DataFrame, others: pd.DataFrame) -> str:
    if stayed.empty:
        return "too few"
    if not found.signals:
        return "nothing speaks of it"
    fits, best = _fitting(found, stayed), _beyond_chance(stayed)
    if best.empty or abs(best["auc"].iloc[0] - 0.5) < NOTABLE:
        return "nothing stands out"
    if fits.empty or _is_slight(fits.iloc[0], best.iloc[0]):
        return "disagrees"
    return "not theirs alone" if _fitting(found, others).empty else "agrees"


def _beyond_chance(rows: pd.DataFrame) -> pd.DataFrame:
    return by_strength(rows[(rows["q"] < LEVEL) & rows["auc"].notna()])


def _fitting(found: About, rows: pd.DataFrame) -> pd.DataFrame:
    """Give the signals of a reason that differ beyond chance, the way the reason says; the strongest first."""
    mine = _beyond_chance(rows[rows.index.isin(list(found.signals))])
    way = pd.Series(found.signals, dtype="float64").reindex(mine.index)
    return mine[(way == 0) | (way * (mine["auc"] - 0.5) > 0)]


def _is_slight(fit: pd.Series, best: pd.Series) -> bool:
    """Say whether one signal surely tells leavers apart less than half as well as another."""
    most = max(abs(fit["auc_low"] - 0.5), abs(fit["auc_high"] - 0.5)) * _known(fit)
    least = min(abs(best["auc_low"] - 0.5), abs(best["auc_high"] - 0.5)) * _known(best)
    return bool(most < HALF * least)


def _known(row: pd.Series) -> float:
    return float(row["known_leavers"] * row["known_others"])


def by_strength(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort signals by how well each alone tells any leaver from any other customer, the best first.

    Where a signal is known for some only, it tells nothing of the rest.
    """
    strength = (rows["auc"] - 0.5).abs() * rows["known_leavers"] * rows["known_others"]
    return rows.reindex(strength.sort_values(ascending=False, kind="stable").index)


def _sentence(row: Mapping[str, Any], verdict: str, found: About, stayed: pd.DataFrame, others: pd.DataFrame) -> str:
    money = f" (MRR {row['mrr']:,.0f})" if row["mrr"] else ""
    said = f"{row['customers']:,} customers{money} said {row['reason']}"
    if verdict == "too few":
        return f"{said}: too few of them stood at a cutoff to compare."
    best = _beyond_chance(stayed)
    if verdict == "nothing stands out":
        return f"{said}. Nothing known before they left set them apart from those who stayed."
    most = f" What differed most from those who stayed: {told(best.iloc[0])}." if len(best) else ""
    if verdict == "nothing speaks of it":
        apart = _beyond_chance(others)
        rest = f"they differed in {told(apart.iloc[0])}" if len(apart) else "nothing sets them apart"
        return f"{said}. No signal speaks of it; [reasons] about can name some.{most} From other leavers {rest}."
    return f"{said}{_judged(verdict, found, stayed, others, best)}"


def _judged(verdict: str, found: About, stayed: pd.DataFrame, others: pd.DataFrame, best: pd.DataFrame) -> str:
    """Go on about a reason of which some signal speaks."""
    of_that = f"Of what speaks of that ({found.in_words})"
    fits = _fitting(found, stayed)
    if verdict == "disagrees":
        group = SIGNALS[best.index[0]].group if best.index[0] in SIGNALS else best.index[0]
        nearest = told(fits.iloc[0]) if len(fits) else _nearest(found, stayed)
        slight = f"only {nearest} stood out, and slightly" if len(fits) else f"nothing stood out{nearest}"
        return f". {of_that}, {slight}. The data point to {group}: {told(best.iloc[0])}."
    seen = f"{of_that}, {told(fits.iloc[0])}"
    if verdict == "agrees":
        own = _fitting(found, others).iloc[0]
        return f", and the data agree. {seen}; against other leavers {told(own)}."
    first = best.index[0] != fits.index[0]
    most = f" What differed most from those who stayed: {told(best.iloc[0])}." if first else ""
    return (
        f". {seen}, but other leavers did not differ from them in that: it goes with leaving, whatever is said.{most}"
    )


def _nearest(found: About, stayed: pd.DataFrame) -> str:
    """Tell the signal of a reason that differs most, in whatever way."""
    mine = by_strength(stayed[stayed.index.isin(list(found.signals)) & stayed["auc"].notna()])
    return f"; nearest {told(mine.iloc[0])}" if len(mine) else ""


def told(row: pd.Series) -> str:
    """Write one comparison: name, the two means, AUC with its interval.

    Examples
    --------
    >>> row = {"mean_leavers": 12.0, "mean_others": 30.4, "auc": 0.31, "auc_low": 0.29, "auc_high": 0.33}
    >>> told(pd.Series(row, name="usage_count_28d"))
    'usage_count_28d 12.0 against 30.4 events (AUC 0.31 [0.29, 0.33])'
    """
    unit = SIGNALS[str(row.name)].unit if row.name in SIGNALS else ""
    share = unit == "share" or str(row.name).startswith("tickets: ")
    means = [f"{100 * row[name]:.1f} %" if share else number(row[name]) for name in ("mean_leavers", "mean_others")]
    behind = f" {unit}" if unit and not share and unit not in ("yes/no", "score", "ratio") else ""
    auc = f"AUC {row['auc']:.2f} [{row['auc_low']:.2f}, {row['auc_high']:.2f}]"
    return f"{row.name} {means[0]} against {means[1]}{behind} ({auc})"


def number(value: float) -> str:
    """Write a mean with as many decimals as it needs.

    Examples
    --------
    >>> number(1234.5), number(12.04), number(0.0312), number(0.0)
    ('1,234', '12.0', '0.031', '0.0')
    """
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 or value == 0 else f"{value:.2g}"
