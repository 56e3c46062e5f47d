"""One typed, frozen TOML a pipeline; nothing else is read, and an unknown key is refused."""

from churnrisk.settings.campaign import EconomicsSettings, SegmentSettings
from churnrisk.settings.churn import ChurnSettings
from churnrisk.settings.delivery import DeliverySettings
from churnrisk.settings.fairness import FairnessSettings
from churnrisk.settings.flat import FlatSource, ValidationSettings, needs_time
from churnrisk.settings.history import HistorySettings
from churnrisk.settings.kpis import (
    AlertSettings,
    Benchmark,
    CohortSettings,
    EmailSettings,
    GroupSettings,
    KpiSettings,
    ReasonSettings,
    ScopeSettings,
    WebhookSettings,
)
from churnrisk.settings.load import load_settings, with_threads
from churnrisk.settings.model import (
    BacktestSettings,
    CutoffSettings,
    EngineSettings,
    GateSettings,
    ListSettings,
    ModelSettings,
    PipelineSettings,
    SampleSettings,
    SignalSettings,
    TrackingSettings,
)
from churnrisk.settings.monitor import MonitorSettings
from churnrisk.settings.nightly import NightlySettings
from churnrisk.settings.source import FilePart, Lookup, SourceSettings, TableSource
from churnrisk.settings.team import ActionRule, TeamSettings

__all__ = [
    "ActionRule",
    "AlertSettings",
    "BacktestSettings",
    "Benchmark",
    "ChurnSettings",
    "CohortSettings",
    "CutoffSettings",
    "DeliverySettings",
    "EconomicsSettings",
    "EmailSettings",
    "EngineSettings",
    "FairnessSettings",
    "FilePart",
    "FlatSource",
    "GateSettings",
    "GroupSettings",
    "HistorySettings",
    "KpiSettings",
    "ListSettings",
    "Lookup",
    "ModelSettings",
    "MonitorSettings",
    "NightlySettings",
    "PipelineSettings",
    "ReasonSettings",
    "SampleSettings",
    "ScopeSettings",
    "SegmentSettings",
    "SignalSettings",
    "SourceSettings",
    "TableSource",
    "TeamSettings",
    "TrackingSettings",
    "ValidationSettings",
    "WebhookSettings",
    "load_settings",
    "needs_time",
    "with_threads",
]
