"""Groups in one picture: where customers stand, how each group uses the product, who left, and how sure it is."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from churnrisk.kpis.groups.grouping import Grouping
from churnrisk.kpis.groups.naming import aspect_of
from churnrisk.kpis.groups.scaling import Array, scaled
from churnrisk.kpis.groups.study import GroupStudy
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style

#: Customers that are drawn.
DRAWN = 3000

LITTLE_TO_MUCH = LinearSegmentedColormap.from_list("little to much", ["#d1662f", "#ffffff", "#1b6ca8"])


def groups_plot(study: GroupStudy, newest: pd.DataFrame) -> Picture:
    """Show groups; where there are none, how every number of them was judged.

    Parameters
    ----------
    newest
        The customers at risk now, with the signals.
    """
    figure = Drawing(figsize=(12, 8.6) if study.grouping else (6.4, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    if study.grouping is None:
        axes = figure.subplots(1, 1)
        _structure(axes, study.structure)
        _style(axes)
        return Picture(figure, study.structure)
    cloud, heat, left, sure = figure.subplots(2, 2, width_ratios=[1, 1.1]).ravel().tolist()
    _cloud(cloud, study.grouping, newest)
    _heat(heat, study)
    _churn(left, study)
    _structure(sure, study.structure)
    for axes in (cloud, left, sure):
        _style(axes)
    what = "groups" if study.grouping.kind == "groups" else "sections of one cloud, not groups"
    figure.suptitle(f"How customers use the product: {len(study.grouping.names)} {what}", color=INK, fontsize=12)
    return Picture(figure, study.table)


def _cloud(axes: Axes, grouping: Grouping, newest: pd.DataFrame) -> None:
    """Lay customers on the plane along which they differ most."""
    rows = newest.iloc[np.unique(np.linspace(0, len(newest) - 1, DRAWN).astype(int))]
    places, spots = grouping.places(rows), scaled(rows, grouping.scales)
    middle = spots.mean(axis=0)
    plane = _plane(spots - middle)
    flat = (spots - middle) @ plane.T
    for place in range(len(grouping.names)):
        mine = flat[places == place]
        axes.scatter(mine[:, 0], mine[:, 1], s=5, alpha=0.35, color=COLOURS[place], linewidths=0)
    marks = (grouping.centres - middle) @ plane.T
    axes.scatter(marks[:, 0], marks[:, 1], s=60, marker="x", color=INK, linewidths=1.6)
    axes.set(
        title="Customers along the two ways they differ most (colours as below)",
        xlabel="first way",
        ylabel="second way",
    )


def _plane(spots: Array) -> Array:
    """Give two directions; one signal alone is drawn along the first."""
    directions = np.linalg.svd(spots, full_matrices=False)[2][:2]
    directions = np.vstack([directions, np.zeros((2 - len(directions), spots.shape[1]))])
    signs = np.sign(directions[np.arange(2), np.abs(directions).argmax(axis=1)])
    return directions * np.where(signs == 0, 1, signs)[:, None]


def _heat(axes: Axes, study: GroupStudy) -> None:
    """Show each group's median beside the company's: the number, and how unusual it is."""
    grouping = study.grouping
    if grouping is None:
        return
    shape = (len(grouping.names), len(grouping.signals))
    unusual, medians = (study.profile[name].to_numpy(float).reshape(shape) for name in ("usual_distances", "median"))
    axes.imshow(unusual, cmap=LITTLE_TO_MUCH, vmin=-2, vmax=2, aspect="auto")
    for (row, column), median in np.ndenumerate(medians):
        colour = "white" if abs(unusual[row, column]) > 1.4 else INK
        axes.text(column, row, f"{median:,.4g}", ha="center", va="center", fontsize=9, color=colour)
    axes.set_xticks(range(shape[1]), [_heading(study, name) for name in grouping.signals], fontsize=7.5)
    axes.set_yticks(range(shape[0]), [name.replace(" and ", "\nand ") for name in grouping.names], fontsize=8.5)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("The median of each group (blue: much of it, orange: little)", color=INK, fontsize=10)


def _heading(study: GroupStudy, signal: str) -> str:
    one = study.profile[study.profile["signal"] == signal].iloc[0]
    days = signal.rsplit("_", 1)[-1] if signal[-1] in "dw" and signal[-2].isdigit() else ""
    return f"{aspect_of(signal).name}\n{one['unit']}{f', {days}' if days else ''}\n(all: {one['median_of_all']:,.4g})"


def _churn(axes: Axes, study: GroupStudy) -> None:
    """Show the churn rate that followed earlier cutoffs, with its interval."""
    table = study.table
    axes.set_title("Churn that followed earlier cutoffs, with 95 % intervals", color=INK, fontsize=10)
    if table["churn_rate"].isna().all():
        axes.text(0.5, 0.5, "no month has an outcome yet", transform=axes.transAxes, ha="center", color=INK)
        return
    places = np.arange(len(table))
    spread = np.abs(table[["low", "high"]].to_numpy().T - table["churn_rate"].to_numpy())
    axes.barh(places, table["churn_rate"], color=[COLOURS[place] for place in places], alpha=0.8, height=0.6)
    axes.errorbar(
        table["churn_rate"], places, xerr=np.nan_to_num(spread), fmt="none", ecolor=INK, capsize=3, linewidth=1.2
    )
    whole = 100 * table["churned"].sum() / max(1, table["observed"].sum())
    axes.axvline(whole, color=FAINT, linestyle="--", linewidth=1.2, label=f"all customers: {whole:.1f} %")
    told = [f"{name}\n{share:.0%} of customers" for name, share in zip(table["group"], table["share"], strict=True)]
    if table["mrr_share"].notna().all():
        told = [f"{one}, {share:.0%} of MRR" for one, share in zip(told, table["mrr_share"], strict=True)]
    axes.set_yticks(places, told, fontsize=8)
    axes.invert_yaxis()
    axes.set(xlabel="% churned within the horizon", xlim=(0, None))
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.13))


def _structure(axes: Axes, structure: pd.DataFrame) -> None:
    """Show how stable each number of groups is, and what parts them, beside structureless data."""
    axes.set_title("How many groups? Judged beside structureless data", color=INK, fontsize=10)
    if structure.empty or "valley" not in structure:
        axes.text(0.5, 0.5, "too few customers to say", transform=axes.transAxes, ha="center", color=INK)
        return
    lines = (
        ("stability", "stability: two halves agree", COLOURS[0], "o-"),
        ("structureless_stability", "the same, structureless data", COLOURS[0], "o:"),
        ("valley", "valley: fewer customers between two than inside", COLOURS[1], "s-"),
        ("structureless_valley", "the same, structureless data", COLOURS[1], "s:"),
    )
    for name, label, colour, shape in lines:
        faint = 0.55 if shape.endswith(":") else 1.0
        axes.plot(structure["groups"], structure[name], shape, color=colour, label=label, alpha=faint, markersize=4)
    axes.set(xlabel="number of groups", ylim=(-0.03, 1.05), ylabel="0 none, 1 wholly")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=7.5, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)


def _style(axes: Axes) -> None:
    in_house_style(axes, size=8.5)
    axes.title.set_fontsize(10)
