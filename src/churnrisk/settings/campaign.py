"""Segments, and what contacting a customer brings and costs."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from churnrisk.settings.base import Settings, Share


class SegmentSettings(Settings):
    """Into which named groups customers fall."""

    names: Annotated[list[str], Field(min_length=2)] = ["critical", "high", "medium", "low"]
    """From the riskiest to the safest."""
    by: Literal["shares", "bounds", "capacity", "profit"] = "shares"
    """What sets the bounds: shares of customers, given probabilities, what the team reaches, where contact pays."""
    shares: list[Share] = [0.02, 0.07, 0.20]
    """The riskiest shares of calibration rows whose probabilities become the bounds; by profit, their proportions."""
    bounds: list[Share] = []
    """Fixed probabilities instead, falling."""
    capacity: list[PositiveInt] = []
    """By capacity: how many of the riskiest customers of one list each segment reaches down to, rising."""
    actions: dict[str, str] = {
        "critical": "call within a day",
        "high": "call within a week",
        "medium": "send an offer",
        "low": "leave alone",
    }
    """What is done with each segment."""

    @model_validator(mode="before")
    @classmethod
    def _what_is_given_says_how(cls, given: Any) -> Any:
        if isinstance(given, dict) and "by" not in given:
            said = [key for key in ("bounds", "capacity") if given.get(key)]
            if len(said) == 2:
                raise ValueError('bounds and capacity are both set. Say which: by = "bounds" or by = "capacity"')
            return {**given, "by": said[0]} if said else given
        return given

    @model_validator(mode="after")
    def _numbers_fit_names(self) -> "SegmentSettings":
        need = len(self.names) - 1
        if self.by == "bounds" and not self.bounds:
            raise ValueError(f'by = "bounds" needs bounds: {need} probabilities, falling')
        used = {"bounds": "bounds", "capacity": "capacity"}.get(self.by, "shares")
        given: list[float] = list(getattr(self, used))
        if used == "capacity" and not given:
            return self
        if len(given) != need:
            what = "capacity numbers" if used == "capacity" else "bounds or shares"
            raise ValueError(f"{len(self.names)} names need {need} {what}, and there are {len(given)}")
        if given != sorted(given, reverse=used == "bounds"):
            raise ValueError(
                "shares and capacity must rise, bounds must fall, from the riskiest segment to the safest"
            )
        return self


class EconomicsSettings(Settings):
    """What a customer is worth, and what keeping one costs."""

    months_at_stake: NonNegativeFloat = 12
    """Months of MRR counted as the loss when a customer goes."""
    value_kept: PositiveFloat | None = None
    """What a customer who stays is worth; by default the mean MRR × months_at_stake."""
    cost_of_contact: NonNegativeFloat | None = None
    """What contacting one customer costs."""
    cost_of_offer: NonNegativeFloat | None = None
    """What the offer costs for each customer who takes it; all who would have stayed anyway take it."""
    chance_to_accept: Share | tuple[PositiveFloat, PositiveFloat] | None = None
    """Share of leavers who stay for the offer: one number, or the two parameters of a beta distribution."""

    gross_margin: Share | None = None
    """Share of revenue that is left after the cost of serving it; without it LTV is before margin."""
    acquisition_cost: NonNegativeFloat | None = None
    """What winning one new customer costs."""

    @property
    def missing(self) -> list[str]:
        """Which keys are not set and have no default, of those that profit needs."""
        needed = ("cost_of_contact", "cost_of_offer", "chance_to_accept")
        return [name for name in needed if getattr(self, name) is None]

    @model_validator(mode="after")
    def _an_offer_costs_less_than_it_keeps(self) -> "EconomicsSettings":
        if None not in (self.value_kept, self.cost_of_offer) and self.cost_of_offer >= self.value_kept:  # type: ignore[operator]
            raise ValueError(
                f"cost_of_offer ({self.cost_of_offer:g}) must be below value_kept ({self.value_kept:g}): "
                "else no offer can pay"
            )
        return self
