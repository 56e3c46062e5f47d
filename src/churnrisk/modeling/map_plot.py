"""The picture of a map: what two signals together add, as a grid of colours."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg

from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import INK, Picture

MOST_NUMBERS = 100
MOST_WORDS = 12


def map_plot(cells: pd.DataFrame) -> Picture:
    """Show what two signals together add to what each adds alone: red raises the log-odds, blue lowers them.

    Parameters
    ----------
    cells
        The rows of `explain.effect_maps` for one pair of signals.
    """
    grid = cells.pivot(index="first_bin", columns="second_bin", values="log_odds").to_numpy()
    rows, columns = (_kept(grid, axis) for axis in (0, 1))
    values = grid[np.ix_(rows, columns)]
    size = (min(max(4.8, 2.6 + 0.72 * values.shape[1]), 9.5), min(max(3.2, 1.7 + 0.42 * values.shape[0]), 7.5))
    figure = Drawing(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    top = max(float(np.abs(values).max()), 1e-9)
    picture = axes.imshow(values, cmap="RdBu_r", vmin=-top, vmax=top, aspect="auto", origin="lower")
    if values.size <= MOST_NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            colour = INK if abs(value) < 0.6 * top else "white"
            axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(*_words(cells, "second", columns), rotation=30, ha="right")
    axes.set_yticks(*_words(cells, "first", rows))
    axes.set(xlabel=cells["second"].iloc[0], ylabel=cells["first"].iloc[0])
    axes.set_title("What the two together add", color=INK)
    axes.tick_params(colors=INK, labelsize=8)
    axes.spines[:].set_visible(False)
    figure.colorbar(picture, ax=axes, label="change of log-odds", shrink=0.85)
    return Picture(figure, cells.reset_index(drop=True))


def _kept(grid: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.int64]:
    """Give the bins of one side to show; the last one, for gaps, only where it moves anybody."""
    moves = np.abs(grid).max(axis=1 - axis) > 0
    moves[:-1] = True
    return np.flatnonzero(moves)


def _words(cells: pd.DataFrame, side: str, kept: npt.NDArray[np.int64]) -> tuple[list[int], list[str]]:
    """Say where the bins of one side are named, and how; of many, some."""
    names = cells.drop_duplicates(f"{side}_bin").set_index(f"{side}_bin")[f"{side}_at"]
    places = list(range(0, len(kept), -(-len(kept) // MOST_WORDS)))
    places[-1] = len(kept) - 1
    return places, [str(names[kept[at]]) for at in places]
