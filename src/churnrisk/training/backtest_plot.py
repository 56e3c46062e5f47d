"""A backtest over time, in one picture."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import FuncFormatter, PercentFormatter

from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style
from churnrisk.training.backtest import Backtest
from churnrisk.training.backtest_facts import how_many

#: Where a panel has a line for "as it should be" or "by chance".
REFERENCE = {"roc_auc": 0.5, "lift_top_10": 1.0, "observed_expected": 1.0, "calibration_slope": 1.0}


def backtest_plot(backtest: Backtest) -> Picture:
    """Show for each replayed cutoff how good the list was, with 95 % intervals, and the money it pointed at."""
    numbers = backtest.table()
    each, together = numbers.iloc[:-1], numbers.iloc[-1]
    figure = Drawing(figsize=(11, 9.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(4, 2, sharex=True).ravel().tolist()
    reached = how_many(backtest.settings)
    _people(panels[0], each)
    _line(panels[1], each, together, "roc_auc", "AUC (0.5 is chance)")
    _line(panels[2], each, together, "log_loss", "log loss (lower is better)", beside="base_rate_log_loss")
    _line(panels[3], each, together, "lift_top_10", "lift at 10 % (1 is the average)")
    _line(panels[4], each, together, "capture_at_capacity", f"churners held by {reached} (dashed: at random)")
    _line(panels[5], each, together, "observed_expected", "observed / expected churn (1 is right)")
    _line(panels[6], each, together, "calibration_slope", "calibration slope (1 is right)")
    _money(panels[7], each, reached)
    chance = each["reached"] / each["customers"]
    panels[4].plot(range(len(each)), chance, color=FAINT, linestyle="--", linewidth=1)
    panels[4].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[4].set_ylim(0, None)
    panels[2].margins(y=0.3)
    for axes in panels:
        _style(axes)
        axes.set_xticks(range(len(each)), each["cutoff"].tolist(), rotation=30, ha="right")
        axes.set_xlim(-0.5, len(each) - 0.5)
    title = f"{backtest.settings.name}: lists that past trainings would have made, judged by who left later"
    figure.suptitle(title, color=INK, fontsize=12)
    return Picture(figure, numbers)


def _people(axes: Axes, each: pd.DataFrame) -> None:
    axes.bar(np.arange(len(each)), each["churners"], color=COLOURS[0], alpha=0.75, width=0.6)
    for place, (left, all_of_them) in enumerate(zip(each["churners"], each["customers"], strict=True)):
        told = f"{left:,} of {all_of_them:,}"
        axes.annotate(
            told,
            (place, left),
            ha="center",
            va="bottom",
            fontsize=8,
            color=INK,
            textcoords="offset points",
            xytext=(0, 2),
        )
    axes.set_ylim(0, 1.2 * max(1, each["churners"].max()))
    axes.set_title("customers who left, of those judged")


def _line(
    axes: Axes, each: pd.DataFrame, together: pd.Series, metric: str, title: str, beside: str | None = None
) -> None:
    values = each[metric].astype("float64").to_numpy()
    spread = np.abs(each[[f"{metric}_low", f"{metric}_high"]].astype("float64").to_numpy().T - values)
    places = np.arange(len(each))
    axes.errorbar(
        places,
        values,
        yerr=np.nan_to_num(spread),
        fmt="o-",
        color=COLOURS[0],
        elinewidth=1.2,
        capsize=3,
        linewidth=1.6,
        markersize=5,
        label="the list, with 95 % interval",
    )
    if pd.notna(together[metric]):
        axes.axhline(float(together[metric]), color=COLOURS[0], linestyle=":", linewidth=1.2, label="all cutoffs")
    if metric in REFERENCE:
        axes.axhline(REFERENCE[metric], color=FAINT, linestyle="--", linewidth=1)
    if beside is not None:
        axes.plot(
            places,
            each[beside],
            "s--",
            color=COLOURS[1],
            linewidth=1.2,
            markersize=4,
            label="churn rate for everyone",
        )
        axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=3)
    axes.set_title(title)


def _money(axes: Axes, each: pd.DataFrame, reached: str) -> None:
    places = np.arange(len(each))
    if each["money_lost"].isna().all():
        axes.text(0.5, 0.5, "these tables have no MRR", transform=axes.transAxes, ha="center", color=INK)
    else:
        lost, found = (each[name].astype("float64") for name in ("money_lost", "money_pointed_at"))
        axes.bar(places, lost, color=FAINT, alpha=0.6, width=0.6, label="all money lost")
        axes.bar(places, found, color=COLOURS[1], width=0.6, label="at the head of the list")
        for place, (part, whole) in enumerate(zip(found, lost, strict=True)):
            told = f"{part / whole:.0%}" if whole else ""
            axes.text(place, part, told, ha="center", va="bottom", fontsize=8, color=INK)
        axes.set_ylim(0, 1.3 * float(lost.max() or 1))
        axes.legend(frameon=False, fontsize=8, loc="upper left", ncols=2)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    axes.set_title("money lost (MRR x months), and what the list pointed at")


def _style(axes: Axes) -> None:
    in_house_style(axes, size=8.5)
    axes.title.set_fontsize(10)
