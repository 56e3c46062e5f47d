"""Pictures over time: how far nights lie from their training, and what came true of their lists."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style
from churnrisk.monitoring.outcomes import ALL

#: At most so many nights and columns are drawn, the newest nights and the columns that moved most.
NIGHTS, COLUMNS = 60, 14
#: With more nights than this cells carry no numbers, and intervals are bands.
FEW = 12


def drift_plot(drift: pd.DataFrame, nights: pd.DataFrame, name: str) -> Picture:
    """Show how far the columns that moved most lie from the training, and probabilities and segments over time.

    Parameters
    ----------
    drift
        The rows of `alarms` of several nights, with their cutoff.
    nights
        One row a night: quantiles of the probability, and customers by segment.
    name
        The pipeline's name, for the title.
    """
    days = sorted(drift["cutoff"].unique())[-NIGHTS:]
    shown = drift[drift["cutoff"].isin(days)].drop_duplicates(["cutoff", "signal"], keep="last")
    part = (shown["psi"] / shown["limit"]).groupby(shown["signal"]).max()
    most = part.sort_values(ascending=False, kind="stable").index[:COLUMNS].tolist()
    numbers = shown[shown["signal"].isin(most)]
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 2, width_ratios=[3, 2])
    _cells(figure.add_subplot(grid[:, 0]), numbers, days, most)
    above, below = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
    recent = nights[nights["cutoff"].isin(sorted(nights["cutoff"])[-NIGHTS:])]
    recent = recent.drop_duplicates("cutoff", keep="last")
    _probabilities(above, recent)
    above.set_xticks([])
    _segments(below, recent)
    figure.suptitle(f"{name}: how far nights lie from the training of their model", color=INK, fontsize=12)
    return Picture(figure, numbers)


def _cells(axes: Axes, numbers: pd.DataFrame, days: Sequence[str], names: Sequence[str]) -> None:
    """Draw one cell a night and column: its PSI over its limit; alarms have a frame."""
    told = numbers.assign(part=numbers["psi"] / numbers["limit"], alarm=numbers["alarm"].astype(float))
    cells = [told.pivot(index="signal", columns="cutoff", values=one) for one in ("part", "psi", "alarm")]
    part, psi, alarm = (one.reindex(index=list(names), columns=list(days)).to_numpy(dtype=float) for one in cells)
    colours = LinearSegmentedColormap.from_list("drift", ["#ffffff", "#f3c9ae", COLOURS[1]])
    axes.imshow(np.clip(part, 0, 1), aspect="auto", cmap=colours, vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(np.isfinite(psi)), strict=True):
        if len(days) <= FEW:
            axes.text(column, row, f"{psi[row, column]:.2f}", ha="center", va="center", fontsize=7.5, color=INK)
    for row, column in zip(*np.nonzero(alarm > 0), strict=True):
        axes.plot(
            column + np.array([-0.5, 0.5, 0.5, -0.5, -0.5]),
            row + np.array([-0.5, -0.5, 0.5, 0.5, -0.5]),
            color=INK,
            linewidth=1.6,
        )
    _days(axes, days)
    axes.set_yticks(range(len(names)), list(names), fontsize=8)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    axes.set_title("PSI; the darker, the nearer to its limit; framed: an alarm", fontsize=10, color=INK)


def _probabilities(axes: Axes, nights: pd.DataFrame) -> None:
    in_house_style(axes, size=8.5)
    places = np.arange(len(nights))
    for share, colour in zip((99, 90, 50, 10), COLOURS, strict=False):
        axes.plot(places, nights[f"probability_{share}"], "o-", color=colour, markersize=3, label=f"{share} %")
    axes.plot(places, nights["mean_probability"], "s--", color=FAINT, markersize=3, label="mean")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_ylim(0, 1.3 * float(nights["probability_99"].max() or 1))
    axes.legend(frameon=False, fontsize=8, ncols=5, loc="upper center", columnspacing=1)
    axes.set_title("churn_probability: quantiles over customers", fontsize=10, color=INK)


def _segments(axes: Axes, nights: pd.DataFrame) -> None:
    in_house_style(axes, size=8.5)
    names = [name.removeprefix("customers_") for name in map(str, nights.columns) if name.startswith("customers_")]
    for colour, name in zip(COLOURS, names, strict=False):
        share = nights[f"customers_{name}"] / nights["customers"]
        if len(names) > 1 and name == names[-1]:
            continue
        axes.plot(np.arange(len(nights)), share, "o-", color=colour, markersize=3, label=name)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    shares = [nights[f"customers_{name}"] / nights["customers"] for name in names[:-1] or names]
    axes.set_ylim(0, 1.3 * max([float(one.max()) for one in shares], default=1.0) or 1.0)
    axes.legend(frameon=False, fontsize=8, ncols=4, loc="upper center")
    axes.set_title("share of customers in each segment but the lowest", fontsize=10, color=INK)
    _days(axes, nights["cutoff"].tolist())


def truth_plot(outcomes: pd.DataFrame, name: str) -> Picture:
    """Show over time what came true: capture, lift, observed / expected churn by segment, and money.

    Parameters
    ----------
    outcomes
        The rows that are kept of each night and its segments.
    """
    whole = outcomes[(outcomes["part"] == ALL) & (outcomes["customers"] > 0)]
    whole = whole.drop_duplicates("cutoff", keep="last").tail(NIGHTS)
    figure = Figure(figsize=(11, 6.8), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2, sharex=True).ravel().tolist()
    for axes in panels:
        in_house_style(axes, size=8.5)
    days = whole["cutoff"].tolist()
    labels = {"top_1": "riskiest 1 %", "top_5": "5 %", "top_10": "10 %"}
    if not (whole["capture_at_capacity"].fillna(0) == whole["capture_top_10"].fillna(0)).all():
        labels["at_capacity"] = "as many as the team reaches"
    for what, axes in zip(("capture", "lift"), panels, strict=False):
        for colour, (end, label) in zip(COLOURS, labels.items(), strict=False):
            _line(axes, whole, f"{what}_{end}", label, colour)
        axes.set_ylim(0, 1.2 * axes.get_ylim()[1])
    panels[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    panels[0].set_title("capture: share of all who left")
    panels[1].set_title("lift: churn rate over the average")
    panels[1].axhline(1, color=FAINT, linestyle="--", linewidth=1)
    panels[0].legend(frameon=False, fontsize=8, ncols=4, loc="upper center", columnspacing=1)
    _calibration(panels[2], outcomes, days)
    _money(panels[3], whole)
    for axes in panels:
        axes.title.set_fontsize(10)
        _days(axes, days)
    figure.suptitle(f"{name}: what came true of past lists", color=INK, fontsize=12)
    return Picture(figure, whole)


def _line(axes: Axes, rows: pd.DataFrame, name: str, label: str, colour: str, shift: float = 0.0) -> None:
    """Draw a figure over nights with its interval: bars for a few nights, a band for many."""
    value, low, high = (rows[f"{name}{end}"].astype("float64").to_numpy() for end in ("", "_low", "_high"))
    places = np.arange(len(rows)) + shift
    if len(rows) > FEW:
        axes.plot(places, value, color=colour, linewidth=1.6, label=label)
        axes.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)
        return
    ends = np.nan_to_num(np.abs(np.stack([value - low, high - value])))
    axes.errorbar(
        places, value, yerr=ends, fmt="o-", color=colour, elinewidth=1, capsize=2.5, markersize=4, label=label
    )


def _calibration(axes: Axes, outcomes: pd.DataFrame, days: Sequence[str]) -> None:
    axes.axhline(1, color=FAINT, linestyle="--", linewidth=1)
    parts = [ALL, *[name for name in outcomes["part"].unique() if name != ALL]]
    for at, (colour, part) in enumerate(zip((INK, *COLOURS), parts, strict=False)):
        rows = outcomes[(outcomes["part"] == part)].drop_duplicates("cutoff", keep="last")
        rows = rows.set_index("cutoff").reindex(days).reset_index()
        spread = 0.0 if len(days) > FEW else 0.09 * (at - (len(parts) - 1) / 2)
        _line(axes, rows, "observed_expected", "all customers" if part == ALL else part, colour, spread)
    ends = outcomes[outcomes["cutoff"].isin(days)][["observed_expected_low", "observed_expected_high"]]
    near = bool(((ends > 0.5) & (ends < 1.9) | ends.isna()).all().all())
    axes.set_yscale("log")
    axes.set_yticks([0.5, 0.65, 0.8, 1, 1.25, 1.5, 2] if near else [0.25, 0.5, 1, 2, 4])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    axes.minorticks_off()
    axes.set_ylim(*((0.5, 2.2) if near else (0.2, 5)))
    axes.legend(frameon=False, fontsize=8, ncols=3, loc="upper left")
    axes.set_title("observed / expected churn (1 is right), by segment")


def _money(axes: Axes, whole: pd.DataFrame) -> None:
    places = np.arange(len(whole))
    if whole["money_lost"].isna().all():
        axes.text(0.5, 0.5, "these tables have no MRR", transform=axes.transAxes, ha="center", color=INK)
    else:
        expected, lost = (whole[name].astype("float64") for name in ("money_expected", "money_lost"))
        axes.bar(places - 0.2, expected, width=0.4, color=FAINT, alpha=0.7, label="expected loss")
        axes.bar(places + 0.2, lost, width=0.4, color=COLOURS[1], label="lost (MRR x months of who left)")
        axes.set_ylim(0, 1.3 * float(max(expected.max(), lost.max()) or 1))
        axes.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    axes.set_title("money at stake, and money lost")


def _days(axes: Axes, days: Sequence[str]) -> None:
    every = max(1, -(-len(days) // FEW))
    axes.set_xticks(range(0, len(days), every), list(days[::every]), rotation=30, ha="right", fontsize=8)
