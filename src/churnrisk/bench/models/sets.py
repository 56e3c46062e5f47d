"""The rows on which models are compared, and who of them fits, calibrates and is judged."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

NOT_USED, FITS, CALIBRATES, JUDGED = 0, 1, 2, 3
FOLDS = 5
SEED = 1


@dataclass(frozen=True)
class Rows:
    """The row numbers of one part: a fold, or the cutoffs before and after an embargo.

    Parameters
    ----------
    fit, calibrate, judged
        ``calibrate`` is empty where calibration uses out-of-fold log-odds of the fit rows.
    """

    fit: np.ndarray
    calibrate: np.ndarray
    judged: np.ndarray


@dataclass(frozen=True)
class ModelSet:
    """Rows with labels, cut into parts.

    Parameters
    ----------
    name
        Short name of the set.
    frame
        One column a feature: numbers as float64 (NaN = gap), texts as text (None = gap).
    churned
        1 = left.
    customers
        The customer of each row.
    uses
        One line a part, one column a row: 0 not used, 1 fits, 2 calibrates, 3 is judged.
    how
        How rows are judged, in a few words.
    """

    name: str
    frame: pd.DataFrame
    churned: np.ndarray
    customers: np.ndarray
    uses: np.ndarray
    how: str = field(default="")

    def parts(self) -> Iterator[Rows]:
        """Go through the parts."""
        for line in self.uses:
            yield Rows(*(np.flatnonzero(line == use) for use in (FITS, CALIBRATES, JUDGED)))

    @property
    def texts(self) -> list[str]:
        """Names of the columns that hold text."""
        return text_columns(self.frame)

    def fingerprint(self) -> str:
        """Give a number that changes with any row, label or use.

        Examples
        --------
        >>> rows = pd.DataFrame({"a": [1.0, 2.0]})
        >>> one = ModelSet("x", rows, np.array([0, 1]), np.array(["k", "l"]), np.array([[1, 3]]))
        >>> other = ModelSet("x", rows + 1, np.array([0, 1]), np.array(["k", "l"]), np.array([[1, 3]]))
        >>> one.fingerprint() == other.fingerprint()
        False
        """
        whole = self.frame.assign(__churned=self.churned, **{f"__{i}": line for i, line in enumerate(self.uses)})
        hashed = pd.util.hash_pandas_object(whole, index=False).to_numpy()
        weights = np.arange(1, len(hashed) + 1, dtype=np.uint64)
        return f"{int((hashed * weights).sum()):016x}-{len(self.frame.columns)}"

    def save(self, folder: Path) -> Path:
        """Write the set for child processes to read."""
        folder.mkdir(parents=True, exist_ok=True)
        uses = {f"__use_{index}": line.astype(np.int8) for index, line in enumerate(self.uses)}
        whole = self.frame.assign(__churned=self.churned, __customer=self.customers, **uses)
        whole.to_parquet(folder / "rows.parquet", index=False)
        said = {"name": self.name, "how": self.how, "texts": self.texts}
        (folder / "set.json").write_text(json.dumps(said), encoding="utf-8")
        return folder

    @classmethod
    def load(cls, folder: Path) -> "ModelSet":
        """Read a set that was written by `save`."""
        whole = pd.read_parquet(folder / "rows.parquet")
        said = json.loads((folder / "set.json").read_text(encoding="utf-8"))
        marks = [name for name in whole.columns.astype(str) if name.startswith("__use_")]
        uses = np.array([whole.pop(name) for name in marks])
        churned, customers = whole.pop("__churned").to_numpy(), whole.pop("__customer").to_numpy()
        return cls(said["name"], as_features(whole, said["texts"]), churned, customers, uses, said["how"])


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Name the columns that hold text.

    Examples
    --------
    >>> text_columns(pd.DataFrame({"n": [1, 2], "yes": [True, False], "t": ["a", None]}))
    ['t']
    """
    numbers = frame.select_dtypes(include=["number", "bool"]).columns
    return [str(name) for name in frame if name not in numbers]


