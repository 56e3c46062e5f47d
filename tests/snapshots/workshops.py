"""Small workshops on hand-made tables, for tests."""

from collections.abc import Mapping, Sequence

from churnrisk.settings import ChurnSettings, CutoffSettings, ListSettings, PipelineSettings, SignalSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.sources.engine import Engine
from churnrisk.tables.read import Tables
from churnrisk.tables.report import TableReport
from tests.making import FIXED, at, make_table

#: Few signals, so that a test is quick.
SIGNALS = ("usage_count_28d", "usage_days_since_last", "contract_tenure_days")


def make_workshop(
    engine: Engine,
    rows: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    observed_from: str = "2024-01-01",
    complete_to: str = "2025-01-01",
    signals: Sequence[str] = SIGNALS,
    **settings: object,
) -> Workshop:
    """Set hand-made tables before a workshop; customers are derived unless given."""
    told = {"churn": ChurnSettings(), "cutoffs": CutoffSettings(), "list": ListSettings(), **settings}
    pipeline = PipelineSettings(name="small", signals=SignalSettings(include=list(signals)), **told)
    tables = {name: make_table(name, lines) for name, lines in rows.items()}
    if "customers" not in tables:
        ids = sorted({str(line["customer_id"]) for lines in rows.values() for line in lines})
        tables["customers"] = make_table(
            "customers", [{"customer_id": one, "signed_up_at": "2024-01-01"} for one in ids]
        )
    kept = {name: engine.keep(table, f"small_{name}") for name, table in tables.items()}
    reports = [TableReport(name, rows_used=len(rows.get(name, ()))) for name in kept]
    contracts = {name: FIXED[name] for name in kept}
    return Workshop(Tables(kept, contracts, reports, at(complete_to), at(observed_from), engine), pipeline, engine)


def subscription(customer: str, start: str, end: str | None = None, **more: object) -> dict[str, object]:
    """Give one subscription row."""
    row = {"subscription_id": f"{customer} {start}", "customer_id": customer, "started_at": start, "ended_at": end}
    return {"mrr": 10, **row, **more}
