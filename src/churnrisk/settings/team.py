"""The team that works through the list: what it can do, whom it leaves alone, and what it does for which reason."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveInt, model_validator

from churnrisk.settings.base import Days, Settings, Share

#: What can come of a contact.
Outcome = Literal["accepted", "declined", "reached", "not reached"]


def _one_or_several(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class ActionRule(Settings):
    """What to do for a reason."""

    reason: Annotated[list[str], Field(min_length=1), BeforeValidator(_one_or_several)]
    """A signal or a group of signals, or several; of a flat file, its columns."""
    action: Annotated[str, Field(min_length=1)]
    """What is done."""
    segments: list[str] = []
    """Only in these segments; empty means all but the lowest."""


DEFAULT_ACTIONS = [
    ActionRule(
        reason=["contract_days_to_term_end", "contract_auto_renew", "contract_auto_renew_off"],
        action="offer renewal terms",
    ),
    ActionRule(reason=["payments"], action="offer a payment plan"),
    ActionRule(reason=["support"], action="a call from a senior"),
    ActionRule(
        reason=[
            *("usage", "engagement_days_since_login", "engagement_logins_28d"),
            *("engagement_logins_84d", "engagement_logins_182d"),
        ],
        action="offer advice on the use of the product",
    ),
]


class TeamSettings(Settings):
    """Who works through the list."""

    capacity_per_day: PositiveInt | None = None
    """How many customers the team can contact in a day; not set, everybody who may be contacted is on the list."""
    days: list[PositiveInt] = [1, 5, 20]
    """Within how many working days each segment but the last is worked through, counted from the list's own day."""
    cooldown_days: Days = 30
    """Days after the last contact for which a customer is left in peace."""
    do_not_contact: str | None = None
    """Column of customers that says who must not be contacted: true, yes, 1 or any text but false, no, 0."""
    owner: str | None = None
    """Column of customers that says whose customer it is."""
    holdout_share: Annotated[Share, Field(lt=1)] = 0.0
    """Share of those who may be contacted that is left alone to measure the effect by; 0 holds out nobody."""
    holdout_key: str = ""
    """Who is held out follows from this word and the customer's id; by default the pipeline's name."""
    feedback: str | None = None
    """Folder, relative to the TOML, with the filled today files; read into offers the next night."""
    outcomes: dict[str, Outcome] = {}
    """The team's word for an outcome = accepted, declined, reached or not reached, which are always understood."""
    day_first: bool | None = None
    """Whether 03/07/2025 in a filled file is 3 July (true) or 7 March; not set, such a row is set aside."""
    lost_days: PositiveInt = 90
    """How far back the list of lost customers reaches."""
    actions: list[ActionRule] = DEFAULT_ACTIONS
    """What is done for a reason: the first reason that a rule speaks of decides, else the segment's own action."""

    @model_validator(mode="after")
    def _days_rise(self) -> "TeamSettings":
        if not self.days or self.days != sorted(set(self.days)):
            raise ValueError(f"days must rise from the riskiest segment to the safest, and are {self.days}")
        return self

    @property
    def reached(self) -> list[int]:
        """How many customers of one list are reached by the end of each stretch of days; empty if nothing is said."""
        return [] if self.capacity_per_day is None else [self.capacity_per_day * days for days in self.days]
