"""A list from a flat source: no night and no cutoff, the customers of the file as they stand."""

import json
from datetime import datetime

from churnrisk.delivery.clock import Clock
from churnrisk.delivery.files import clear_older, fresh_name
from churnrisk.delivery.log import about
from churnrisk.errors import SettingsError
from churnrisk.flows.asked import Asked, ScoreResult
from churnrisk.flows.night_files import Facts, lists_of, night_key, point_at, read_lists, written_before
from churnrisk.flows.night_steps import handed
from churnrisk.flows.refusing import Safety, allowed
from churnrisk.flows.replay import model_in_use
from churnrisk.flows.score import by_hand, result_of, write_night
from churnrisk.modeling.registry import Registered
from churnrisk.modeling.released.churn_model import ReleasedModel
from churnrisk.monitoring.bounds import Finding
from churnrisk.retention.facts import Facts as TeamFacts
from churnrisk.retention.facts import flat_facts
from churnrisk.scoring.flat import absent_columns, score_flat
from churnrisk.scoring.ranking import TimelessStamp
from churnrisk.scoring.score import Night
from churnrisk.settings import PipelineSettings
from churnrisk.sources.engine import Engine
from churnrisk.sources.flat import FlatTable, read_flat
from churnrisk.tables.report import TableReport
from churnrisk.training.flat import report_of


def run(settings: PipelineSettings, now: datetime, asked: Asked) -> ScoreResult:
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
        safety = Safety(settings, release, None, now=now, cutoff=asked.cutoff, allow=asked.allow)
    with clock.step("read"):
        table = _read(settings, model)
    stamp = TimelessStamp(f"{release.version}" if released else f"{release.version} (not released)")
    inputs = [_input(report_of(table, settings))]
    with clock.step("safety"):
        warned = safety.of_file(_other_label(model, settings, release))
    folder = settings.out_folder / "runs" / night_key(inputs, settings, release, stamp)
    about(run=folder.name)
    if (before := written_before(folder)) and not asked.replace:
        point_at(settings, None, before)
        told = json.loads((before / "run.json").read_text(encoding="utf-8"))["warnings"]
        return result_of(before, read_lists(before), stamp, settings, told, repeated=True)
    with clock.step("score"):
        night = score_flat(table, model, stamp, settings)
    warnings = [*by_hand(release), *warned, *_warnings(table, model, night)]
    parted = handed(night.at_risk, night, _facts(table, settings), settings, None, model.data["signals"])
    lists = lists_of(night, parted)
    folder = fresh_name(folder)
    facts = Facts(stamp, release, inputs, warnings, allowed(asked.allow, released or not asked.allow_challenger))
    write_night(folder, lists, settings, facts, clock)
    point_at(settings, None, folder)
    clear_older(folder)
    return result_of(folder, lists, stamp, settings, warnings)


def _read(settings: PipelineSettings, model: ReleasedModel) -> FlatTable:
    engine = Engine(settings.engine)
    try:
        return read_flat(settings, engine, types=model.types, to_learn=False)
    finally:
        engine.close()


def _input(report: TableReport) -> dict[str, object]:
    return {
        "table": report.name,
        "rows": report.rows_used,
        "set_aside": report.rows_set_aside,
        "fingerprint": report.fingerprint,
    }


def _facts(table: FlatTable, settings: PipelineSettings) -> TeamFacts:
    """Say whose customers they are, and who must not be contacted."""
    return flat_facts(table.X, table.customers.astype(str), settings.team, settings.file.name)


def _other_label(model: ReleasedModel, settings: PipelineSettings, release: Registered) -> list[Finding]:
    trained_for, now = model.data["churn"], settings.definition
    if trained_for == now:
        return []
    message = (
        f"Model version {release.version} was trained for another definition of churn: it was "
        f"{json.dumps(trained_for)} and is {json.dumps(now)}"
    )
    remedy = f"Train again: churnrisk train {settings.file.name}, or set [source] label and churned_value back"
    return [Finding("definition", message, remedy)]


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
