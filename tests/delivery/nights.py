"""A night that was written: a run's folder as delivery reads it, and a pipeline with places."""

import json
from datetime import date
from pathlib import Path

import pandas as pd

from churnrisk.settings import PipelineSettings, load_settings

CUTOFF = date(2025, 6, 1)
STATUS = ("today", "today", "cooling_down", "held_out")


def write_night(
    out: Path,
    *,
    customers: int = 6,
    cutoff: date | None = CUTOFF,
    mark: str = "aaaa1111",
    names: tuple[str, ...] = (),
) -> Path:
    """Write a run with a customer in each segment in turn; the first four are on the list."""
    folder = out / "runs" / f"{cutoff or 'flat'}-{mark}"
    folder.mkdir(parents=True)
    ids = [f"c{number:02}" for number in range(customers)]
    chance = [round(0.9 - 0.8 * place / customers, 6) for place in range(customers)]
    scores = pd.DataFrame({"customer_id": ids, "cutoff": cutoff, "churn_probability": chance, "score": 0.5})
    scores = scores.assign(mrr=10.25, expected_loss=[round(one * 123, 2) for one in chance], model_version="3")
    scores["segment"] = ["critical", "high", "high", "medium", *["low"] * customers][:customers]
    listed = scores.head(len(STATUS)).assign(horizon_days=30, action="call", new_tonight=True, nights_on_list=1)
    listed.insert(0, "rank", range(1, len(listed) + 1))
    listed = listed.assign(
        status=STATUS[: len(listed)],
        name=[*names, *["Acme"] * len(listed)][: len(listed)],
        reason_1="uses it less",
        reason_2=None,
        previous_probability=None,
        change_reason=None,
        owner="Kim",
        due=pd.Timestamp("2025-06-02"),
        last_contact_at=pd.Series([None] * len(listed), dtype="datetime64[us]"),
    )
    scores.to_parquet(folder / "scores.parquet", index=False)
    listed.to_parquet(folder / "at_risk.parquet", index=False)
    told = {"pipeline": "company", "cutoff": None if cutoff is None else str(cutoff)}
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def pipeline(folder: Path, delivery: str) -> PipelineSettings:
    """Write a TOML with these places and read it."""
    file = folder / "company.toml"
    file.write_text(f'out = "out"\n[list]\ndisplay = ["name"]\n{delivery}\n', encoding="utf-8")
    return load_settings(file)


def point_latest(settings: PipelineSettings, run: Path) -> None:
    """Point the link latest at a run."""
    link = settings.out_folder / "latest"
    link.unlink(missing_ok=True)
    link.symlink_to(run)
