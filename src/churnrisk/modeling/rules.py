"""A tree's leaves as sentences."""

from math import exp
from typing import Any

from churnrisk.modeling.released.churn_model import FLOAT32_MAX


def rules_of(plain: dict[str, Any]) -> list[str]:
    """Give each leaf of a plain tree as a sentence, from the riskiest to the safest.

    What the fit rows never held, a gap or a rare text, is not named, though the tree has a place for it.
    """
    nodes = plain["nodes"]
    told = []
    waiting: list[tuple[int, list[tuple[int, bool]]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if nodes["left"][node] < 0:
            rows = nodes["rows"][node]
            chance = nodes["log_odds"][node]
            told.append((-chance, f"{_conditions(plain, path)}: {_percent(chance)} of {rows:,} rows left"))
            continue
        waiting.append((nodes["right"][node], [*path, (node, False)]))
        waiting.append((nodes["left"][node], [*path, (node, True)]))
    return [sentence for _, sentence in sorted(told, key=lambda pair: pair[0])]


def _percent(log_odds: float) -> str:
    return f"{100 / (1 + exp(-log_odds)):.1f} %"


def _conditions(plain: dict[str, Any], path: list[tuple[int, bool]]) -> str:
    """Fold the steps of a path into one condition a column, in the order they were asked."""
    asked: dict[int, list[tuple[int, bool]]] = {}
    for step in path:
        asked.setdefault(plain["nodes"]["column"][step[0]], []).append(step)
    told = [_condition(plain, column, steps) for column, steps in asked.items()]
    if len(told) > 1:
        told = [f"({one})" if " or " in one else one for one in told]
    return " and ".join(told) or "everyone"


def _condition(plain: dict[str, Any], column: int, steps: list[tuple[int, bool]]) -> str:
    nodes, split = plain["nodes"], plain["columns"][column]
    upper = min((nodes["threshold"][node] for node, left in steps if left), default=None)
    lower = max((nodes["threshold"][node] for node, left in steps if not left), default=None)
    gap = split["gaps"] and all(nodes["missing_left"][node] == left for node, left in steps)
    if "codes" in split:
        return _texts(split, lower, upper, gap)
    name = split["column"]
    if lower == FLOAT32_MAX:  # nothing lies above the greatest number
        return f"{name} missing"
    if upper == FLOAT32_MAX:
        upper = None
    if lower is None and upper is None:
        words = f"{name} known"
    elif lower is None:
        words = f"{name} at most {upper:.6g}"
    elif upper is None:
        words = f"{name} above {lower:.6g}"
    else:
        words = f"{name} above {lower:.6g} and up to {upper:.6g}"
    return f"{words} or missing" if gap else words


def _texts(split: dict[str, Any], lower: float | None, upper: float | None, gap: bool) -> str:
    """Name the texts of a stretch of the order, and whether any other text or a gap belongs to it."""

    def inside(code: float) -> bool:
        return (lower is None or code > lower) and (upper is None or code <= upper)

    words = [level for level, code in split["codes"].items() if inside(code)]
    words += ["any other"] if split["rare"] and inside(split["other"]) else []
    words += ["missing"] if gap else []
    return f"{split['column']} is {' or '.join(words)}" if words else f"{split['column']} is nothing seen so far"
