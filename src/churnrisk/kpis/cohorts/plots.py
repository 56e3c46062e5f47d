"""Pictures of cohorts and of the time to first churn, each saying which of the two it is."""

import math
from textwrap import fill, shorten
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from churnrisk.kpis.cohorts.lifetime_groups import FEW
from churnrisk.kpis.cohorts.study import WHOLE, CohortStudy
from churnrisk.kpis.cohorts.survival import DAYS_IN_MONTH, Curve
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style

#: At most so many cohorts stand in a heat map, the newest ones.
MOST_COHORTS = 36
#: Curves are drawn as far as at least so many customers are at risk.
LEAST_DRAWN = 10
STYLES = ("-", "--", ":")
BLUES = LinearSegmentedColormap.from_list("churnrisk", ["#f7f1ea", "#a9c9e2", COLOURS[0], "#0d3a5f"])


def heat_map(study: CohortStudy, *, money: bool = False) -> Picture:
    """Show for each cohort and month the share of customers still present, or of first MRR still paid."""
    column = "mrr_share" if money else "share"
    table = study.retention[(study.retention["split"] == WHOLE) & study.retention["complete"]]
    grid = table.pivot(index="cohort", columns="month", values=column).tail(MOST_COHORTS)
    average = study.averages[study.averages["split"] == WHOLE].set_index("month")[column].reindex(grid.columns)
    sizes = table.drop_duplicates("cohort").set_index("cohort")["first_mrr" if money else "customers"]
    rows, columns = grid.shape
    figure = Drawing(
        figsize=(max(6.4, 1.9 + 0.46 * columns), max(3.4, 1.9 + 0.27 * (rows + 1))), layout="constrained"
    )
    FigureCanvasAgg(figure)
    top, below = figure.subplots(2, 1, sharex=True, height_ratios=[rows, 1])
    least, most = _span(grid.to_numpy())
    _cells(top, grid.to_numpy(), least, most)
    _cells(below, average.to_numpy()[None, :], least, most)
    top.set_yticks(
        range(rows), [f"{day:%Y-%m}{'' if day.day == 1 else '*'}  {sizes[day]:>7,.0f}" for day in grid.index]
    )
    below.set_yticks([0], ["all, by weight"])
    below.set_xticks(range(columns), [str(month) for month in grid.columns])
    below.set_xlabel("month after the month of first start", color=INK)
    top.set_ylabel(f"month of first start, {'first MRR' if money else 'customers'}", color=INK)
    what = "Share of first MRR still paid" if money else "Share of customers still present"
    top.set_title(f"{what}, by month of first start", color=INK, fontsize=12, loc="left")
    figure.supxlabel(fill(_heat_words(study, money), 24 + 7 * columns), fontsize=8, color=INK, x=0.01, ha="left")
    return Picture(figure, table[["cohort", "month", "at", "customers", "present", "first_mrr", "mrr", column]])


