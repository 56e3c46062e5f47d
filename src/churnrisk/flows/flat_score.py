"""A list from a flat source: no night and no cutoff, the customers of the file as they stand."""

import json

from churnrisk.delivery.clock import Clock
from churnrisk.errors import RefusedError, SettingsError
from churnrisk.flows.night_files import Facts, lists_of, night_key, point_at, read_lists, written_before
from churnrisk.flows.score import Asked, ScoreResult, by_hand, inputs_of, model_in_use, result_of, write_night
from churnrisk.modeling.registry import Registered
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.scoring.flat import absent_columns, score_flat
from churnrisk.scoring.ranking import TimelessStamp
from churnrisk.scoring.score import Night
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.sources.flat import FlatTable, read_flat
from churnrisk.training.flat import report_of


def run(settings: PipelineSettings, asked: Asked) -> ScoreResult:
    """Score the customers of a flat source who have not churned, and write the list.

    There is no cutoff: the run's folder is named by file, settings and model alone.

    Raises
    ------
    SettingsError
        When a cutoff is asked for.
    RefusedError
        When there is no champion, or it was trained for another label.
    """
    if asked.cutoff != "latest":
        raise SettingsError(
            f"--cutoff {asked.cutoff} means nothing for a flat source: its rows have no times, and are scored as "
            "they are. Leave it out."
        )
    clock = Clock()
    with clock.step("model"):
        release, released = model_in_use(settings, asked.allow_challenger)
        model = release.open()
        _refuse_other_label(model, settings, release)
    with clock.step("read"):
        table = _read(settings, model)
    stamp = TimelessStamp(f"{release.version}" if released else f"{release.version} (not released)")
    inputs = inputs_of([report_of(table, settings)])
    folder = settings.out_folder / "runs" / night_key(inputs, settings, release, stamp)
    if (before := written_before(folder)) and not asked.replace:
        point_at(settings, None, before)
        told = json.loads((before / "run.json").read_text(encoding="utf-8"))["warnings"]
        return result_of(before, read_lists(before), stamp, settings, told, repeated=True)
    with clock.step("score"):
        night = score_flat(table, model, stamp, settings)
    warnings = [*by_hand(release), *_warnings(table, model, night)]
    lists = lists_of(night)
    write_night(folder, lists, settings, Facts(stamp, release, inputs, warnings), clock)
    point_at(settings, None, folder)
    return result_of(folder, lists, stamp, settings, warnings)


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
