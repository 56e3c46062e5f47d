"""Signals put together: which are on, and one row of features for each (customer, cutoff)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import ibis.expr.types as ir

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.features import engagement, feedback, payments, subscription, support, usage  # noqa: F401
from churnrisk.features.prepare import PREPARED, daily_sums, prepare, with_days_after_start
from churnrisk.features.signal import GROUPS, PER_DAY, SIGNALS, Signal
from churnrisk.settings import ChurnSettings, FairnessSettings, SignalSettings
from churnrisk.tables.contract import Contract
from churnrisk.tables.past import past, past_days, roll_up

#: What a signal of an event table reads: its lookback, everything before the cutoff, or that beside the first start.
Reach = Literal["lookback", "everything", "since_start"]


#: Decimals that a feature keeps.
DECIMALS = 9


@dataclass(frozen=True)
class Choice:
    """Which signals are on, and why each other one is off.

    Parameters
    ----------
    on
        The signals that the tables allow and the settings want.
    off
        Name = the reason, as a sentence.
    attributes
        Fixed columns of customers used as features besides.
    """

    on: list[Signal]
    off: dict[str, str] = field(default_factory=dict)
    attributes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """Names of the feature columns, in order."""
        return [one.name for one in self.on] + self.attributes


def choose(
    tables: Mapping[str, ir.Table],
    contracts: Mapping[str, Contract],
    settings: SignalSettings,
    kinds: Sequence[str] = (),
    fairness: FairnessSettings | None = None,
) -> Choice:
    """Say which signals the tables allow and the settings want.

    Parameters
    ----------
    kinds
        Kinds of usage events; empty where there are none or too many, which turns the breadth of use off.
    fairness
        Which attributes are protected: no feature unless allowed.

    Raises
    ------
    SettingsError
        When the settings name a signal, group or column that does not exist.
    """
    fairness = fairness or FairnessSettings()
    _refuse_unknown_names(tables, settings, fairness)
    on, off = [], {}
    for one in listed():
        reason = _why_off(one, tables, contracts, settings, kinds)
        if reason is None:
            on.append(one)
        else:
            off[one.name] = reason
    attributes = _attributes(tables, contracts, settings, fairness, off)
    return Choice(on, off, attributes)


def _refuse_unknown_names(
    tables: Mapping[str, ir.Table], settings: SignalSettings, fairness: FairnessSettings
) -> None:
    known = {*SIGNALS, *GROUPS}
    for name in [*settings.include, *settings.exclude]:
        if name not in known:
            raise SettingsError(f"signals: there is no signal or group {name!r}. {did_you_mean(name, known)}")
    known |= {*settings.attributes}
    for name in [*settings.actionable, *settings.not_actionable]:
        if name not in known:
            raise SettingsError(
                f"signals.actionable: there is no signal, group or attribute {name!r}. {did_you_mean(name, known)}"
            )
    for name in [*fairness.protected, *fairness.allow_as_features]:
        columns = tables["customers"].columns
        if name not in columns:
            raise SettingsError(f"fairness: customers has no column {name!r}. {did_you_mean(name, columns)}")


def _why_off(
    one: Signal,
    tables: Mapping[str, ir.Table],
    contracts: Mapping[str, Contract],
    settings: SignalSettings,
    kinds: Sequence[str],
) -> str | None:
    if settings.include and not {one.name, one.group} & set(settings.include):
        return "not among signals.include"
    if {one.name, one.group} & set(settings.exclude):
        return "named in signals.exclude"
    if one.table not in tables:
        return f"there is no table {one.table}"
    contract, columns = contracts[one.table], tables[one.table].columns
    for need in (PREPARED.get(one.table, {}).get(need, need) for need in one.needs):
        if need not in columns:
            return f"{one.table} has no column {need}"
        if need in contract.no_history:
            return (
                f"{one.table}.{need} may have been overwritten since; if it never changes after the row is known, "
                f'say fixed = ["{need}"] under [source.tables.{one.table}]'
            )
    if one.days is not None and one.days < contract.grain_days:
        return f"its {one.days} days are shorter than the grain of {one.table}"
    if "event" in one.needs and not kinds:
        return "usage has too many kinds of events; name those that count in signals.usage_events"
    return None


def _attributes(
    tables: Mapping[str, ir.Table],
    contracts: Mapping[str, Contract],
    settings: SignalSettings,
    fairness: FairnessSettings,
    off: dict[str, str],
) -> list[str]:
    """Keep the wanted attributes of customers that never change and are not protected."""
    kept = []
    for name in settings.attributes:
        if name not in tables["customers"].columns:
            raise SettingsError(
                f"signals.attributes: customers has no column {name!r}. "
                f"{did_you_mean(name, tables['customers'].columns)}"
            )
        if name in fairness.kept_out:
            off[name] = fairness.why_kept_out(name)
        elif name in contracts["customers"].no_history:
            off[name] = (
                f"customers.{name} may have been overwritten since; if it never changes, "
                f'say fixed = ["{name}"] under [source.tables.customers]'
            )
        else:
            kept.append(name)
    return kept


def rolled_up(
    tables: Mapping[str, ir.Table], contracts: Mapping[str, Contract], choice: Choice, kinds: Sequence[str] = ()
) -> dict[str, ir.Table]:
    """Sum the event tables that signals read by customer and day: one pass each, for every cutoff."""
    wanted = {one.table for one in choice.on} & set(PER_DAY)
    return {
        name: roll_up(
            tables[name],
            contracts[name],
            daily_sums(name, tables[name].columns, kinds if name == "usage" else ()),
        )
        for name in sorted(wanted)
    }


def features(
    tables: Mapping[str, ir.Table],
    contracts: Mapping[str, Contract],
    rolled: Mapping[str, ir.Table],
    spine: ir.Table,
    choice: Choice,
    churn: ChurnSettings,
    cutoffs: ir.Table | None = None,
) -> ir.Table:
    """Describe each (customer, cutoff) of a spine by the chosen signals.

    Parameters
    ----------
    rolled
        Event tables by customer and day, as :func:`rolled_up` gave them.
    spine
        ``customer_id``, ``cutoff`` and ``started_at`` (the first start; empty where it lies before the data).
    cutoffs
        The spine's cutoffs, one row each; found in the spine where they are not given. A scan beside one or few
        instants costs far less than one joined to every customer, so customers meet only when all is summed.

    Returns
    -------
    Table
        ``customer_id``, ``cutoff`` and one float column a signal; attributes as text.
    """
    cutoffs = spine.select("cutoff").distinct() if cutoffs is None else cutoffs
    parts = []
    for name, reach, signals in _passes(choice.on):
        if name in PER_DAY:
            seen = _customer_days(rolled[name], spine, cutoffs, signals, reach)
        else:
            known = past(tables[name], contracts[name], cutoffs)
            seen = prepare(name, known, churn, {need for one in signals for need in one.needs})
        sums = {one.name: one.compute(seen) for one in signals}
        parts.append(seen.group_by("customer_id", "cutoff").aggregate(**sums))
    described = _beside(spine.select("customer_id", "cutoff"), parts)
    described = described.select("customer_id", "cutoff", **{one.name: _filled(described, one) for one in choice.on})
    if choice.attributes:
        described = described.left_join(tables["customers"].select("customer_id", *choice.attributes), "customer_id")
        described = described.drop(*[name for name in described.columns if name.endswith("_right")])
    return described


def _passes(signals: Sequence[Signal]) -> list[tuple[str, Reach, list[Signal]]]:
    """Group signals by table; those of event tables also by how far they read."""
    groups: dict[tuple[str, Reach], list[Signal]] = {}
    for one in signals:
        groups.setdefault((one.table, _reach(one)), []).append(one)
    return [(name, reach, members) for (name, reach), members in groups.items()]


def _reach(one: Signal) -> Reach:
    if one.table not in PER_DAY or one.days is not None:
        return "lookback"
    return "since_start" if "days_after_start" in one.needs else "everything"


def _customer_days(
    rolled: ir.Table, spine: ir.Table, cutoffs: ir.Table, signals: Sequence[Signal], reach: Reach
) -> ir.Table:
    if reach == "since_start":
        return with_days_after_start(past_days(rolled, spine.filter(spine.started_at.notnull())))
    days = [one.days for one in signals if one.days is not None]
    return past_days(rolled, cutoffs, max(days) if days else None)


def _beside(described: ir.Table, parts: Sequence[ir.Table]) -> ir.Table:
    """Set what was summed beside each row of the spine, in one chain of joins."""
    joined = described
    for number, part in enumerate(parts):
        renamed = part.rename({f"customer_{number}": "customer_id", f"cutoff_{number}": "cutoff"})
        same = [
            described.customer_id == renamed[f"customer_{number}"],
            described.cutoff == renamed[f"cutoff_{number}"],
        ]
        joined = joined.left_join(renamed, same)
    return joined


def _filled(described: ir.Table, one: Signal) -> ir.Value:
    """Fill what was not there; engines add up fractions in any order, and rounding takes away what that leaves."""
    value = described[one.name].cast("float64").round(DECIMALS)
    return value if one.missing is None else value.fill_null(float(one.missing))


def listed(group: str | None = None) -> list[Signal]:
    """List the registered signals, by group.

    Raises
    ------
    SettingsError
        When there is no such group.

    Examples
    --------
    >>> {one.group for one in listed("payments")}
    {'payments'}
    """
    if group is not None and group not in GROUPS:
        raise SettingsError(f"There is no group {group!r}. {did_you_mean(group, GROUPS)}")
    return [one for name in GROUPS for one in SIGNALS.values() if one.group == name and group in (None, name)]
