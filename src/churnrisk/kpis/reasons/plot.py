"""Why customers leave, in one picture: what they say, over time, what they said before, and what the data say."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from churnrisk.kpis.reasons.evidence import ALL, STAYED
from churnrisk.kpis.reasons.stated import over_all
from churnrisk.kpis.reasons.study import Study
from churnrisk.kpis.wording import period_name
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style

#: At most so many reasons have a colour of their own.
REASONS = 6
#: Colours of the kinds of reasons.
KINDS = {"voluntary": COLOURS[0], "involuntary": COLOURS[1], "unknown": FAINT}


def reasons_plot(found: Study) -> Picture:
    """Show stated reasons by customers and over time, what leavers said before, and the strongest signals."""
    figure = Drawing(figsize=(13, 9.2), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2).ravel().tolist()
    _stated(panels[0], found.stated)
    _over_time(panels[1], found.stated)
    _voices(panels[2], found.voices)
    _signals(panels[3], found)
    for axes in panels:
        _style(axes)
    return Picture(figure, found.agreement)


def _stated(axes: Axes, stated: pd.DataFrame) -> None:
    axes.set_title("what customers said when they left")
    if stated.empty:
        _nothing(axes, "no reasons are given")
        return
    rows = over_all(stated).iloc[::-1].tail(12)
    colours = [KINDS[kind] for kind in rows["reason_kind"]]
    axes.barh(rows["reason"], rows["customers"], color=colours, height=0.65)
    for place, row in enumerate(rows.to_dict("records")):
        money = f", MRR {row['mrr']:,.0f}" if row["mrr"] else ""
        axes.text(row["customers"], place, f" {row['share']:.0f} %{money}", va="center", fontsize=8.5, color=INK)
    axes.set_xlim(0, 1.45 * float(rows["customers"].max()))
    axes.set_xlabel("customers who left")
    keys = [Patch(color=KINDS[kind], label=kind) for kind in dict.fromkeys(rows["reason_kind"][::-1])]
    axes.legend(handles=keys, frameon=False, fontsize=8.5, loc="lower right")


def _over_time(axes: Axes, stated: pd.DataFrame) -> None:
    axes.set_title("over time, % of customers present at the start")
    whole = stated[stated["split"] == "all"]
    if whole.empty:
        _nothing(axes, "no reasons are given")
        return
    whole = whole[whole["complete"].astype(bool)]
    table = whole.pivot_table(index="period_start", columns="reason", values="rate", aggfunc="sum").fillna(0.0)
    order = table.sum().sort_values(ascending=False).index
    kept, rest = list(order[:REASONS]), list(order[REASONS:])
    layers = {name: table[name].to_numpy() for name in kept}
    if rest:
        layers["others"] = table[rest].sum(axis=1).to_numpy()
    places, bottom = np.arange(len(table)), np.zeros(len(table))
    for colour, (name, values) in zip([*COLOURS[:5], "#c9b458", FAINT], layers.items(), strict=False):
        axes.bar(places, values, bottom=bottom, color=colour, width=0.85, label=name)
        bottom += values
    ends = whole.drop_duplicates("period_start").set_index("period_start")["period_end"].reindex(table.index)
    names = [period_name(start, end) for start, end in zip(table.index, ends, strict=True)]
    step = max(1, len(names) // 8)
    axes.set_xticks(places[::step], names[::step], rotation=30, ha="right")
    axes.set_ylim(0, 1.45 * float(bottom.max() or 1))
    axes.yaxis.set_major_formatter(PercentFormatter(100, decimals=1))
    axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=3)


def _voices(axes: Axes, voices: pd.DataFrame) -> None:
    axes.set_title("tickets and scores before, leavers against those who stayed")
    rows = voices[voices["split"] == "all"] if len(voices) else voices
    rows = rows[rows["auc"].notna()] if len(rows) else rows
    if rows.empty:
        _nothing(axes, "no tickets and no scores")
        return
    _intervals(axes, rows, rows["signal"].tolist())
    axes.set_xlabel("AUC alone, 95 % interval (right of 0.5: leavers had more)")


def _signals(axes: Axes, found: Study) -> None:
    axes.set_title("signals that set leavers apart most, the best of each group")
    rows = found.strongest
    if rows.empty:
        _nothing(axes, "nothing stands out beyond chance")
        return
    mine = found.signals[(found.signals["group"] == ALL) & (found.signals["against"] == STAYED)]
    rows = mine[mine["signal"].isin(rows["signal"])].set_index("signal").loc[rows["signal"]].reset_index()
    _intervals(axes, rows, rows["signal"].tolist())
    axes.set_xlabel("AUC alone, 95 % interval (left of 0.5: leavers had less)")


def _intervals(axes: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    rows, names = rows.iloc[::-1], names[::-1]
    places = np.arange(len(rows))
    spread = np.abs(rows[["auc_low", "auc_high"]].to_numpy().T - rows["auc"].to_numpy())
    axes.axvline(0.5, color=FAINT, linestyle="--", linewidth=1)
    axes.errorbar(
        rows["auc"], places, xerr=spread, fmt="o", color=COLOURS[0], elinewidth=1.4, capsize=3, markersize=5
    )
    axes.set_yticks(places, names)
    axes.set_ylim(-0.6, len(rows) - 0.4)


def _nothing(axes: Axes, why: str) -> None:
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", color=INK)


def _style(axes: Axes) -> None:
    in_house_style(axes, size=8.5)
    axes.title.set_fontsize(10)