def as_features(frame: pd.DataFrame, texts: Sequence[str] | None = None) -> pd.DataFrame:
    """Bring features into one form for all models: float64 with NaN, or text with None.

    Examples
    --------
    >>> found = as_features(pd.DataFrame({"n": [1, 2], "t": ["a", None]}))
    >>> found.n.dtype.name, found.t.tolist()
    ('float64', ['a', None])
    """
    if texts is None:
        texts = text_columns(frame)
    columns = {}
    for name in frame:
        if name in texts:
            columns[name] = frame[name].astype(object).where(frame[name].notna(), None)
        else:
            columns[name] = frame[name].astype("float64")
    return pd.DataFrame(columns)


def in_folds(name: str, frame: pd.DataFrame, churned: np.ndarray, customers: np.ndarray) -> ModelSet:
    """Cut rows without time into five stratified folds, shuffled with seed 1.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": np.arange(20.0)})
    >>> found = in_folds("flat", rows, np.arange(20) % 2, np.arange(20))
    >>> [len(part.judged) for part in found.parts()]
    [4, 4, 4, 4, 4]
    """
    uses = np.full((FOLDS, len(frame)), FITS, dtype=np.int8)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for line, (_, judged) in zip(uses, folds.split(frame, churned), strict=True):
        line[judged] = JUDGED
    how = f"{FOLDS} stratified folds, shuffled with seed {SEED}"
    return ModelSet(name, as_features(frame), np.asarray(churned), np.asarray(customers), uses, how)


def telco(file: Path, *, customers: int | None = None) -> ModelSet:
    """Read the flat IBM Telco file: one row a customer, blank charges are gaps."""
    frame = pd.read_csv(file)
    if customers is not None:
        frame = frame.head(customers)
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    names, churned = frame.pop("customerID").to_numpy(), frame.pop("Churn").eq("Yes").to_numpy().astype(np.int64)
    return in_folds("telco", frame, churned, names)


def snapshots_of(pipeline: Path, name: str, today: date, *, customers: int | None = None) -> ModelSet:
    """Build a pipeline's own snapshots: its fit, calibration and test cutoffs.

    Parameters
    ----------
    pipeline
        The TOML.
    today
        The day on which the tables are read.
    customers
        Keep at most so many customers, drawn at random, with all their rows.

    Raises
    ------
    ModelError
        When the pipeline has too few cutoffs to learn from.
    """
    from churnrisk.errors import ModelError
    from churnrisk.flows.opened import opened
    from churnrisk.settings import load_settings
    from churnrisk.snapshots.plan import plan

    with opened(load_settings(pipeline), today) as workshop:
        laid = plan(workshop)
        if laid.parts is None:
            raise ModelError(f"Too little to compare models on: {laid.why_not}")
        parts = laid.parts
        days = {FITS: parts.fit, CALIBRATES: parts.calibrate, JUDGED: parts.test}
        snapshots = workshop.snapshots([*parts.fit, *parts.calibrate, *parts.test])
    rows = snapshots.rows.reset_index(drop=True)
    if customers is not None:
        rows = some_customers(rows, customers)
    use = np.zeros(len(rows), dtype=np.int8)
    for kind, wanted in days.items():
        use[rows["cutoff"].isin(pd.to_datetime(list(wanted)).astype(rows["cutoff"].dtype))] = kind
    count = [len(days[kind]) for kind in (FITS, CALIBRATES, JUDGED)]
    how = f"out of time: {count[0]} cutoffs fit, {count[1]} calibrate, {count[2]} are judged"
    return ModelSet(
        name,
        as_features(rows[snapshots.columns]),
        rows["churned"].to_numpy(),
        rows["customer_id"].to_numpy(),
        use[None, :],
        how,
    )


def some_customers(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """Keep at most so many customers, drawn at random, with all their rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "a", "b", "b", "c"]})
    >>> some_customers(rows, 2).customer_id.nunique()
    2
    """
    codes, names = pd.factorize(rows["customer_id"])
    chosen = np.random.default_rng(SEED).permutation(len(names))[:most]
    return rows[np.isin(codes, chosen)].reset_index(drop=True)
