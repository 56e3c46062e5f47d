"""Reading all tables of a pipeline: clean, typed and accounted for, or one error that names every fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from churnrisk.errors import ChurnRiskError
from churnrisk.settings import PipelineSettings, TableSource
from churnrisk.sources.database import DatabaseSource
from churnrisk.sources.engine import Engine
from churnrisk.sources.files import FileSource
from churnrisk.tables.contacts import with_contacts
from churnrisk.tables.contract import Contract
from churnrisk.tables.contracts import CONTRACTS
from churnrisk.tables.customers import completed_customers, derived_customers, everyone
from churnrisk.tables.draft import Draft, Drafting, Source
from churnrisk.tables.feedback import Feedback, feedback_folder, read_feedback, with_known_only
from churnrisk.tables.finish import Finished, finish, with_added
from churnrisk.tables.report import TableReport
from churnrisk.tables.validate import Faults, needed_faults, overlap_faults, settings_faults
from churnrisk.timeline import DAY, add_months, midnight


@dataclass(frozen=True, eq=False)
class Tables(Mapping[str, ir.Table]):
    """A company's tables, clean and typed: name = table on the engine.

    Parameters
    ----------
    tables
        The tables that are there; ``customers`` always is.
    contracts
        What each holds, as this pipeline's TOML tells it.
    reports
        What came of reading each.
    complete_to
        The tables are complete before this instant.
    observed_from
        The tables know everything from this instant on.
    engine
        Where the tables lie.
    rejects
        Table = rows that were set aside, one table a part of the source.
    """

    tables: dict[str, ir.Table]
    contracts: dict[str, Contract]
    reports: list[TableReport]
    complete_to: datetime
    observed_from: datetime
    engine: Engine = field(repr=False)
    rejects: dict[str, tuple[ir.Table, ...]] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> ir.Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def report(self, name: str) -> TableReport:
        """Give what came of reading one table."""
        return next(report for report in self.reports if report.name == name)


def read_tables(settings: PipelineSettings, engine: Engine, today: date) -> Tables:
    """Read every table of a pipeline; nothing is written.

    Parameters
    ----------
    today
        The run's own day.

    Raises
    ------
    ContractError
        With all faults of all tables, each with its remedy.
    """
    faults = Faults()
    faults.add(settings.file.name, *settings_faults(settings))
    filled = None
    try:
        filled = feedback_folder(settings)
    except ChurnRiskError as fault:
        faults.add(settings.file.name, str(fault))
    try:
        where = _open(settings, engine)
    except ChurnRiskError as fault:
        faults.add(settings.file.name, str(fault))
        faults.refuse()
        raise
    reading = _Reading(settings, engine, today, where, faults)
    try:
        reading.read_all()
        faults.add(settings.file.name, *needed_faults(settings, list(reading.drafts)))
        seen = {name: done.seen for name, done in reading.done.items()}
        for heading, fault_text in overlap_faults(seen, reading.drafts, engine):
            faults.add(heading, fault_text)
        faults.refuse()
        if filled is not None:
            reading.add(read_feedback(filled, settings.team, settings.source.timezone, today))
        return reading.tables()
    finally:
        where.close()


def write_rejects(tables: Tables, folder: Path) -> list[Path]:
    """Write the rows set aside, one Parquet file a table: reason, line, file, and the row as it stood.

    A file of an earlier run is removed where nothing was set aside this time.

    Returns
    -------
    list of Path
        The files written.
    """
    written = []
    for name in CONTRACTS:
        path = folder / f"{name}.parquet"
        path.unlink(missing_ok=True)
        if name in tables.rejects:
            tables.engine.write_parquet(_alike(tables.rejects[name], tables.engine), path)
            written.append(path)
    return written


def _alike(parts: tuple[ir.Table, ...], engine: Engine) -> ir.Table:
    """Lay rejects of parts with different columns over one another."""
    types: dict[str, dt.DataType] = {}
    for part in parts:
        for name, type_ in part.schema().items():
            types[name] = type_ if types.get(name, type_) == type_ else dt.string
    filled = [
        part.select(
            **{
                name: part[name].cast(type_) if name in part.columns else ibis.null(type_)
                for name, type_ in types.items()
            }
        )
        for part in parts
    ]
    together = engine.union(filled)
    return together.order_by([together.file, together.line])


def _open(settings: PipelineSettings, engine: Engine) -> Source:
    path = settings.source_path
    if settings.source.kind == "duckdb":
        return DatabaseSource(path, engine)
    return FileSource(path, engine)


class _Reading:
    """Reads the tables one by one, gathering faults."""

    def __init__(
        self, settings: PipelineSettings, engine: Engine, today: date, where: Source, faults: Faults
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.today = today
        self.where = where
        self.faults = faults
        self.drafts: dict[str, Draft] = {}
        self.done: dict[str, Finished] = {}

    def read_all(self) -> None:
        """Read subscriptions first: other tables may find their customers through them."""
        for name in sorted(CONTRACTS, key=lambda name: name != "subscriptions"):
            source = self.settings.source.tables.get(name, TableSource())
            if source.file == []:
                continue
            try:
                self._read(name, source)
            except ChurnRiskError as fault:
                self._fault(name, str(fault))
            except duckdb.Error as fault:
                self._fault(name, f"cannot be read: {str(fault).splitlines()[0]}. Write the file again.")

    def _read(self, name: str, source: TableSource) -> None:
        subscriptions = self.done["subscriptions"].table if "subscriptions" in self.done else None
        drafting = Drafting(self.where, self.engine, self.settings.source.timezone, self.today, subscriptions)
        draft = drafting.draft(CONTRACTS[name], source, name in self.settings.source.tables)
        if draft is None:
            return
        self.drafts[name] = draft
        if draft.rows is None:
            self.faults.add(draft.heading, *draft.faults)
            return
        done = finish(draft, draft.rows, self.engine, self.today, self.settings.source.max_rejected)
        if isinstance(done, Finished):
            report = replace(done.report, fingerprint=self.where.fingerprint(draft.files))
            self.done[name] = replace(done, report=report)
        else:
            self.faults.add(draft.heading, *done)

    def _fault(self, name: str, text: str) -> None:
        heading = self.drafts[name].heading if name in self.drafts else f"[source.tables.{name}]"
        self.faults.add(heading, text)

    def add(self, feedback: Feedback) -> None:
        """Add the contacts that the team told of to the offers, of customers who stand in some table."""
        known = with_known_only(feedback, [one.seen for one in self.done.values()], self.engine)
        self.done["offers"] = with_contacts(self.done.get("offers"), known, self.engine)
        self.drafts.setdefault("offers", Draft(CONTRACTS["offers"], TableSource()))

    def tables(self) -> Tables:
        """Put the tables together, with every customer."""
        observed = self._observed_from()
        customers = self._customers(observed)
        done = {name: self.done[name] for name in CONTRACTS if name in self.done and name != "customers"}
        return Tables(
            {"customers": customers.table, **{name: one.table for name, one in done.items()}},
            {"customers": customers.contract, **{name: one.contract for name, one in done.items()}},
            [customers.report, *(one.report for one in done.values())],
            self._complete_to(),
            observed,
            self.engine,
            {name: one.rejects for name, one in self.done.items() if one.rejects},
        )

    def _customers(self, observed: datetime) -> Finished:
        start = ibis.literal(observed, type=dt.timestamp)
        people = everyone(
            {name: one.seen for name, one in self.done.items() if name != "customers"} or self._only(), self.engine
        )
        given = self.done.get("customers")
        if given is None:
            table = derived_customers(people, self.engine, start)
            count = self._count(table)
            report = TableReport(
                "customers", rows_used=count, rows_added=count, columns=("customer_id", "signed_up_at")
            )
            some = next(iter(self.done.values()))
            return replace(
                some,
                table=table,
                contract=CONTRACTS["customers"].told(delayed=False),
                report=report,
                seen=people,
                rejects=(),
            )
        table = completed_customers(given.table, people, self.engine, start)
        count = self._count(table)
        columns = tuple(name for name in table.columns if name != "known_at")
        report = replace(with_added(given.report, count - given.report.rows_used, count), columns=columns)
        return replace(given, table=table, report=report)

    def _only(self) -> dict[str, ir.Table]:
        return {name: one.seen for name, one in self.done.items()}

    def _count(self, table: ir.Table) -> int:
        return int(self.engine.rows(table.agg(rows=table.count()))["rows"].tolist()[0])

    def _complete_to(self) -> datetime:
        """Give the midnight after the newest event; a sum is complete when its day, week or month is over."""
        if self.settings.source.complete_to is not None:
            return midnight(self.settings.source.complete_to)
        ends = []
        for name, one in self.done.items():
            grain = self.drafts[name].source.grain
            for column, last in one.counts.last.items():
                counted = grain if column == one.contract.known_from[0] else "event"
                ends.append(period_end(last.date(), counted))
        reached = [end for end in ends if end <= self.today + DAY]
        return midnight(max(reached, default=self.today))

    def _observed_from(self) -> datetime:
        if self.settings.source.observed_from is not None:
            return midnight(self.settings.source.observed_from)
        happenings = [one for name, one in self.done.items() if name not in ("customers", "subscriptions")]
        events = happenings or list(self.done.values())
        firsts = [
            one.counts.first[name]
            for one in events
            for name in (*one.contract.known_from, *one.contract.required)
            if name in one.counts.first
        ]
        return min(firsts, default=midnight(self.today))


def period_end(day: date, grain: str) -> date:
    """Give the first day after the day, week (from Monday) or month in which a day lies.

    Examples
    --------
    >>> period_end(date(2025, 1, 15), "month"), period_end(date(2025, 1, 15), "event")
    (datetime.date(2025, 2, 1), datetime.date(2025, 1, 16))
    """
    if grain == "month":
        return add_months(day.replace(day=1), 1)
    if grain == "week":
        return day - timedelta(days=day.weekday()) + timedelta(days=7)
    return day + DAY


__all__ = ["TableReport", "Tables", "read_tables", "write_rejects"]
