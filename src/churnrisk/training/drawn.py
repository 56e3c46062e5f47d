"""A tree's plain data as questions a picture can show."""

from typing import Any

import numpy as np

from churnrisk.modeling.released.churn_model import FLOAT32_MAX, probability


def drawn_tree(data: dict[str, Any]) -> dict[str, Any]:
    """Give the root of a released tree as nested nodes: rows, churn probability, question, answers.

    Parameters
    ----------
    data
        The content of model.json.
    """
    return _node(data["model"], 0)


def _node(plain: dict[str, Any], at: int) -> dict[str, Any]:
    nodes = plain["nodes"]
    chance = float(probability(np.array([nodes["log_odds"][at]]))[0])
    drawn: dict[str, Any] = {"rows": int(nodes["rows"][at]), "churn_probability": chance}
    if nodes["left"][at] < 0:
        return drawn
    split = plain["columns"][nodes["column"][at]]
    return drawn | {
        "says": _question(split, nodes["threshold"][at], bool(nodes["missing_left"][at])),
        "yes": _node(plain, nodes["left"][at]),
        "no": _node(plain, nodes["right"][at]),
    }


def _question(split: dict[str, Any], threshold: float, missing_left: bool) -> str:
    if "codes" in split:
        levels = [level for level, code in split["codes"].items() if code <= threshold]
        shown = ", ".join(levels[:3]) + (", …" if len(levels) > 3 else "")
        return f"{split['column']} is {shown}?"
    if threshold == FLOAT32_MAX:
        return f"{split['column']} is known?"
    missing = " or missing" if missing_left and split.get("gaps") else ""
    return f"{split['column']} ≤ {threshold:.4g}{missing}?"
