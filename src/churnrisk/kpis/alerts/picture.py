"""Control charts of the watched series: number, expectation, and what chance explains."""

import math
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from churnrisk.kpis import definitions  # noqa: F401  (registers the key figures)
from churnrisk.kpis.kpi import KPIS
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, in_house_style

#: More charts than this would be too small to read: those nearest to an alarm are drawn.
MOST = 16
ACROSS = 4


def charts(table: pd.DataFrame) -> Figure:
    """Draw each judged series over its last periods.

    Parameters
    ----------
    table
        By :func:`churnrisk.kpis.alerts.watched.watched_table`.
    """
    series = [
        rows for _, rows in table.groupby(["kpi", "split", "value"], sort=False) if rows["judged"].eq(True).any()
    ]
    if len(series) > MOST:
        nearest = sorted(series, key=lambda rows: rows["chance"].iloc[-1])[:MOST]
        series = [rows for rows in series if any(rows is one for one in nearest)]
    down = max(1, math.ceil(len(series) / ACROSS))
    across = min(ACROSS, max(1, len(series)))
    high = 2.3 * down + 0.8
    figure = Drawing(figsize=(max(3.3 * across, 7.5), high))
    FigureCanvasAgg(figure)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    figure.subplots_adjust(0.05, 0.35 / high, 0.985, 1 - 0.75 / high, wspace=0.2, hspace=0.45)
    for axes, rows in zip(panels, series, strict=False):
        _chart(axes, rows)
    for axes in panels[len(series) :]:
        axes.set_axis_off()
    title = "More than chance? Rates in percent. Shaded: what chance explains in one period alone. "
    title += "Orange: an alarm, by that period or the newest two or three together."
    figure.suptitle(fill(title, int(16 * figure.get_figwidth())), fontsize=10, color=INK, y=1 - 0.12 / high)
    return figure


def _chart(axes: Axes, rows: pd.DataFrame) -> None:
    place = np.arange(len(rows))
    number = rows["number"].to_numpy(float)
    low, expected, high = (rows[name].to_numpy(float) for name in ("low", "expected", "high"))
    axes.fill_between(place, low, high, color=COLOURS[0], alpha=0.14, linewidth=0)
    axes.plot(place, expected, color=FAINT, linewidth=1.2, linestyle="--")
    axes.plot(place, number, color=COLOURS[0], linewidth=1.4, marker="o", markersize=2.8)
    fired = rows["fired"].eq(True).to_numpy()
    axes.plot(place[fired], number[fired], "o", color=COLOURS[1], markersize=6)
    first = rows.iloc[0]
    part = "the whole" if first["split"] == "all" else f"{first['split']} {first['value']}"
    axes.set_title(f"{KPIS[first['kpi']].title}, {part}", fontsize=9, color=INK)
    ticks = place[:: max(1, len(place) // 4)]
    axes.set_xticks(ticks, rows["period"].iloc[ticks])
    in_house_style(axes, size=7)
