"""A change in one picture: from the earlier rate to the later one, effect by effect, for each split."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Patch

from churnrisk.kpis.explain.mix_rate import Decomposition
from churnrisk.modeling.drawing import Drawing
from churnrisk.modeling.plots import COLOURS, FAINT, INK, Picture, in_house_style

if TYPE_CHECKING:
    from churnrisk.kpis.explain.change import Explained

#: At most so many effects have a bar of their own, and none that is smaller than this share of the largest.
BARS, LEAST = 6, 0.05
#: At most so many splits are drawn: those that explain most.
PANELS = 4
RATE, MIX = COLOURS[1], COLOURS[0]


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall, in percent of customers or of MRR."""

    label: str
    effect: float
    low: float
    high: float
    colour: str
    sure: bool


def waterfalls(found: "Explained") -> Picture:
    """Break a change down by each split: effects of rate and of mix, the largest first, with intervals.

    Pale bars are within chance.
    """
    splits = sorted(found.splits, key=lambda one: -one.explained)[:PANELS]
    columns = min(2, max(1, len(splits)))
    lines = -(-max(1, len(splits)) // columns)
    bars = max((len(steps(one)) for one in splits), default=0) + 2
    figure = Drawing(figsize=(max(8.6, 6.2 * columns), 0.9 + lines * (0.9 + 0.33 * bars)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, columns, squeeze=False).ravel().tolist()
    for axes, one in zip(panels, splits, strict=False):
        _waterfall(axes, one, found)
    for axes in panels[len(splits) :]:
        axes.set_axis_off()
    title = f"{found.words.name}: {found.before} to {found.after}, {_signed(100 * found.change.difference)} points"
    figure.suptitle(title, color=INK, fontsize=12)
    keys = [Patch(color=RATE, label="rate: a part changed"), Patch(color=MIX, label="mix: parts grew or shrank")]
    keys += [Patch(color=INK, alpha=0.25, label="pale: within chance, all parts of the split in mind")]
    figure.legend(handles=keys, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    return Picture(figure, found.table())


def steps(one: Decomposition) -> list[Step]:
    """List the effects of a split, the largest first, and what the rest make together; in points."""
    rows: list[Step] = []
    for part in one.parts.to_dict("records"):
        for kind, colour in (("rate", RATE), ("mix", MIX)):
            effect, low, high = (100 * part[f"{kind}_{name}"] for name in ("effect", "low", "high"))
            if effect:
                sure = bool(part[f"{kind}_beyond_chance"])
                rows.append(Step(f"{part['value']}: {kind}", effect, low, high, colour, sure))
    rows.sort(key=lambda step: -abs(step.effect))
    least = LEAST * abs(rows[0].effect) if rows else 0.0
    kept = [step for step in rows[:BARS] if abs(step.effect) >= least]
    rest = rows[len(kept) :]
    if rest:
        total = sum(step.effect for step in rest)
        only_mix = all(step.colour == MIX for step in rest)
        label = rest[0].label if len(rest) == 1 else "mix, all parts" if only_mix else "all others"
        kept.append(Step(label, total, np.nan, np.nan, FAINT, False))
    return kept


def _signed(points: float) -> str:
    return f"{points:+.2f}".replace("-", "−")


def _waterfall(axes: Axes, one: Decomposition, found: "Explained") -> None:
    rows = steps(one)
    at, ends = 100 * found.change.before, [100 * found.change.before]
    labels: list[str] = [found.before]
    for place, step in enumerate(rows, start=1):
        alpha = 1.0 if step.sure else 0.35
        axes.barh(place, step.effect, left=at, color=step.colour, alpha=alpha, height=0.6)
        if not np.isnan(step.low):
            axes.plot([at + step.low, at + step.high], [place, place], color=INK, linewidth=1, alpha=0.7)
            ends += [at + step.low, at + step.high]
        axes.plot([at + step.effect] * 2, [place - 0.3, place + 1.3], color=FAINT, linewidth=0.8)
        at += step.effect
        ends.append(at)
        labels.append(f"{step.label}  {_signed(step.effect)}")
    labels.append(found.after)
    last = len(rows) + 1
    spread = max(ends) - min(ends) or 1.0
    left = min(ends) - 0.08 * spread
    for place, value in ((0, 100 * found.change.before), (last, 100 * found.change.after)):
        axes.barh(place, value - left, left=left, color=INK, alpha=0.8, height=0.6)
        axes.text(value, place, f" {value:.2f} %", va="center", fontsize=8.5, color=INK)
    axes.plot([100 * found.change.before] * 2, [-0.3, 1.3], color=FAINT, linewidth=0.8)
    axes.set_yticks(range(last + 1), labels)
    axes.set(xlim=(left, max(ends) + 0.16 * spread), ylim=(last + 0.6, -0.6))
    axes.set_title(f"by {one.split}", color=INK, fontsize=10, loc="left")
    axes.set_xlabel("% (the axis does not begin at 0)", fontsize=8.5, color=INK)
    in_house_style(axes, size=8.5, grid="x")
