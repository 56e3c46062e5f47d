"""Everything that key figures of one set of periods are counted from, made at first use and kept on the engine."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count

import ibis
import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.kpis.bands import band_of, find_bounds
from churnrisk.kpis.conventions import unit_of
from churnrisk.kpis.cube import flows_of, laid_together, rolled_up, stock_changes
from churnrisk.kpis.happenings import early_counts, passing_counts, survey_counts, term_counts
from churnrisk.kpis.lists import NOT_GROUPED, NOT_LISTED, groups_in, nights_in, with_group, with_segment
from churnrisk.kpis.movements import NO_VALUE, beside_the_next, movements
from churnrisk.kpis.periods import Periods, lay_periods
from churnrisk.kpis.runs import COLUMNS, bought_runs, firsts, numbered, paid_runs, plain_firsts, with_churn_index
from churnrisk.kpis.scope import refuse_nobody, refuse_unknown_splits, wanted_values, within
from churnrisk.presence.states import bought_by_day, first_days, overlapping_states, spell_states
from churnrisk.presence.stays import apart, plain_states
from churnrisk.presence.terms import ended_terms
from churnrisk.settings import ScopeSettings
from churnrisk.settings.kpis import PERIOD
from churnrisk.snapshots.build import Workshop

#: Splits that are no column of customers.
BUILT_IN = ("plan", "mrr_band", "segment", "group")

#: Ledgers of one engine keep their tables under names of their own.
_NUMBERS = count()


class Ledger:
    """Runs, movements and counts of one pipeline over some periods.

    Parameters
    ----------
    workshop
        The pipeline's tables.
    periods
        The periods to count by.
    by
        Splits: ``plan``, ``mrr_band``, ``segment`` and ``group`` (the newest before the period), or columns of
        customers.
    scoped
        Whether only the customers of ``[scope]`` are counted: exactly the parts of its splits that it names.

    Raises
    ------
    SettingsError
        When a split is asked for that the tables do not have, or the scope keeps nobody.
    """

    def __init__(self, workshop: Workshop, periods: Periods, by: Sequence[str] = (), *, scoped: bool = True) -> None:
        self.workshop = workshop
        self.periods = periods
        self.settings = workshop.settings
        self.tables = workshop.tables
        self.splits = list(dict.fromkeys(by))
        self.scope = workshop.settings.scope if scoped else ScopeSettings()
        wrong = [name for name in self.splits if name not in splits_of(workshop)]
        if wrong:
            raise SettingsError(
                f"There is no split named {wrong[0]!r}. {did_you_mean(wrong[0], splits_of(workshop))} "
                "Splits are plan, mrr_band, segment and group where there are such, and columns of customers."
            )
        refuse_unknown_splits(self.scope, splits_of(workshop))
        #: The splits, and those that the scope is cut by.
        self.cut_by = list(dict.fromkeys([*self.splits, *wanted_values(self.scope)]))
        self._name = f"{periods.unit}_{next(_NUMBERS)}".replace(":", "_")

    def keep(self, table: ir.Table, what: str) -> ir.Table:
        """Run an expression once and keep its rows on the engine."""
        return self.workshop.engine.keep(table, f"{what}_{self._name}")

    @property
    def presence(self) -> ir.Table:
        """The spells: who was a customer when."""
        return self.workshop.presence

    @property
    def has_mrr(self) -> bool:
        """Whether what customers pay is known."""
        churn = self.settings.churn
        if churn.kind == "contract":
            return "mrr" in self.tables["subscriptions"].columns
        return churn.kind == "inactivity" and bought_by_day(self.tables) is not None

    @property
    def has_terms(self) -> bool:
        """Whether terms are known one by one: term_ends_at is given and not overwritten by the next."""
        if self.settings.churn.kind != "contract" or "term_ends_at" not in self.tables["subscriptions"].columns:
            return False
        contract = self.tables.contracts["subscriptions"]
        return "term_ends_at" not in contract.no_history

    @cached_property
    def _apart(self) -> tuple[ir.Table, ir.Table]:
        """Contracts: the stays of customers with one at a time, and those of the others."""
        plain, others = apart(self.workshop.stays, self.settings.churn)
        return plain, self.keep(others, "others")

    @cached_property
    def states(self) -> ir.Table:
        """What customers paid for, from when to when; of contracts only those whose stays overlap."""
        if self.settings.churn.kind != "contract":
            return self.keep(spell_states(self.presence), "states")
        others = self._apart[1]
        spells = self.presence.semi_join(others, "customer_id")
        return self.keep(overlapping_states(others, spells, self.settings.churn), "states")

    @cached_property
    def firsts(self) -> ir.Table:
        """Each customer's first start, what it was then, and how the first spell ended; with the splits' columns."""
        return self.keep(self.with_attributes(self.bare_firsts()), "firsts")

    def bare_firsts(self, since: datetime | None = None) -> ir.Table:
        """Give the first starts as an expression, without columns of customers; those before an instant may lack."""
        if self.settings.churn.kind == "contract":
            plain, others = self._apart
            rest = firsts(self.states, self.presence.semi_join(others, "customer_id"))
            table = ibis.union(plain_firsts(plain, self.presence, since), rest, distinct=False)
        else:
            table = firsts(self.states, self.presence)
        table = table.mutate(plan=table.plan.fill_null(NO_VALUE)) if "plan" in self.cut_by else table
        none = {"segment": NOT_LISTED, "group": NOT_GROUPED}
        words = {name: ibis.literal(word) for name, word in none.items() if name in self.cut_by}
        return table.mutate(**words) if words else table

    @property
    def terms(self) -> ir.Table:
        """Terms that ended within the periods, and whether they were renewed."""
        plain, others = self._apart
        since, certain_to = self.periods.rows["start"].min().to_pydatetime(), self.tables.complete_to
        return ended_terms(self.workshop.stays, plain, others, self.settings.churn, since, certain_to)

    @cached_property
    def plain_runs(self) -> ir.Table:
        """The runs without the splits by MRR band and segment."""
        churn, periods = self.settings.churn, self.periods
        if churn.kind == "inactivity":
            table = bought_runs(
                self.states,
                bought_by_day(self.tables),
                first_days(self.tables, churn),
                periods,
                self.settings.signals.value_days,
            )
        elif churn.kind == "contract":
            table = paid_runs(plain_states(self._apart[0]), self.states, periods)
        else:
            table = numbered(self.states, periods).select(*COLUMNS)
        if "plan" in self.cut_by:
            table = table.mutate(plan=table.plan.fill_null(NO_VALUE))
        return self.keep(self.with_attributes(table), "plain_runs")

    @cached_property
    def bounds(self) -> list[float]:
        """The bounds of the MRR bands: as set, or quartiles at the first period's start."""
        return self.settings.kpis.mrr_bands or find_bounds(self.plain_runs, self.workshop.engine)

    @property
    def runs(self) -> ir.Table:
        """Stretches of boundaries at which a customer was present in one state, with the splits' values."""
        return within(self.every_run, self.scope)

    @cached_property
    def every_run(self) -> ir.Table:
        """The runs of the whole company: who leaves a scope goes on outside of it."""
        table = self.plain_runs
        if "mrr_band" in self.cut_by:
            table = table.mutate(mrr_band=band_of(table.mrr, self.bounds))
        if "segment" in self.cut_by:
            lists = nights_in(self.settings.out_folder)
            table = self.keep(with_segment(table, lists, self.periods, self.workshop.engine), "listed_runs")
        if "group" in self.cut_by:
            history = groups_in(self.settings.out_folder)
            table = self.keep(with_group(table, history, self.periods, self.workshop.engine), "grouped_runs")
        return table

    def with_attributes(self, table: ir.Table) -> ir.Table:
        """Put the columns of customers that are splits beside rows with ``customer_id``."""
        wanted = [name for name in self.cut_by if name not in BUILT_IN]
        if not wanted:
            return table
        people = self.tables["customers"]
        told = {name: people[name].cast("string").fill_null(NO_VALUE) for name in wanted}
        people = people.select(who=people.customer_id, **told)
        return table.inner_join(people, table.customer_id == people.who).drop("who")

    @cached_property
    def beside(self) -> ir.Table:
        """The runs, each with what came before and after it."""
        runs = self.every_run
        starts = None if "began_at" in runs.columns else self.firsts
        return self.keep(beside_the_next(runs, starts, self.periods), "beside")

    @cached_property
    def ends(self) -> ir.Table:
        """The last end of each customer in each period, with its reason."""
        return self.keep(self._ends(), "ends")

    def _ends(self) -> ir.Table:
        return with_churn_index(self.presence, self.periods, self.settings.churn)

    @property
    def movements(self) -> ir.Table:
        """Who came, went, paid more or less: one row a customer, period and kind."""
        return within(self._every_movement, self.scope)

    @cached_property
    def _every_movement(self) -> ir.Table:
        return self.keep(movements(self.beside, self.ends, self.cut_by), "movements")

    @cached_property
    def cube(self) -> ir.Table:
        """Sums by period over all splits at once."""
        moves = movements(self.beside, self._ends(), self.cut_by)
        parts = [stock_changes(self.beside, self.cut_by, self.keep), flows_of(moves, self.cut_by)]
        parts += [early_counts(self)]
        parts += [passing_counts(self)] if self.settings.kpis.convention == "new_in_denominator" else []
        parts += [part for part in (term_counts(self), *survey_counts(self)) if part is not None]
        whole = self.keep(laid_together(parts, self.cut_by), "cube")
        refuse_nobody(whole, self.scope, splits_of(self.workshop), self.workshop.engine)
        return within(whole, self.scope)

    def counted(self, split: str | None = None) -> ir.Table:
        """Give every count of one split, or of the whole: one row a value and period.

        Returns
        -------
        Table
            ``value`` (``all`` without a split), ``tiling, period, start, end, complete, months``, and the counts and
            sums of :mod:`churnrisk.kpis.cube`.
        """
        return rolled_up(self.cube, self.periods, [split]).drop("split")

    def counted_by_all(self) -> ir.Table:
        """Give every count of the whole and of all splits at once, as :meth:`counted` with a column ``split``."""
        return rolled_up(self.cube, self.periods, [None, *self.splits])


