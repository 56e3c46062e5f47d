"""What churn is, which signals, models, segments and lists: the typed form of a pipeline's TOML."""

import builtins
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    NonNegativeFloat,
    PositiveInt,
    Tag,
    field_validator,
    model_validator,
)

from churnrisk.settings.base import Days, Settings, Share
from churnrisk.settings.campaign import EconomicsSettings, SegmentSettings
from churnrisk.settings.churn import ChurnSettings
from churnrisk.settings.delivery import DeliverySettings
from churnrisk.settings.fairness import FairnessSettings
from churnrisk.settings.flat import KINDS, FlatSource, ValidationSettings, kind_of_source
from churnrisk.settings.history import HistorySettings
from churnrisk.settings.kpis import (
    AlertSettings,
    Benchmark,
    CohortSettings,
    GroupSettings,
    KpiSettings,
    ReasonSettings,
    ScopeSettings,
)
from churnrisk.settings.monitor import MonitorSettings
from churnrisk.settings.nightly import NightlySettings
from churnrisk.settings.paths import expand
from churnrisk.settings.source import SourceSettings
from churnrisk.settings.team import TeamSettings

Source = Annotated[
    Annotated[SourceSettings, Tag(KINDS[0])] | Annotated[FlatSource, Tag(KINDS[1])],
    Discriminator(kind_of_source),
]


#: Sections that mean nothing without times.
TIMED = ("churn", "cutoffs", "backtest", "kpis", "scope", "cohorts", "groups", "reasons", "alerts")


class CutoffSettings(Settings):
    """At which instants the past is described."""

    min_history_days: Days = 84
    """The first cutoff lies this many days after the first day of data."""
    first: date | None = None
    """The first cutoff, if another is wanted."""
    max_fit: PositiveInt = 24
    """At most this many cutoffs (the newest) fit the model."""


class SignalSettings(Settings):
    """Which signals describe a customer."""

    include: list[str] = []
    """Names or groups to use; empty means all."""
    exclude: list[str] = []
    """Names or groups to leave out."""
    attributes: list[str] = []
    """Fixed columns of customers to use as features, besides the signals."""
    usage_events: list[str] = []
    """Events that count for the breadth of use; empty means all, if there are 16 or fewer."""
    value_days: PositiveInt = 365
    """Inactivity: the days over which purchases are averaged to a monthly amount (mrr)."""
    actionable: list[str] = []
    """Names, groups or columns that a team can influence, besides the signals that are so by themselves."""
    not_actionable: list[str] = []
    """Names, groups or columns that it cannot."""


class ModelSettings(Settings):
    """Which models compete."""

    names: list[Literal["logistic", "tree", "logit_leaf"]] = ["logistic", "tree", "logit_leaf"]
    """The candidates."""
    monotone: bool = False
    """Risk may only rise (or only fall) with a signal, as its declared direction says."""
    directions: dict[str, Literal["high", "low"]] = {}
    """With monotone: column = which of its values raise the risk, besides or instead of what signals declare."""
    seed: int = 0
    """The one seed of a run."""
    refit: bool = False
    """Fit the chosen model once more on all labelled cutoffs; the card then says so."""
    calibration: Literal["auto", "none", "sigmoid", "beta", "isotonic"] = "auto"
    """How scores become probabilities; auto takes a more flexible way only where it clearly gains."""
    min_churners: PositiveInt = 100
    """Fewer churners than this in the labelled cutoffs are not enough to learn from."""
    bootstrap: PositiveInt = 500
    """Resamples of customers behind each interval."""
    max_rows: PositiveInt = 400_000
    """More fit rows than this are thinned by customer before fitting."""
    stability: bool = True
    """Fit the best model twice more, to see whether it names the same riskiest customers."""


