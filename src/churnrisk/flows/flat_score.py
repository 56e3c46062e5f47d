"""A list from a flat source: no night and no cutoff, the customers of the file as they stand."""

import json

from churnrisk.delivery.clock import Clock
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows.score import ScoreResult, as_written, by_hand, model_in_use, night_key, point_at, write_night
from churnrisk.modeling.registry import Registered
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.scoring.flat import absent_columns, score_flat
from churnrisk.scoring.ranking import TimelessStamp
from churnrisk.scoring.score import Night, segment_counts
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.sources.flat import FlatTable, read_flat
from churnrisk.training.flat import report_of


def run(settings: PipelineSettings, *, cutoff: str, allow_challenger: bool, replace: bool) -> ScoreResult:
    """Score the customers of a flat source who have not churned, and write the list.

    There is no cutoff: the run's folder is named by file, settings and model alone.

    Raises
    ------
    SettingsError
        When a cutoff is asked for.
    RefusedError
        When there is no champion, or it was trained for another label.
    """
    if cutoff != "latest":
        raise SettingsError(
            f"--cutoff {cutoff} means nothing for a flat source: its rows have no times, and are scored as they are. "
            "Leave it out."
        )
    clock = Clock()
    with clock.step("model"):
        release, released = model_in_use(settings, allow_challenger)
        model = release.open()
        _refuse_other_label(model, settings, release)
    with clock.step("read"):
        table = _read(settings, model)
    stamp = TimelessStamp(f"{release.version}" if released else f"{release.version} (not released)")
    reports = [report_of(table, settings)]
    folder = settings.out_folder / "runs" / night_key(reports, settings, release, stamp)
    if folder.is_dir() and not replace:
        return as_written(folder, stamp, settings)
    with clock.step("score"):
        night = score_flat(table, model, stamp, settings)
    warnings = [*by_hand(release), *_warnings(table, model, night)]
    write_night(folder, night, settings, reports, stamp, release, warnings, clock)
    point_at(settings, None, folder)
    segments = segment_counts(night, settings.segments.names)
    return ScoreResult(folder, None, stamp.model_version, night.counts, segments, night.at_risk.head(10), warnings)


def _read(settings: PipelineSettings, model: ReleasedModel) -> FlatTable:
    engine = Engine(settings.engine)
    try:
        return read_flat(settings, engine, types=model.types, to_learn=False)
    finally:
        engine.close()


def _refuse_other_label(model: ReleasedModel, settings: PipelineSettings, release: Registered) -> None:
    trained_for, now = model.data["churn"], settings.definition
    if trained_for != now:
        raise RefusedError(
            f"Model version {release.version} was trained for another definition of churn: it was "
            f"{json.dumps(trained_for)} and is {json.dumps(now)}. Train again: churnrisk train {settings.file.name}, "
            "or set [source] label and churned_value back."
        )


def _warnings(table: FlatTable, model: ReleasedModel, night: Night) -> list[str]:
    found = []
    gone = absent_columns(table, model)
    if gone:
        told = "1 column is" if len(gone) == 1 else f"{len(gone)} columns are"
        found.append(f"{told} gone from the file that the model reads, and counted as missing: {', '.join(gone)}.")
    if len(night.scores) and not night.scores["mrr"].notna().any():
        found.append("No column is named as mrr: the list is ranked by churn_probability.")
    if model.data["fit_rows"] and len(table.labelled):
        found.append(
            "Customers of the file who taught the model are scored by it, too: their probabilities lean a little "
            "towards their label, that they stayed."
        )
    return found