def periods_of(workshop: Workshop, period: str | None = None) -> Periods:
    """Lay a pipeline's periods within its data and its scope.

    With churn by inactivity they begin ``inactive_days`` after the data: before, nobody can be seen to have churned.

    Parameters
    ----------
    period
        ``month``, ``quarter``, ``year`` or ``rolling:30d``; by default ``[kpis] period``.

    Raises
    ------
    SettingsError
        When there is no such period.
    RefusedError
        When none begins within the data and the scope.
    """
    settings, tables = workshop.settings, workshop.tables
    wanted, churn = period or settings.kpis.period, settings.churn
    if not re.fullmatch(PERIOD, wanted):
        raise SettingsError(f"There is no period {wanted!r}. Take month, quarter, year, or days as in rolling:30d.")
    silent = churn.inactive_days if churn.kind == "inactivity" else 0
    return lay_periods(
        unit_of(wanted, settings.kpis.convention),
        tables.observed_from + timedelta(days=silent),
        tables.complete_to,
        churn.bridging_days,
        start=settings.scope.start,
        end=settings.scope.end,
    )


def splits_of(workshop: Workshop) -> list[str]:
    """List the splits that a pipeline's tables allow."""
    churn, tables = workshop.settings.churn, workshop.tables
    found = []
    subscriptions = tables["subscriptions"].columns if "subscriptions" in tables else ()
    if churn.kind == "contract" and "plan" in subscriptions:
        found.append("plan")
    paid = churn.kind == "contract" and "mrr" in subscriptions
    if paid or (churn.kind == "inactivity" and bought_by_day(tables) is not None):
        found.append("mrr_band")
    found.append("segment")
    found += ["group"] if groups_in(workshop.settings.out_folder).is_file() else []
    own = ("customer_id", "signed_up_at", "known_at", *found)
    return [*found, *[name for name in tables["customers"].columns if name not in own]]
