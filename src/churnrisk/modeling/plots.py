"""Pictures of a model, each with the numbers it shows; figures stand alone and change nothing global."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.evaluate import Judged
from churnrisk.modeling.metrics import capture
from churnrisk.modeling.reliability import reliability
from churnrisk.sources.spreadsheet import safe_texts

INK, GRID, FAINT = "#22313f", "#e3e7ea", "#9aa5ad"
COLOURS = ("#1b6ca8", "#d1662f", "#3c8d5a", "#8a5aa8", "#7d6b4f", "#9aa5ad")


@dataclass(frozen=True)
class Picture:
    """A figure and the numbers it shows."""

    figure: Figure
    numbers: pd.DataFrame

    def save(self, path: Path) -> None:
        """Write the figure, and its numbers beside it as CSV that a spreadsheet may open."""
        self.figure.savefig(path, dpi=144)
        safe_texts(self.numbers).to_csv(path.with_suffix(".csv"), index=False)


def reliability_plot(judged: Judged, name: str, *, within: str = "") -> Picture:
    """Show predicted beside observed churn in ten equal-count bins, with 95 % intervals over customers.

    Parameters
    ----------
    within
        The horizon to name in the title, where there are several.
    """
    numbers = reliability(judged, name)
    figure, (main, below) = _figure(heights=(4, 1))
    top = 1.08 * float(np.nanmax(numbers[["churn_probability", "observed", "high"]].to_numpy()))
    top = min(max(top, 0.01), 1.0)
    main.plot([0, top], [0, top], color=FAINT, linestyle="--", linewidth=1, label="predicted = observed")
    spread = np.abs(numbers[["low", "high"]].to_numpy().T - numbers["observed"].to_numpy())
    main.errorbar(
        numbers["churn_probability"],
        numbers["observed"],
        yerr=np.nan_to_num(spread),
        fmt="o",
        color=COLOURS[0],
        ecolor=COLOURS[0],
        elinewidth=1.2,
        capsize=2.5,
        markersize=5,
        label="observed, with 95 % interval",
    )
    title = f"{name}{within and f', within {within}'}: does the probability hold?"
    main.set(xlim=(0, top), ylim=(0, top), ylabel="observed churn", title=title)
    p = judged.churn_probability(name)
    beyond = int((p > top).sum())
    below.hist(p, bins=60, range=(0, top), color=COLOURS[0], alpha=0.55)
    more = f" ({beyond:,} rows lie further right)" if beyond else ""
    below.set(xlabel=f"churn_probability{more}", ylabel="rows")
    for axis in (main.yaxis, below.xaxis):
        axis.set_major_formatter(_percent(top))
    main.legend(frameon=False, loc="upper left")
    return Picture(figure, numbers)


def capture_plot(judged: Judged, names: Sequence[str] | None = None) -> Picture:
    """Show what share of all churners the riskiest customers hold, for each model."""
    numbers = _depths(judged, names)
    figure, (main,) = _figure()
    main.plot([0, 1], [0, 1], color=FAINT, linestyle="--", linewidth=1, label="at random")
    _lines(main, numbers, "capture")
    title = "How many churners do the riskiest customers hold?"
    main.set(xlim=(0, 1), ylim=(0, 1.01), ylabel="capture: share of all churners", title=title)
    _share_axis(main)
    main.legend(frameon=False, loc="lower right")
    return Picture(figure, numbers)


def lift_plot(judged: Judged, names: Sequence[str] | None = None) -> Picture:
    """Show how many times the average churn rate the riskiest customers have, for each model."""
    numbers = _depths(judged, names)
    figure, (main,) = _figure()
    main.axhline(1, color=FAINT, linestyle="--", linewidth=1, label="the average")
    _lines(main, numbers, "lift")
    main.set(xscale="log", xlim=(0.01, 1), ylabel="lift: churn rate over the average")
    main.set(title="How much riskier are the riskiest customers?", ylim=(0, None))
    _share_axis(main)
    main.set_xticks([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1])
    main.minorticks_off()
    main.legend(frameon=False, loc="upper right")
    return Picture(figure, numbers)


def effect_plot(name: str, curve: pd.DataFrame, values: npt.ArrayLike, *, unit: str = "") -> Picture:
    """Show how the model reads one signal, above how often each value occurs in the fit rows.

    Parameters
    ----------
    curve
        Columns ``value`` and ``effect``: the change of log-odds against the mean fit row, at numbers or at texts;
        and ``low`` and ``high``, where there is an interval.
    values
        The signal in the fit rows.
    """
    figure, (main, below) = _figure(heights=(3, 1))
    main.axhline(0, color=FAINT, linestyle="--", linewidth=1)
    seen = pd.Series(np.asarray(values, dtype=object)).dropna()
    if pd.api.types.is_numeric_dtype(curve["value"]):
        numbers = curve.sort_values("value", ignore_index=True)
        drawn = _with_ends(numbers)
        main.plot(drawn["value"], drawn["effect"], color=COLOURS[0], linewidth=2)
        if "low" in drawn:
            main.fill_between(drawn["value"], drawn["low"], drawn["high"], color=COLOURS[0], alpha=0.18, linewidth=0)
        shown = seen.astype(float).clip(drawn["value"].min(), drawn["value"].max())
        below.hist(shown, bins=_edges(np.unique(shown)), color=COLOURS[0], alpha=0.55)
    else:
        counts = seen.astype(str).value_counts()
        numbers = curve.assign(rows=curve["value"].astype(str).map(counts).fillna(0).astype(int))
        spread = None
        if "low" in numbers:
            spread = np.abs(numbers[["low", "high"]].to_numpy().T - numbers["effect"].to_numpy())
        main.errorbar(
            numbers["value"].astype(str), numbers["effect"], yerr=spread, fmt="o", color=COLOURS[0], capsize=2.5
        )
        below.bar(numbers["value"].astype(str), numbers["rows"], color=COLOURS[0], alpha=0.55)
    main.set(ylabel="change of log-odds\nagainst the mean", title=f"How {name} moves the probability")
    below.set(xlabel=f"{name} ({unit})" if unit else name, ylabel="fit rows")
    return Picture(figure, numbers)


def _with_ends(curve: pd.DataFrame) -> pd.DataFrame:
    """Let a curve run on a little beyond its last turns, where it is constant."""
    beyond = 0.04 * (curve["value"].max() - curve["value"].min())
    first, last = curve.head(1), curve.tail(1)
    ends = first.assign(value=first["value"] - beyond), last.assign(value=last["value"] + beyond)
    return pd.concat([ends[0], curve, ends[1]], ignore_index=True)


def tree_plot(root: Mapping[str, Any]) -> Picture:
    """Draw one tree from plain data, the root at the left.

    Parameters
    ----------
    root
        A node: ``rows``, ``churn_probability``, and unless it is a leaf ``says`` (the question) with the nodes
        ``yes`` and ``no``.
    """
    nodes: list[dict[str, Any]] = []
    _lay_out(root, "", 0, nodes)
    numbers = pd.DataFrame(nodes)
    leaves, depth = int((numbers["says"] == "").sum()), int(numbers["depth"].max())
    figure = Drawing(figsize=(3.1 * (depth + 0.5), max(2.0, 0.62 * leaves)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set(xlim=(-0.05, depth + 0.45), ylim=(-0.6, leaves - 0.4))
    top = max(float(numbers["churn_probability"].max()), 1e-9)
    for node in nodes:
        at, place = node["depth"], leaves - 1 - node["place"]
        if node["parent"] is not None:
            parent = nodes[node["parent"]]
            start = leaves - 1 - parent["place"]
            axes.plot(
                [at - 1, at - 0.4, at - 0.2, at], [start, start, place, place], color=FAINT, linewidth=1, zorder=0
            )
            axes.text(at - 0.19, place + 0.08, node["answer"], fontsize=8, color=INK)
        shade = 0.12 + 0.6 * node["churn_probability"] / top
        colour = tuple(1 - shade * (1 - part) for part in (0.82, 0.4, 0.18))
        text = f"{node['churn_probability']:.1%} of {node['rows']:,}" + (
            f"\n{fill(node['says'], 30)}" if node["says"] else ""
        )
        box = {"boxstyle": "round,pad=0.35", "facecolor": colour, "edgecolor": "none"}
        axes.text(at, place, text, fontsize=8.5, va="center", ha="left", color=INK, bbox=box)
    return Picture(figure, numbers)


def _edges(distinct: npt.NDArray[np.float64]) -> int | list[float]:
    """Give each value a bar of its own where there are few."""
    if not 1 < len(distinct) <= 60:
        return 40
    middles = ((distinct[1:] + distinct[:-1]) / 2).tolist()
    return [2 * distinct[0] - middles[0], *middles, 2 * distinct[-1] - middles[-1]]


def _lay_out(
    node: Mapping[str, Any], answer: str, depth: int, nodes: list[dict[str, Any]], parent: Any = None
) -> float:
    """Give each node its place: leaves one below the other, a question midway between its answers."""
    index = len(nodes)
    line = {"rows": node["rows"], "churn_probability": node["churn_probability"], "says": node.get("says", "")}
    nodes.append({**line, "answer": answer, "depth": depth, "parent": parent, "place": 0.0})
    if "says" in node:
        places = [_lay_out(node[word], word, depth + 1, nodes, index) for word in ("yes", "no")]
        nodes[index]["place"] = sum(places) / 2
    else:
        nodes[index]["place"] = float(sum(each["says"] == "" for each in nodes) - 1)
    return nodes[index]["place"]


def _depths(judged: Judged, names: Sequence[str] | None) -> pd.DataFrame:
    """Capture and lift of each model at 1 to 100 % of the rows."""
    shares = np.arange(1, 101) / 100
    parts = []
    for name in names or judged.names:
        p = judged.churn_probability(name)
        caught = np.array([capture(judged.churned, p, share=float(share)) for share in shares])
        parts.append(pd.DataFrame({"model": name, "share": shares, "capture": caught, "lift": caught / shares}))
    return pd.concat(parts, ignore_index=True)


def _lines(axes: Axes, numbers: pd.DataFrame, column: str) -> None:
    for at, (name, line) in enumerate(numbers.groupby("model", sort=False)):
        start = [0.0] if column == "capture" else []
        axes.plot(
            [*start, *line["share"]],
            [*start, *line[column]],
            color=COLOURS[at % len(COLOURS)],
            linewidth=2 if at == 0 else 1.4,
            label=str(name),
        )


def _share_axis(axes: Axes) -> None:
    axes.set_xlabel("riskiest share of customers")
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    if axes.get_ylabel().startswith("capture"):
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _percent(top: float) -> PercentFormatter:
    return PercentFormatter(1, decimals=0 if top > 0.06 else 1)


def _figure(heights: tuple[int, ...] = (1,)) -> tuple[Figure, list[Axes]]:
    """Make an empty figure in the house style, with panels one below the other."""
    figure = Drawing(figsize=(6.4, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(heights), 1, sharex=len(heights) > 1, squeeze=False, height_ratios=list(heights))
    axes: list[Axes] = [row[0] for row in panels]
    for each in axes:
        in_house_style(each)
    return figure, axes


def in_house_style(axes: Axes, *, size: float = 9, grid: Literal["both", "x", "y"] = "both") -> None:
    """Give a panel the grid, ink and edges of every picture of churnrisk."""
    axes.grid(color=GRID, linewidth=0.8, axis=grid)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=size)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.title.set_color(INK)
