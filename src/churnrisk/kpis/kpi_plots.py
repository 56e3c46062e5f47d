"""Pictures of key figures: rates over time, and what became of MRR in one period."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import FuncFormatter

from churnrisk.kpis.kpi import KPIS
from churnrisk.kpis.wording import period_name
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style

#: Rates that are drawn over time, in the unit of percent.
RATES = ("churn_rate", "gross_revenue_churn", "net_revenue_churn")
#: The steps of the MRR bridge = their sign; the first and last stand on the ground.
BRIDGE = {
    "mrr_start": 0,
    "new_mrr": 1,
    "reactivation_mrr": 1,
    "expansion_mrr": 1,
    "contraction_mrr": -1,
    "churned_mrr": -1,
    "competing_mrr": -1,
    "mrr_end": 0,
}
#: The same of customers, where what they pay is not known.
CUSTOMERS = {"customers_start": 0, "new": 1, "reactivated": 1, "churned": -1, "competing": -1, "customers_end": 0}
#: At most so many periods are drawn.
MOST = 36


def kpi_plot(table: pd.DataFrame, name: str) -> Picture:
    """Show the main rates of the whole over time, and the bridge of the newest complete period.

    Parameters
    ----------
    table
        Key figures in long form, by :func:`churnrisk.kpis.table.kpi_table`.
    name
        The company's name, for the title.
    """
    whole = table[(table["split"] == "all") & table["kpi"].isin([*RATES, *BRIDGE, *CUSTOMERS])]
    figure = Drawing(figsize=(10.4, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[4, 3])
    for axes in (left, right):
        in_house_style(axes, size=8.5)
    _rates(left, whole, name)
    _bridge(right, whole)
    return Picture(figure, whole)


def _rates(axes: Axes, whole: pd.DataFrame, name: str) -> None:
    """Draw rates over time: a period that is not complete hollow, churn with its interval."""
    starts = sorted(whole["period_start"].unique())[-MOST:]
    for colour, kpi in zip(COLOURS, RATES, strict=False):
        rows = whole[(whole["kpi"] == kpi) & whole["period_start"].isin(starts)].sort_values("period_start")
        if rows.empty:
            continue
        done = rows[rows["complete"]]
        axes.plot(done["period_start"], done["number"], color=colour, marker="o", markersize=3, label=KPIS[kpi].title)
        open_ = rows[~rows["complete"]]
        axes.plot(open_["period_start"], open_["number"], "o", color=colour, markerfacecolor="white", markersize=4)
        if KPIS[kpi].of_customers:
            low, high = done["low"].to_numpy(float), done["high"].to_numpy(float)
            axes.fill_between(done["period_start"], low, high, color=colour, alpha=0.15, linewidth=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} %"))
    ticks = starts[:: -(-len(starts) // 8)]
    monthly = all(pd.Timestamp(day).day == 1 for day in ticks)
    axes.set_xticks(
        ticks, [f"{pd.Timestamp(day):{'%Y-%m' if monthly else '%Y-%m-%d'}}" for day in ticks], rotation=30
    )
    axes.set_title(f"{name}: what was lost", color=INK, fontsize=11, loc="left")
    axes.set_xlabel("start of the period; band: 95 % interval; hollow: not complete", fontsize=8.5, color=INK)
    axes.margins(y=0.12)
    axes.legend(frameon=False, fontsize=8.5, ncols=3, loc="upper left")


def _bridge(axes: Axes, whole: pd.DataFrame) -> None:
    """Draw the bridge from start to end of the newest complete period, cut off below so that its steps are seen."""
    done = whole[whole["complete"]]
    rows = (done if len(done) else whole).sort_values("period_start")
    rows = rows[rows["period_start"] == rows["period_start"].max()]
    numbers = dict(zip(rows["kpi"], rows["number"].astype(float), strict=True))
    steps = BRIDGE if "mrr_start" in numbers else CUSTOMERS
    names = [kpi for kpi in steps if numbers.get(kpi)]
    signed = np.array([steps[kpi] * numbers[kpi] for kpi in names])
    tops = np.cumsum(signed) + (numbers[names[0]] if names and not steps[names[0]] else 0.0)
    for place, (kpi, change, top) in enumerate(zip(names, signed, tops, strict=True)):
        sign = steps[kpi]
        height = numbers[kpi]
        bottom = 0.0 if not sign else min(top, top - change)
        colour = FAINT if not sign else COLOURS[2] if sign > 0 else COLOURS[1]
        axes.bar(place, height, bottom=bottom, color=colour, width=0.7)
        shown = f"{'+' if sign > 0 else '−' if sign < 0 else ''}{height:,.0f}"
        axes.annotate(shown, (place, bottom + height), (0, 2), textcoords="offset points", ha="center", fontsize=7.5)
    axes.set_xticks(
        range(len(names)), [KPIS[kpi].title.replace(" at the ", "\n") for kpi in names], rotation=30, ha="right"
    )
    reach = float(np.abs(signed).sum())
    levels = [numbers[kpi] for kpi in names if not steps[kpi]]
    if levels:
        floor = max(0.0, min(levels) - 1.2 * reach)
        roof = max([*levels, *tops])
        axes.set_ylim(floor, roof + 0.15 * max(roof - floor, 0.01 * roof, 1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    when = period_name(rows["period_start"].iloc[0], rows["period_end"].iloc[0]) if len(rows) else ""
    what = "MRR" if steps is BRIDGE else "Customers"
    axes.set_title(f"{what} in {when} (axis cut)", color=INK, fontsize=11, loc="left")
    axes.grid(axis="x", visible=False)
