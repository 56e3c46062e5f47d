"""Models a person can read, their calibration, and the plain data they are released as."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from churnrisk.modeling.logistic import AdditiveLogisticClassifier
    from churnrisk.modeling.logit_leaf import LogitLeafClassifier
    from churnrisk.modeling.tree import PrunedTreeClassifier

__all__ = ["AdditiveLogisticClassifier", "LogitLeafClassifier", "PrunedTreeClassifier"]

_HOMES = {
    "AdditiveLogisticClassifier": "churnrisk.modeling.logistic",
    "LogitLeafClassifier": "churnrisk.modeling.logit_leaf",
    "PrunedTreeClassifier": "churnrisk.modeling.tree",
}


def __getattr__(name: str) -> type:
    """Load an estimator when it is first asked for: scoring a released model needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
