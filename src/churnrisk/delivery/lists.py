"""The lists of one night as they are handed over: read from the run's own files, typed, with the night's name."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import run_name
from churnrisk.delivery.manifests import MANIFEST
from churnrisk.errors import DeliveryError


@dataclass(frozen=True)
class Run:
    """One night that was written whole.

    Parameters
    ----------
    folder
        The run's folder, with its manifest.
    cutoff
        The night's cutoff; none where the source is flat.
    """

    folder: Path
    pipeline: str
    cutoff: date | None

    @property
    def name(self) -> str:
        """Cutoff and what the night was made of; written again with the same lists, it is the same run."""
        return run_name(self.folder)

    def rows(self, listed: str) -> pd.DataFrame:
        """Read a list: ``scores``, ``at_risk`` or ``today``.

        ``scores`` carries what ``at_risk`` says of those on it, and nothing there for all others, so that a place
        which keeps one row a customer does not keep yesterday's reasons.

        Raises
        ------
        DeliveryError
            When the run has no such list.
        """
        at_risk = self._file("at_risk")
        if listed == "at_risk":
            return self._named(at_risk)
        if listed == "today":
            if "status" not in at_risk.columns:
                raise DeliveryError(f"The run {self.name} has no list for today. Run churnrisk score again.")
            return self._named(at_risk[at_risk["status"] == "today"].reset_index(drop=True))
        scores = self._file("scores")
        more = at_risk[["customer_id", *[name for name in at_risk.columns if name not in scores.columns]]]
        return self._named(scores.merge(more, on="customer_id", how="left", validate="1:1"))

    def _named(self, rows: pd.DataFrame) -> pd.DataFrame:
        rest = [name for name in rows.columns if name not in ("pipeline", "run", "cutoff")]
        named = rows[rest].copy()
        named.insert(0, "pipeline", self.pipeline)
        named.insert(1, "run", self.name)
        if self.cutoff is not None:
            named.insert(2, "cutoff", self.cutoff)
        return named

    def _file(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            raise DeliveryError(f"The run {self.name} has no {path.name}. Run churnrisk score again with --replace.")
        return pd.read_parquet(path)


def run_of(folder: Path) -> Run:
    """Open the folder of a run, or a link to it.

    Raises
    ------
    DeliveryError
        When there is no whole run.

    Examples
    --------
    >>> run_of(Path("no such folder"))
    Traceback (most recent call last):
    ...
    churnrisk.errors.DeliveryError: There is no night in no such folder. Write one with: churnrisk score PIPELINE
    """
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        cutoff = told["cutoff"]
        return Run(folder.resolve(), str(told["pipeline"]), date.fromisoformat(cutoff) if cutoff else None)
    except (OSError, ValueError, KeyError, TypeError):
        raise DeliveryError(f"There is no night in {folder}. Write one with: churnrisk score PIPELINE") from None
