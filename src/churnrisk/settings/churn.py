"""What churn is, and how far ahead we look: one definition for labels, lists and key figures."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import PositiveInt, model_validator

from churnrisk.settings.base import Days, Settings
from churnrisk.timeline import horizon_days


class ChurnSettings(Settings):
    """The one definition of churn, and how far ahead we look."""

    kind: Literal["contract", "inactivity", "recorded"] = "contract"
    """By subscriptions, by silence, or by the company's own table churn_events."""
    day: Literal["end", "notice"] = "end"
    """The churn day of a contract: the end day, or the day notice was given."""
    horizon: PositiveInt | Literal["month"] = 30
    """How far ahead churn counts, in days, or "month": to the same day of the next month."""
    horizons: list[PositiveInt] = []
    """Several horizons in days, rising, as [30, 60, 90]; the first is the horizon. Empty means the horizon alone."""
    lead_days: Days = 0
    """Days between the cutoff and the first day on which churn counts."""
    grace_days: Days = 7
    """A gap of at most this many days between two subscriptions is no churn."""
    inactive_days: PositiveInt = 90
    """Inactivity: days of silence after which a customer has churned."""
    activity: dict[str, str | bool] = {}
    """Inactivity: table = which of its rows count as activity; true means all."""
    involuntary_reasons: list[str] = []
    """Values of end_reason that the customer did not choose."""
    voluntary_reasons: list[str] = []
    """Values of end_reason that the customer chose; what is in neither list counts as unknown."""
    competing_reasons: list[str] = []
    """Ends that are neither churn nor a stay: death, business closed."""
    beyond_us: list[str] = []
    """Values of end_reason that a company cannot influence, as a business that closed or a move abroad."""
    trials: Literal["exclude", "include"] = "exclude"
    """Whether a trial is a customer."""
    early_days: PositiveInt = 90
    """Churn within so many days of the first start is early churn."""

    @property
    def bridging_days(self) -> int:
        """Days after an end until it is certain; an inactivity or recorded pipeline has none."""
        return self.grace_days if self.kind == "contract" else 0

    @property
    def every_horizon(self) -> list[int | Literal["month"]]:
        """The horizons from the first, which list, gate and label follow, to the longest."""
        return [*self.horizons] or [self.horizon]

    @property
    def further_horizons(self) -> list[int]:
        """The horizons behind the first, in days."""
        return self.horizons[1:]

    @property
    def settled_days(self) -> int:
        """Days from a cutoff until each label of the first horizon is certain: lead, horizon and grace."""
        return self.lead_days + horizon_days(self.horizon) + self.bridging_days

    @property
    def embargo_days(self) -> int:
        """Days from a cutoff until each of its labels is certain, also those of the longest horizon."""
        return self.lead_days + horizon_days(self.every_horizon[-1]) + self.bridging_days

    @property
    def definition(self) -> dict[str, Any]:
        """The definition as plain data; a model serves only the one it was trained for."""
        return self.model_dump(mode="json", exclude={"beyond_us"} | (set() if self.horizons else {"horizons"}))

    def differences(self, trained_for: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Say what of a model's definition is another here: key = (was, is).

        Examples
        --------
        >>> ChurnSettings(horizon=60).differences(ChurnSettings().definition)
        {'horizon': (30, 60)}
        """
        now, was = self.definition, dict(trained_for)
        if "horizons" in now or "horizons" in was:
            for one in (now, was):
                horizon = one.pop("horizon", None)
                one.setdefault("horizons", [horizon])
        return {name: (was.get(name), now[name]) for name in now if was.get(name) != now[name]}

    @model_validator(mode="before")
    @classmethod
    def _first_is_the_horizon(cls, given: Any) -> Any:
        """Take the first of several horizons as the horizon; a single one is the horizon."""
        several = given.get("horizons") if isinstance(given, dict) else None
        if not isinstance(several, list) or not several or type(several[0]) is not int or several[0] < 1:
            return given
        filled = {"horizon": several[0], **given}
        return {**filled, "horizons": []} if several == [filled["horizon"]] else filled

    @model_validator(mode="after")
    def _horizons_agree(self) -> "ChurnSettings":
        if self.horizons and self.horizon != self.horizons[0]:
            raise ValueError(
                f"horizon is {self.horizon!r} and horizons begin with {self.horizons[0]}: the first of horizons is "
                "the horizon. Give one of the two, or let them agree"
            )
        if any(later <= earlier for earlier, later in zip(self.horizons, self.horizons[1:], strict=False)):
            raise ValueError(f"horizons should rise, as [30, 60, 90] do, and are {self.horizons}")
        return self

    @model_validator(mode="after")
    def _silence_can_end_in_time(self) -> "ChurnSettings":
        reach = self.lead_days + horizon_days(self.horizon)  # further horizons only reach further
        if self.kind == "inactivity" and reach < self.inactive_days:
            raise ValueError(
                f"lead_days + horizon is {reach} and inactive_days is {self.inactive_days}: most customers could not "
                "churn in time. Set horizon to at least inactive_days - lead_days"
            )
        return self
