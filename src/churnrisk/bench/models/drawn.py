"""The picture of a comparison: each model's log loss over that of the best peer, with paired intervals."""

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from churnrisk.bench.models.contenders import OURS
from churnrisk.bench.models.promises import ALLOWED
from churnrisk.modeling.plots import COLOURS, FAINT, GRID, INK


def ratio_plot(table: pd.DataFrame) -> Figure:
    """Draw one panel a set, one line a model, the best peer at 1; ours in colour."""
    rows = table[(table["form"] == "raw") & table["ratio"].notna()]
    names = list(rows["set"].unique())
    figure = Figure(figsize=(3.4 * len(names) + 1.2, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        one = rows[rows["set"] == name].iloc[::-1]
        colours = [COLOURS[0] if model in OURS else COLOURS[5] for model in one["model"]]
        for at, (line, colour) in enumerate(zip(one.itertuples(), colours, strict=True)):
            axes.plot([line.ratio_low, line.ratio_high], [at, at], color=colour, linewidth=2)
            axes.plot([line.ratio], [at], "o", color=colour, markersize=6)
        axes.axvline(1.0, color=FAINT, linewidth=1)
        axes.axvline(ALLOWED, color=COLOURS[1], linewidth=1, linestyle="--")
        axes.set_yticks(range(len(one)), list(one["model"]) if axes is panels[0] else [""] * len(one))
        axes.set_title(name, color=INK, fontsize=10)
        axes.tick_params(colors=INK, labelsize=8)
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("log loss over that of the best peer; dashed: 1.01", fontsize=9, color=INK)
    return figure