class GateSettings(Settings):
    """What a model must show before it may be used."""

    max_calibration_error: NonNegativeFloat = 0.02
    """Expected calibration error above this and above chance refuses."""
    slope: tuple[float, float] = (0.8, 1.25)
    """The slope's interval must touch this range."""
    observed_expected: tuple[float, float] = (0.9, 1.1)
    """The interval of observed / expected churn must touch this range."""
    segment_observed_expected: tuple[float, float] = (0.8, 1.25)
    """The same in each segment of 100 or more customers."""

    @model_validator(mode="after")
    def _ranges_hold_1(self) -> "GateSettings":
        for name in ("slope", "observed_expected", "segment_observed_expected"):
            low, high = getattr(self, name)
            if not 0 <= low <= 1 <= high:
                raise ValueError(f"{name} must be two numbers around 1, the lower first, and is [{low:g}, {high:g}]")
        return self


class ListSettings(Settings):
    """How the ranked list looks."""

    rank_by: Literal["expected_loss", "churn_probability"] = "expected_loss"
    """What the list is ranked by."""
    display: list[str] = []
    """Columns of customers (or the running subscription's plan) to show."""
    segments: list[str] = []
    """Segments on the list; empty means all but the lowest."""


class BacktestSettings(Settings):
    """How history is replayed."""

    cutoffs: PositiveInt = 6
    """The newest so many labelled cutoffs are replayed."""
    capacity: PositiveInt | None = None
    """How many customers of each list count as reached; by default what [team] says, else the riskiest 10 %."""


class TrackingSettings(Settings):
    """Where runs and models are recorded."""

    uri: str | None = None
    """MLflow's address; by default MLFLOW_TRACKING_URI, else a SQLite file in the output folder."""
    experiment: str | None = None
    """The experiment's name; by default the pipeline's."""


class EngineSettings(Settings):
    """What runs the queries."""

    threads: PositiveInt | None = None
    """Threads; by default one a core."""
    memory_limit: str | None = None
    """For instance "4GB"; by default the engine's own."""


class SampleSettings(Settings):
    """The embedded sample company."""

    customers: PositiveInt = 20_000
    """Customers that ever start."""
    months: Annotated[int, Field(ge=6)] = 24
    """Months of history."""
    signal: Share = 1.0
    """1: the hazard follows the latent states; 0: the same hazard for everyone at every time."""
    seed: int = 7
    """Seed of the simulation."""
    format: Literal["parquet", "csv"] = "parquet"
    """How the tables are written."""


def _one_or_several(given: Any) -> Any:
    return given if isinstance(given, list) else [given]


