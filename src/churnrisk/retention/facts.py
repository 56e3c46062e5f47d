"""What the team's own rules need to know of each customer: last contact, owner, and who must not be contacted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from churnrisk.catalog import did_you_mean
from churnrisk.errors import SettingsError
from churnrisk.settings import TeamSettings
from churnrisk.snapshots.build import Workshop
from churnrisk.snapshots.spine import spans
from churnrisk.tables.contract import KNOWN_AT
from churnrisk.tables.past import past

#: What a column says of a customer who may be contacted.
MAY = ("", "false", "no", "0", "0.0", "n", "f", "none", "nan")


def _none(name: str) -> pd.DataFrame:
    kind = "datetime64[us]" if name.endswith("_at") else "object"
    return pd.DataFrame({"customer_id": pd.Series(dtype="object"), name: pd.Series(dtype=kind)})


@dataclass(frozen=True)
class Facts:
    """What is known of customers besides their scores, each a frame with ``customer_id``.

    Parameters
    ----------
    last_contact
        ``last_contact_at``: the newest offer known before the cutoff.
    owner
        ``owner``: whose customer it is.
    do_not_contact
        Who must not be contacted; one row each.
    """

    last_contact: pd.DataFrame = field(default_factory=lambda: _none("last_contact_at"))
    owner: pd.DataFrame = field(default_factory=lambda: _none("owner"))
    do_not_contact: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"customer_id": []}, dtype="object"))


def team_facts(workshop: Workshop, cutoff: date) -> Facts:
    """Gather last contacts as known at a cutoff; owners and who must not be contacted as they are now.

    Raises
    ------
    SettingsError
        When ``[team]`` names a column that customers do not have.
    """
    customers, team = workshop.tables["customers"], workshop.settings.team
    columns = [name for name in customers.columns if name != KNOWN_AT]
    _refuse_unknown(team, columns, "customers", workshop.settings.file.name)
    wanted = list(dict.fromkeys(name for name in (team.owner, team.do_not_contact) if name))
    last = workshop.engine.rows(last_contacts(workshop, cutoff)) if "offers" in workshop.tables else None
    own = workshop.engine.rows(customers.select("customer_id", *[one for one in wanted if one != "customer_id"]))
    facts = facts_of(own, team)
    return facts if last is None else Facts(last, facts.owner, facts.do_not_contact)


def facts_of(customers: pd.DataFrame, team: TeamSettings) -> Facts:
    """Gather owners and who must not be contacted from rows of customers.

    Examples
    --------
    >>> rows = pd.DataFrame({"customer_id": ["a", "b"], "blocked": ["no", "asked us"], "by": ["Ann", "Ben"]})
    >>> facts = facts_of(rows, TeamSettings(do_not_contact="blocked", owner="by"))
    >>> facts.do_not_contact.customer_id.tolist(), facts.owner.owner.tolist()
    (['b'], ['Ann', 'Ben'])
    """
    found = Facts()
    if team.owner:
        owner = customers[["customer_id"]].assign(owner=customers[team.owner].to_numpy())
        found = Facts(found.last_contact, owner, found.do_not_contact)
    if team.do_not_contact:
        blocked = customers.loc[says_no_contact(customers[team.do_not_contact]), ["customer_id"]]
        found = Facts(found.last_contact, found.owner, blocked.reset_index(drop=True))
    return found


def flat_facts(rows: pd.DataFrame, customers: Iterable[str], team: TeamSettings, file: str) -> Facts:
    """Gather the same from the columns of a flat file; nothing is known of contacts.

    Raises
    ------
    SettingsError
        When ``[team]`` names a column that the file does not have.
    """
    _refuse_unknown(team, [str(name) for name in rows.columns], "the file", file)
    wanted = {name: rows[name].to_numpy() for name in (team.owner, team.do_not_contact) if name}
    return facts_of(pd.DataFrame({"customer_id": list(customers), **wanted}), team)


def says_no_contact(cells: pd.Series) -> pd.Series:
    """Say of each cell whether it forbids a contact: true, yes, 1, or any text but false, no and 0.

    Examples
    --------
    >>> says_no_contact(pd.Series([True, False, None, "No", "2025-01-01"])).tolist()
    [True, False, False, False, True]
    """
    texts = cells.astype("object").map(lambda cell: "" if pd.isna(cell) else str(cell).strip().lower())
    return ~texts.isin(MAY)


def last_contacts(workshop: Workshop, cutoff: date) -> ir.Table:
    """Give ``customer_id, last_contact_at`` from the offers known before a cutoff; held out is no contact."""
    at = spans([cutoff], workshop.settings.churn).select("cutoff")
    offers = past(workshop.tables["offers"], workshop.tables.contracts["offers"], at)
    offers = offers.filter((offers.arm.fill_null("offered") != "held_out") & (offers.offered_at < offers.cutoff))
    return (
        offers.group_by("customer_id").aggregate(last_contact_at=offers.offered_at.max()).order_by(ibis._.customer_id)
    )


def _refuse_unknown(team: TeamSettings, columns: Iterable[str], of: str, file: str) -> None:
    known = list(columns)
    faults = [
        f"  team.{key}: there is no column {name!r} in {of}. {did_you_mean(name, known)}"
        for key, name in (("owner", team.owner), ("do_not_contact", team.do_not_contact))
        if name and name not in known
    ]
    if faults:
        raise SettingsError(
            f"{file} cannot be used ({len(faults)} finding{'s' if len(faults) > 1 else ''}):\n" + "\n".join(faults)
        )
