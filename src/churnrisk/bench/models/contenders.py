"""The models that are compared: ours as they come, and the peers at fixed settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.bench.models.sets import text_columns
from churnrisk.errors import ModelError, UnknownNameError

#: Threads of every model: with more, CPU counts how long threads wait for one another, and results stay the same.
THREADS = 1
GAP = "(gap)"


@dataclass(frozen=True)
class Contender:
    """One model of the comparison.

    Parameters
    ----------
    name
        What the table calls it.
    make
        Gives it unfitted, with ``fit`` and ``predict_proba``.
    package
        The package whose version is printed; empty for ours.
    settings
        What was set, in a few words.
    """

    name: str
    make: Callable[[], Any]
    package: str = ""
    settings: str = "as it comes"

    @property
    def ours(self) -> bool:
        """Whether it is one of ours."""
        return not self.package

    @property
    def version(self) -> str:
        """Version of its package; empty for ours, or where it is not installed."""
        try:
            return metadata.version(self.package) if self.package else ""
        except metadata.PackageNotFoundError:
            return ""

    @property
    def installed(self) -> bool:
        """Whether it can run here."""
        return self.ours or bool(self.version)


class Prepared:
    """A peer with its own way of reading texts and gaps; columns without any value in the fit rows are left out.

    Parameters
    ----------
    model
        The unfitted peer.
    texts
        How it wants text: "category" (kinds seen while fitting, others are gaps), "gap" (a gap is a text of its
        own, and the columns are named to ``fit``), or "text" (text and None as they are).

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> rows = pd.DataFrame({"plan": ["a", "b", None] * 30, "logins": [0.0, 5.0, np.nan] * 30})
    >>> peer = Prepared(HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"), "category")
    >>> peer.fit(rows, np.array([1, 0, 0] * 30)).predict_proba(rows.head(2)).shape
    (2, 2)
    """

    def __init__(self, model: Any, texts: str) -> None:
        self.model = model
        self.texts = texts
        self.kinds_: dict[str, pd.Index] = {}
        self.empty_: list[str] = []

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> "Prepared":
        """Look at the texts, then fit."""
        self.empty_ = [str(name) for name in X if X[name].isna().all()]
        names = [name for name in text_columns(X) if name not in self.empty_]
        self.kinds_ = {name: pd.Index(sorted(X[name].dropna().unique()), dtype=object) for name in names}
        told = {"cat_features": names} if self.texts == "gap" else {}
        self.model.fit(self._read(X), y, **told)
        return self

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Give the probabilities of both classes."""
        return np.asarray(self.model.predict_proba(self._read(X)))

    def _read(self, X: pd.DataFrame) -> pd.DataFrame:
        X = X.drop(columns=self.empty_)
        if self.texts == "category":
            return X.assign(**{name: _categories(X[name], kinds) for name, kinds in self.kinds_.items()})
        if self.texts == "gap":
            return X.assign(**{name: X[name].where(X[name].notna(), GAP) for name in self.kinds_})
        return X


def _categories(texts: pd.Series, kinds: pd.Index) -> pd.Categorical:
    """Read text as kinds that are known; others are gaps."""
    return pd.Categorical(texts.where(texts.isin(kinds)), categories=kinds)


def _lightgbm() -> Prepared:
    from lightgbm import LGBMClassifier

    return Prepared(
        LGBMClassifier(
            n_estimators=200, num_leaves=15, learning_rate=0.05, random_state=1, n_jobs=THREADS, verbose=-1
        ),
        "category",
    )


def _catboost() -> Prepared:
    from catboost import CatBoostClassifier

    return Prepared(
        CatBoostClassifier(
            iterations=500, random_seed=1, thread_count=THREADS, verbose=False, allow_writing_files=False
        ),
        "gap",
    )


def _histogram() -> Prepared:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return Prepared(
        HistGradientBoostingClassifier(
            max_iter=200, early_stopping=False, random_state=1, categorical_features="from_dtype"
        ),
        "category",
    )


def _explainable() -> Prepared:
    from interpret.glassbox import ExplainableBoostingClassifier

    return Prepared(ExplainableBoostingClassifier(n_jobs=THREADS), "text")


def _ours(name: str) -> Callable[[], Any]:
    def make() -> Any:
        from churnrisk import modeling

        return getattr(modeling, name)()

    return make


#: Ours, in the order in which the table shows them.
OURS = {
    "logistic": "AdditiveLogisticClassifier",
    "tree": "PrunedTreeClassifier",
    "logit_leaf": "LogitLeafClassifier",
}

#: Peer = how it reads text and gaps.
HANDLING = {
    "lightgbm": "text as its own categories, unseen text and gaps as missing, gaps in numbers as missing",
    "catboost": "text as cat_features, where a gap is a text of its own; gaps in numbers as missing",
    "histogram": "text as pandas categories, unseen text and gaps as missing, gaps in numbers as missing",
    "explainable": "text and gaps as they are, each with a bin of its own; one process",
}


def contenders() -> dict[str, Contender]:
    """List all models of the comparison: ours that exist, then the peers.

    Examples
    --------
    >>> [name for name, one in contenders().items() if not one.ours]
    ['lightgbm', 'catboost', 'histogram', 'explainable']
    """
    from churnrisk import modeling

    ours = [Contender(name, _ours(kind)) for name, kind in OURS.items() if kind in modeling.__all__]
    peers = [
        Contender("lightgbm", _lightgbm, "lightgbm", "200 trees of 15 leaves at learning rate 0.05"),
        Contender("catboost", _catboost, "catboost", "500 iterations"),
        Contender("histogram", _histogram, "scikit-learn", "200 iterations, no early stopping"),
        Contender("explainable", _explainable, "interpret-core", "defaults"),
    ]
    return {one.name: one for one in [*ours, *peers]}


def chosen(names: list[str] | None = None) -> dict[str, Contender]:
    """Choose models by name; without names all of them.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    ModelError
        When a peer is not installed.
    """
    known = contenders()
    if unknown := [name for name in names or [] if name not in known]:
        raise UnknownNameError(f"There is no model named {unknown[0]!r} to compare. Known: {', '.join(known)}.")
    wanted = {name: one for name, one in known.items() if not names or name in names}
    if absent := [one.package for one in wanted.values() if not one.installed]:
        raise ModelError(
            f"The comparison needs packages that are not installed: {', '.join(absent)}. "
            "`make bench-models` installs them; so does `pip install 'churnrisk[bench]'`."
        )
    return wanted


def shown_versions(models: Mapping[str, Contender]) -> list[str]:
    """Say of each peer its version, settings and handling of texts and gaps."""
    peers = [one for one in models.values() if not one.ours]
    return [f"{one.name}: {one.package} {one.version}, {one.settings}; {HANDLING[one.name]}" for one in peers]