class PipelineSettings(Settings):
    """Everything one pipeline says: what to read, what churn is, which signals, models, segments, lists."""

    name: str = ""
    """The pipeline's name; by default the TOML's file name."""
    out: str = "../out"
    """Where runs are written, relative to the TOML's own folder."""
    cards: str = "../models"
    """Where model cards are written, relative to the TOML's own folder."""
    source: Source = SourceSettings()
    churn: ChurnSettings = ChurnSettings()
    cutoffs: CutoffSettings = CutoffSettings()
    signals: SignalSettings = SignalSettings()
    validation: ValidationSettings = ValidationSettings()
    models: ModelSettings = ModelSettings()
    gate: GateSettings = GateSettings()
    segments: SegmentSettings = SegmentSettings()
    team: TeamSettings = TeamSettings()
    fairness: FairnessSettings = FairnessSettings()
    list: ListSettings = ListSettings()
    economics: EconomicsSettings = EconomicsSettings()
    backtest: BacktestSettings = BacktestSettings()
    kpis: KpiSettings = KpiSettings()
    scope: ScopeSettings = ScopeSettings()
    goals: dict[str, float] = {}
    """Key figure = what is wanted of it in one period, as churn_rate = 2.0."""
    benchmarks: dict[str, Annotated[builtins.list[Benchmark], BeforeValidator(_one_or_several)]] = {}
    """Key figure = figures from outside to stand beside it, each with its source."""
    cohorts: CohortSettings = CohortSettings()
    groups: GroupSettings = GroupSettings()
    reasons: ReasonSettings = ReasonSettings()
    alerts: AlertSettings = AlertSettings()
    nightly: NightlySettings = NightlySettings()
    history: HistorySettings = HistorySettings()
    monitor: MonitorSettings = MonitorSettings()
    delivery: DeliverySettings = DeliverySettings()
    tracking: TrackingSettings = TrackingSettings()
    engine: EngineSettings = EngineSettings()
    sample: SampleSettings | None = None
    file: Path = Path("pipeline.toml")
    """The TOML itself; set when it is loaded."""

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[^\W_][\w .()+-]{0,99}", name):
            raise ValueError(
                "it names a folder and the model, so it should hold letters, digits, blanks and . - _ + ( ) alone, "
                "begin with a letter or a digit, and have at most 100 of them"
            )
        return name

    @model_validator(mode="after")
    def _segments_have_what_they_need(self) -> "PipelineSettings":
        need, missing = len(self.segments.names) - 1, self.economics.missing
        if self.segments.by == "capacity" and len(self.reached) != need:
            raise ValueError(
                f'segments.by = "capacity" needs {need} numbers in segments.capacity, or team.capacity_per_day and '
                f"{need} team.days; there are {len(self.reached)}"
            )
        if self.segments.by == "profit" and missing:
            raise ValueError(f'segments.by = "profit" needs economics.{", economics.".join(missing)}')
        return self

    @model_validator(mode="after")
    def _places_take_columns_of_lists(self) -> "PipelineSettings":
        further = [f"churn_probability_{days}" for days in self.churn.further_horizons]
        unknown = self.delivery.unknown_columns([*self.list.display, *further])
        if unknown:
            raise ValueError(unknown[0])
        return self

    @property
    def reached(self) -> "builtins.list[int]":
        """How many of the riskiest customers of one list the team reaches, segment by segment; empty if not said."""
        return self.segments.capacity or self.team.reached

    @property
    def flat(self) -> FlatSource | None:
        """The source where it is flat: one row a customer, no times; else None."""
        return self.source if isinstance(self.source, FlatSource) else None

    @property
    def definition(self) -> dict[str, Any]:
        """What churn is, as plain data; a model serves only the one it was trained for."""
        return self.churn.definition if self.flat is None else self.flat.definition

    @model_validator(mode="after")
    def _time_or_none(self) -> "PipelineSettings":
        if self.flat is None and self.validation.model_fields_set:
            raise ValueError(
                "[validation] is for flat sources; tables with times are judged on later cutoffs. Leave it out"
            )
        if self.flat is not None and not self.flat.label:
            raise ValueError('source.label is missing: name the column that says who left, as in label = "Churn"')
        if self.flat is not None and self.team.feedback is not None:
            raise ValueError("team.feedback needs times, and a flat source has none. Leave it out")
        timed = [name for name in TIMED if getattr(self, name).model_fields_set]
        timed += ["sample"] if self.sample is not None else []
        timed += ["signals"] if self.signals.model_fields_set - {"actionable", "not_actionable"} else []
        if self.flat is not None and timed:
            raise ValueError(
                f"[{timed[0]}] needs times, and a flat source has none: its label says who left. Leave it out"
            )
        return self

    @property
    def folder(self) -> Path:
        """The TOML's own folder, from which every relative path is read."""
        return self.file.parent

    @property
    def out_folder(self) -> Path:
        """Where this pipeline's runs are written."""
        return (self.folder / self.out).resolve() / self.name

    @property
    def card_folder(self) -> Path:
        """Where this pipeline's model cards are written."""
        return (self.folder / self.cards).resolve() / self.name

    @property
    def source_path(self) -> Path:
        """The folder or database of the company's tables."""
        return (self.folder / expand(self.source.path)).resolve()
