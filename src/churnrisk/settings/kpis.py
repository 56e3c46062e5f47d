"""Key figures: which periods and splits, which customers, what is wanted, and what is watched."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from churnrisk.settings.base import Settings, Share

#: How periods are written: calendar periods, or a rolling number of days.
PERIOD = r"^(month|quarter|year|rolling:[1-9][0-9]{0,3}d)$"

Period = Annotated[str, Field(pattern=PERIOD)]


class KpiSettings(Settings):
    """Churn and revenue rates: periods, splits and convention."""

    period: Period = "month"
    """month, quarter, year, or rolling:30d: the 30 days before each day."""
    by: list[str] = []
    """Splits: plan, mrr_band, segment (of the last list before the period), group, or any column of customers."""
    mrr_bands: list[PositiveFloat] = []
    """Bounds of the MRR bands, rising; empty means rounded quartiles at the first period's start."""
    convention: Literal["standard", "new_in_denominator", "thirty_day_months"] = "standard"
    """Our definitions, or one of two that other tools use."""

    @model_validator(mode="after")
    def _bands_rise(self) -> "KpiSettings":
        if self.mrr_bands != sorted(set(self.mrr_bands)):
            raise ValueError(f"mrr_bands must rise, and are {self.mrr_bands}")
        return self


class ScopeSettings(Settings):
    """Which part of the company key figures, cohorts, alerts, groups and reasons look at."""

    products: list[str] = []
    """Only customers with one of these plans at a period's start (new ones: at its end); empty means all."""
    segments: list[str] = []
    """Only customers whose segment on the last list before the period is one of these; empty means all."""
    attributes: dict[str, list[str]] = {}
    """Column of customers = the values to keep, as region = ["north"]."""
    start: date | None = None
    """Only periods that begin on this day or later."""
    end: date | None = None
    """Only periods that end on this day or earlier."""

    @model_validator(mode="after")
    def _end_follows_start(self) -> "ScopeSettings":
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"end ({self.end}) must lie after start ({self.start})")
        return self


class Benchmark(Settings):
    """A figure from outside to stand beside one of ours."""

    number: float
    """The figure, in the unit of the key figure."""
    source: Annotated[str, Field(min_length=3)]
    """Who says so, and where."""
    name: str = "industry"
    """Whose figure it is: the industry, a competitor."""
    period: Period = "month"
    """The length of period that the figure speaks of; it stands beside periods of the same length only."""


class CohortSettings(Settings):
    """Customers by when they began."""

    by: list[str] = []
    """Compare the curves of groups: plan (the first), or any column of customers."""
    months: PositiveInt = 24
    """Months after the start that the heat maps show."""
    horizon_months: PositiveInt = 24
    """The restricted mean is the mean time as a customer within so many months."""


class GroupSettings(Settings):
    """Customers grouped by how they use the product."""

    signals: list[str] = []
    """Signals to group by; empty means the usage signals that are on."""
    most: Annotated[int, Field(ge=2, le=6)] = 6
    """At most so many groups."""
    stability: Share = 0.75
    """Groups count only if two halves of the customers find the same ones to this degree (adjusted Rand index)."""
    smallest: Share = 0.03
    """The smallest share of customers that counts as a group."""
    months: PositiveInt = 6
    """Months over which it is reported how many customers changed group."""
    seed: int = 0
    """Seed of starts and halves."""


class EmailSettings(Settings):
    """Where alerts are sent by e-mail; a password comes from the environment only."""

    to: Annotated[list[str], Field(min_length=1)]
    """Who gets them."""
    sender: str
    """From whom they come."""
    host: str = "localhost"
    """The SMTP server."""
    port: PositiveInt = 25
    """Its port."""
    security: Literal["none", "starttls", "tls"] = "none"
    """How the connection is secured."""
    login: str | None = None
    """Login name, where the server asks for one."""
    password_from: str = "CHURNRISK_SMTP_PASSWORD"
    """The environment variable that holds the password."""
    timeout_seconds: PositiveFloat = 10
    """Seconds to wait for an answer."""

    @model_validator(mode="after")
    def _login_is_secured(self) -> "EmailSettings":
        if self.login is not None and self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(
                'a login needs security = "starttls" or "tls": without it the password travels in the open'
            )
        return self


class WebhookSettings(Settings):
    """Where alerts are posted as JSON; the secret comes from the environment only."""

    url: str
    """The address; ${NAME} is taken from the environment."""
    secret_from: str = "CHURNRISK_WEBHOOK_SECRET"
    """The environment variable with the key of the signature; unset means unsigned."""
    attempts: PositiveInt = 4
    """Tries before it is given up."""
    timeout_seconds: PositiveFloat = 10
    """Seconds to wait for an answer."""


class ReasonSettings(Settings):
    """Why customers say they leave, set beside what the data say."""

    about: dict[str, list[str]] = {}
    """Signals or groups that speak of a reason, as not_needed = ["usage"]; else guessed from the reason's words."""
    tickets_days: PositiveInt = 90
    """Tickets of so many days before the cutoff are compared."""
    cutoffs: PositiveInt = 12
    """Leavers and others are compared at the newest so many labelled cutoffs."""
    least_customers: PositiveInt = 30
    """A reason that fewer leavers gave is not compared."""


class AlertSettings(Settings):
    """Which rates are watched, and how often chance alone may raise an alarm."""

    watch: list[str] = ["churn_rate", "early_churn_rate", "gross_revenue_churn", "net_revenue_churn"]
    """Key figures that are watched."""
    by: list[str] = ["plan"]
    """Splits whose parts are watched beside the whole; those without such a column watch the whole alone."""
    period: Period = "month"
    """The length of the watched periods."""
    false_alarms: PositiveFloat = 1.0
    """How many alarms a year chance alone may raise, over all watched series."""
    history: Annotated[int, Field(ge=3)] = 24
    """At most so many earlier periods make the expectation."""
    least_history: Annotated[int, Field(ge=2)] = 6
    """With fewer earlier periods a series is not judged."""
    least_customers: NonNegativeFloat = 30
    """A part with fewer customers at a period's start is not judged."""
    replicates: Annotated[int, Field(ge=50)] = 400
    """Resamples behind each interval of revenue."""
    seed: int = 0
    """Seed of the resamples."""
    webhook: WebhookSettings | None = None
    """Post alerts to an address: [alerts.webhook] url = "https://…"."""
    email: EmailSettings | None = None
    """Send alerts by e-mail: [alerts.email] to = ["…"], sender = "…"."""
