from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from churnrisk.settings import ChurnSettings, SampleSettings
from churnrisk.sources.sample import read_truth, write_sample

CHURN = ChurnSettings(day="notice", involuntary_reasons=["payment_failed", "card_expired"])
LEFT = ("payment_failed", "card_expired", "not_needed", "too_expensive", "missing_features", "switched")


@dataclass(frozen=True)
class Written:
    """A sample company on disk, read back."""

    folder: Path
    rows: dict[str, int]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / f"{name}.parquet")

    @property
    def truth(self) -> pd.DataFrame:
        return read_truth(self.folder)

    @property
    def paid(self) -> pd.DataFrame:
        rows = self.table("subscriptions").drop_duplicates()
        return rows[~rows.is_trial & ~rows.subscription_id.str.contains("DIRTY")]

    @property
    def ends(self) -> pd.DataFrame:
        """Every churn with its day."""
        ends = self.paid[self.paid.end_reason.isin(LEFT)]
        return ends.assign(day=ends.cancelled_at.fillna(ends.ended_at))

    def outcomes(self, days: int = 30) -> pd.DataFrame:
        """The truth beside what happened, at cutoffs whose horizon is over."""
        joined = self.truth.merge(self.ends[["customer_id", "day"]], on="customer_id", how="left")
        soon = (joined.day >= joined.cutoff) & (joined.day < joined.cutoff + pd.Timedelta(days=days))
        joined = joined.assign(churned=soon)
        rows = joined.groupby(["customer_id", "cutoff"], as_index=False).agg(
            churn_probability=("churn_probability", "first"), churned=("churned", "max")
        )
        return rows[rows.cutoff < rows.cutoff.max()]


def written(folder: Path, **settings: object) -> Written:
    report = write_sample(folder, SampleSettings(**settings), CHURN)
    return Written(folder, report.rows)


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Written:
    return written(tmp_path_factory.mktemp("company"), customers=3000)


@pytest.fixture(scope="session")
def without_signal(tmp_path_factory) -> Written:
    return written(tmp_path_factory.mktemp("without_signal"), customers=3000, signal=0)


@pytest.fixture
def write():
    return written
