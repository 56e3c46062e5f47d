"""The model card: what a model is for, how good it is, where it ends; plain data first, Markdown last."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from churnrisk.modeling.evaluate import MEANING, Evaluation, Judged, Metric
from churnrisk.settings import ChurnSettings

_TEMPLATES = Path(__file__).parent / "templates"
#: What begins a tag or a comment of HTML, which Markdown lets through.
_TAG = re.compile(r"<(?=[A-Za-z/!?])")

#: Limits of every model of this package.
LIMITS = (
    "It knows what the tables know. Whatever moves customers and leaves no trace in them is missing.",
    "It is true for customers like those of the test cutoffs. After a new price, product or market, look again.",
    "Beyond the range of a signal in the fit rows its effect is constant; it does not run on.",
    "It predicts who leaves, not who would stay if offered something; only a holdout measures that.",
    "What `best_change` names on the list is what it expects of a customer whose one signal stood there, all others "
    "being as they are; it is no proof that the change would do this.",
)


def churn_facts(churn: ChurnSettings) -> dict[str, str]:
    """Say in words when churn counts, and what it is.

    Examples
    --------
    >>> churn_facts(ChurnSettings(horizon=30, lead_days=7))["when"]
    'within 30 days, beginning 7 days after the cutoff'
    """
    span = "within the month" if churn.horizon == "month" else f"within {churn.horizon} days"
    when = (
        f"{span}, beginning {churn.lead_days} days after the cutoff" if churn.lead_days else f"{span} of the cutoff"
    )
    if churn.further_horizons:
        when += f" (also within {' and '.join(map(str, churn.further_horizons))} days)"
    day = "the day notice was given, else the end day" if churn.day == "notice" else "the end day"
    definition = {
        "contract": f"A customer churns when the last paid subscription ends and none starts within "
        f"{churn.grace_days} days. The churn day is {day}.",
        "inactivity": f"A customer churns after {churn.inactive_days} days without activity, on that day.",
        "recorded": "A customer churns on the day that the company's own table churn_events names.",
    }[churn.kind]
    return {"when": when, "definition": definition}


def metric_facts(judged: Judged, names: Sequence[str]) -> list[dict[str, Any]]:
    """Lay the models' metrics side by side, as texts: the number, and its interval in brackets.

    Examples
    --------
    >>> judged = Judged([0, 1] * 20, range(40), resamples=20, seed=1)
    >>> _ = judged.add("tree", [0.2, 0.8] * 20)
    >>> metric_facts(judged, ["tree"])[0]["cells"]
    ['1.000 (1.000 to 1.000)']
    """
    known = [metric for metric in MEANING if any(metric in judged[name].metrics for name in names)]
    return [
        {
            "metric": metric,
            "meaning": MEANING[metric],
            "cells": [_cell(metric, _of(judged[name], metric)) for name in names],
        }
        for metric in known
    ]


def part_facts(name: str, cutoffs: Iterable[Any], labels: pd.DataFrame) -> dict[str, Any]:
    """Count one part of the rows (fit, calibration, test).

    Parameters
    ----------
    labels
        Columns ``customer_id`` and ``churned``.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "b", "a"], "churned": [0, 1, 0]})
    >>> part_facts("fit", ["2025-01-01", "2025-02-01"], rows)["customers"]
    2
    """
    days = [str(day)[:10] for day in cutoffs]
    span = days[0] if len(days) == 1 else f"{len(days)}, {days[0]} to {days[-1]}" if days else "none"
    return {
        "name": name,
        "cutoffs": span,
        "rows": len(labels),
        "customers": int(labels["customer_id"].nunique()),
        "churners": int(labels["churned"].sum()),
    }


def render_card(facts: Mapping[str, Any]) -> str:
    """Write the card as Markdown.

    Parameters
    ----------
    facts
        ``pipeline, model, version`` (or None), ``verdict`` (as_dict), ``churn`` (churn_facts), ``data`` (part_facts
        each), ``split`` (one sentence on what was kept apart), ``resamples, models`` (names in order), ``metrics``
        (metric_facts), ``simple_rule`` (sentence), ``champion`` (version or None), ``oracle`` (whether it stands in
        the table), ``horizons`` (`training.further.further_facts`), ``calibration`` (sentence), ``reliability`` (rows
        of `reliability`), ``profit, bounded_by`` (sentences), ``segments`` (name, bound, customers, expected,
        observed, action), ``fairness`` (`training.fairness.fairness_facts`), ``signals`` (name, group, direction,
        strength), ``limits, use, commit, seed, run``.

    Raises
    ------
    jinja2.UndefinedError
        When a fact is missing.
    """
    return _environment().get_template("card.md.j2").render(**facts).rstrip() + "\n"


#: Parts of a card that change after its training, between marks of their names.
RENEWED = {"backtest": ("backtest_first", "backtest"), "in_use": ("in_use",)}


def renew_card(folder: Path, facts: Mapping[str, Any]) -> Path | None:
    """Write some parts of a card anew, and leave the rest as it is; None where there is no card.

    Parameters
    ----------
    facts
        ``backtest`` (``command, sentence, reached, rows``) or ``in_use`` (a sentence), as in the card's facts.
    """
    path = folder / "card.md"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    for part in (part for name in facts for part in RENEWED[name]):
        block = _environment().get_template(f"{part}.md.j2").render(**facts).strip()
        before, mark, rest = text.partition(f"<!-- {part} -->")
        text = before + block + rest.partition(f"<!-- /{part} -->")[2] if mark else text
    path.write_text(text, encoding="utf-8")
    return path


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_in_a_cell,
    )
    environment.filters.update({"count": _count, "percent": _percent, "share": _share})
    return environment


def write_card(facts: Mapping[str, Any], folder: Path) -> Path:
    """Write the card as ``card.md`` into a folder, and say where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "card.md"
    path.write_text(render_card(facts), encoding="utf-8")
    return path


def _of(evaluation: Evaluation, metric: str) -> Metric:
    return evaluation.metrics.get(metric, Metric(None, note="not measured"))


def _cell(metric: str, found: Metric) -> str:
    if found.value is None:
        return "–"
    digits = 4 if metric in ("log_loss", "brier", "calibration_error") else 3
    if metric.startswith("lift") or metric == "expected_maximum_profit":
        digits = 2
    style = ".1%" if metric.startswith(("capture", "profit_best")) else f".{digits}f"
    value = format(found.value, style)
    if found.low is None or found.high is None:
        return value
    return f"{value} ({found.low:{style}} to {found.high:{style}})"


def _in_a_cell(told: Any) -> Any:
    """Keep a name from breaking the table or the heading that it stands in, and from being a tag, link or picture."""
    if not isinstance(told, str):
        return told
    plain = _TAG.sub("&lt;", told).replace("](", "]\\(")
    return re.sub(r"[\r\n\u2028\u2029]+", " ", plain.replace("|", "\\|"))


def _count(number: int) -> str:
    return f"{number:,}"


def _percent(part: float | None) -> str:
    return "–" if part is None or pd.isna(part) else f"{part:.1%}"


def _share(part: int, whole: int) -> str:
    return _percent(part / whole if whole else None)