def _span(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Let the colours span the shares that are there, from a tenth below the lowest."""
    known = values[~np.isnan(values)]
    if not len(known):
        return 0.0, 1.0
    return max(0.0, math.floor(10 * float(known.min()) - 1) / 10), max(1.0, float(known.max()))


def _cells(axes: Axes, values: npt.NDArray[np.float64], least: float, most: float) -> None:
    """Paint shares as cells with their percentages."""
    axes.imshow(np.ma.masked_invalid(values), cmap=BLUES, vmin=least, vmax=most, aspect="auto")
    for row, line in enumerate(values):
        for place, share in enumerate(line):
            if not math.isnan(share):
                colour = "white" if share > least + 0.5 * (most - least) else INK
                axes.text(place, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=7.5, color=colour)
    axes.tick_params(length=0, colors=INK, labelsize=8)
    axes.set_xticks(np.arange(values.shape[1] + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(values.shape[0] + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)


def _heat_words(study: CohortStudy, money: bool) -> str:
    """Say what a heat map shows and what it leaves out."""
    told = (
        "In %, at the end of the k-th month after the month of first start; month 0 is the end of that month itself. "
        "Customers who left and came back count as present. Months that are not over are left out."
    )
    if money and study.priced:
        told += " First MRR is that of the first paid day; more than 100 means that the customers who stay pay more."
    elif money:
        told += " First MRR is that at the end of the start month; as a mean over at least 90 days it rises at first."
    days = study.retention["cohort"]
    if (days.dt.day > 1).any():
        told += " * Counts from the day on from which starts are seen in the data."
    if study.before:
        told += f" {study.before:,} customers who began before {study.seen_from:%Y-%m-%d} stand in no row."
    return told


def curves_plot(study: CohortStudy, split: str) -> Picture:
    """Show the time to first churn of each group, with 95 % intervals."""
    curves = study.curves[split]
    shown = {name: one for name, one in curves.items() if one.customers >= FEW} or curves
    figure, (main,) = _figure(1)
    numbers = []
    for place, (name, one) in enumerate(shown.items()):
        numbers.append(one.table().assign(value=name))
        _step(main, one, place, f"{_label(name)} ({one.customers:,})")
    main.set(ylim=(0, 1.01), xlim=(0, None))
    main.set_ylabel("share not yet churned", color=INK)
    main.set_xlabel("months since the first start", color=INK)
    months = main.get_xlim()[1]
    main.xaxis.set_major_locator(MultipleLocator(1 if months < 13 else 6 if months < 75 else 12))
    title = "Time to first churn" if split == WHOLE else f"Time to first churn, by {_label(split)}"
    main.set_title(title, color=INK, loc="left")
    main.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    main.axhline(0.5, color=FAINT, linestyle="--", linewidth=1)
    if split != WHOLE:
        main.legend(frameon=False, fontsize=9, title=_test_words(study, split), title_fontsize=8.5, alignment="left")
    figure.supxlabel(
        fill(_curve_words(study, len(curves) - len(shown)), 105), fontsize=8, color=INK, x=0.01, ha="left"
    )
    return Picture(figure, pd.concat(numbers, ignore_index=True))


def _step(axes: Axes, one: Curve, place: int, label: str) -> None:
    """Draw one curve from 1 on, with its interval, as far as enough customers are at risk."""
    enough = np.flatnonzero(one.at_risk >= LEAST_DRAWN)
    last = int(enough[-1]) + 1 if len(enough) else len(one.days)
    colour, style = COLOURS[place % len(COLOURS)], STYLES[place // len(COLOURS) % len(STYLES)]
    end = one.days[last - 1] if last < len(one.days) or not math.isfinite(one.seen_days) else one.seen_days
    months = np.concatenate([[0.0], one.days[:last], [end]]) / DAYS_IN_MONTH
    lines: dict[str, Any] = {
        name: np.concatenate([[1.0], values[:last], values[last - 1 : last] if last else [1.0]])
        for name, values in (("survival", one.survival), ("low", one.low), ("high", one.high))
    }
    axes.step(months, lines["survival"], where="post", color=colour, linestyle=style, linewidth=1.8, label=label)
    axes.fill_between(months, lines["low"], lines["high"], step="post", color=colour, alpha=0.15, linewidth=0)


def _curve_words(study: CohortStudy, few: int) -> str:
    told = (
        "Kaplan-Meier, with 95 % intervals at each age: who leaves and comes back stays churned here. "
        f"Who still stays is followed up to {study.certain_to:%Y-%m-%d}."
    )
    if study.before and study.enter_late:
        told += f" {study.before:,} customers from before {study.seen_from:%Y-%m-%d} enter at the age they had then."
    told += f" Drawn while {LEAST_DRAWN} or more are at risk."
    return told + (f" {few} groups of fewer than {FEW} customers are not drawn." if few else "")


def _test_words(study: CohortStudy, split: str) -> str:
    row: Any = study.tests.set_index("split").loc[split]
    if row["why_not"]:
        return f"No test: {row['why_not']}"
    more = f", corrected for {len(study.tests)} splits" if len(study.tests) > 1 else ""
    p_value = row["p_corrected"]
    return f"log-rank test: p {'< 0.001' if p_value < 0.001 else f'= {p_value:.3f}'}{more}"


def averages_plot(study: CohortStudy, split: str) -> Picture:
    """Show for each group of a split the average share still present, and of first MRR still paid, month by month."""
    table = study.averages[study.averages["split"] == split]
    columns = ["share", "mrr_share"] if study.has_mrr else ["share"]
    figure, panels = _figure(len(columns))
    every = study.curves[split]
    order = [name for name, one in every.items() if one.customers >= FEW] or list(every)
    for axes, column in zip(panels, columns, strict=True):
        for place, name in enumerate(order):
            mine = table[table["value"] == name]
            colour, style = COLOURS[place % len(COLOURS)], STYLES[place // len(COLOURS) % len(STYLES)]
            axes.plot(mine["month"], mine[column], color=colour, linestyle=style, linewidth=1.8, label=_label(name))
        axes.set_ylim(0, None)
        axes.set_xlabel("month", color=INK)
        axes.xaxis.set_major_locator(MultipleLocator(6))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        what = "first MRR still paid" if column == "mrr_share" else "customers still present"
        axes.set_title(f"Share of {what}", color=INK, loc="left")
    panels[0].legend(frameon=False, fontsize=9, title=_label(split), alignment="left")
    words = "Averages over cohorts by their weight; older months rest on fewer cohorts."
    told = f"{words} {_heat_words(study, study.has_mrr)}"
    figure.supxlabel(fill(told, 62 + 62 * len(columns)), fontsize=8, color=INK, x=0.01, ha="left")
    return Picture(figure, table)


def _label(name: str) -> str:
    """Write a value so that a picture shows it: none is too long, and none is left out."""
    plain = shorten(name, 32, placeholder=" …")
    return f" {plain}" if plain.startswith("_") else plain


def _figure(panels: int) -> tuple[Figure, list[Axes]]:
    """Make an empty figure in the house style, with panels side by side."""
    figure = Drawing(figsize=(7.2 if panels == 1 else 10.5, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    every: list[Axes] = figure.subplots(1, panels, squeeze=False)[0].tolist()
    for axes in every:
        in_house_style(axes)
    return figure, every


__all__ = ["averages_plot", "curves_plot", "heat_map"]
