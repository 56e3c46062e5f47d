"""Writing a training down: files beside the pipeline's output, MLflow runs, the registry, the model card."""

import json
import re
from datetime import datetime
from pathlib import Path

from churnrisk.delivery.files import write_json, write_table
from churnrisk.modeling.card import write_card
from churnrisk.modeling.explain import effect_curves, effect_maps, map_strengths, signal_strengths
from churnrisk.modeling.map_plot import map_plot
from churnrisk.modeling.plots import Picture, capture_plot, effect_plot, lift_plot, reliability_plot, tree_plot
from churnrisk.modeling.registry import Registered, Registry
from churnrisk.modeling.tracking import Run, git_commit
from churnrisk.training.contest import Candidate
from churnrisk.training.drawn import drawn_tree
from churnrisk.training.facts import Training, card_facts, example_rows, metrics_json, segment_facts, top_tenth_ratio
from churnrisk.training.profiled import lay_profile, write_profile
from churnrisk.training.stability import stability_numbers
from churnrisk.training.versions import in_use, trained_tag, version_tags

EFFECTS_SHOWN = 6
MAPS_SHOWN = 4


def write_files(training: Training, folder: Path) -> Path:
    """Write predictions, metrics and pictures of a training into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(training.contest.test, folder / "predictions.parquet")
    write_json(metrics_json(training), folder / "metrics.json")
    if training.fairness:
        write_table(training.fairness.table, folder / "fairness.csv")
    for name, picture in pictures(training).items():
        picture.save(folder / f"{as_file(name)}.png")
    return folder


def as_file(name: str) -> str:
    """Write a name as a file may be called; columns of a flat file are called anything.

    Examples
    --------
    >>> as_file("effect_Spend (€/month)")
    'effect_Spend_month_'
    """
    return re.sub(r"[^0-9A-Za-z_.-]+", "_", name)


def pictures(training: Training) -> dict[str, Picture]:
    """Draw the best model: reliability, lift, capture, and the tree or the strongest effects."""
    contest = training.contest
    best = contest.best
    drawn = {
        "reliability": reliability_plot(contest.judged, best.name),
        "lift": lift_plot(contest.judged),
        "capture": capture_plot(contest.judged),
    }
    for horizon in contest.further:
        if horizon.judged is not None:
            drawn[f"reliability_{horizon.days}"] = reliability_plot(
                horizon.judged, horizon.model, within=f"{horizon.days} days"
            )
    for candidate in contest.candidates.values():
        if candidate.release.data["model"]["kind"] == "tree":
            drawn["tree"] = tree_plot(drawn_tree(candidate.release.data))
    return drawn | effects(best) | maps(best)


def effects(candidate: Candidate) -> dict[str, Picture]:
    """Draw the strongest effects of an additive model; a tree has none."""
    curves = effect_curves(candidate.release.data["model"])
    if curves.empty:
        return {}
    rows = candidate.fitted.fit_rows
    strongest = signal_strengths(candidate.fitted.estimator, rows)["column"].head(EFFECTS_SHOWN)
    drawn = {}
    for name in strongest:
        points = curves[(curves["column"] == name) & (curves["at"] != "missing")]
        shown = points.rename(columns={"at": "value", "log_odds": "effect"})[["value", "effect"]].infer_objects()
        drawn[f"effect_{name}"] = effect_plot(name, shown, rows[name])
    return drawn


def maps(candidate: Candidate) -> dict[str, Picture]:
    """Draw the strongest maps of an additive model: what two signals add to what each adds alone."""
    plain, estimator = candidate.release.data["model"], candidate.fitted.estimator
    cells, drawn = effect_maps(plain), {}
    ranked = map_strengths(plain, candidate.fitted.fit_rows, estimator.types_).head(MAPS_SHOWN)
    for first, second in zip(ranked["first"], ranked["second"], strict=True):
        drawn[f"map_{first}_{second}"] = map_plot(cells[(cells["first"] == first) & (cells["second"] == second)])
    return drawn


def record(
    run: Run, registry: Registry, training: Training, folder: Path, *, before: Registered | None, now: datetime
) -> Path:
    """Record a training in MLflow; register and promote the best model if the verdict allows it.

    Parameters
    ----------
    folder
        The training's files.
    before
        The champion before this training.
    now
        The instant of a promotion.

    Returns
    -------
    The model card's path.
    """
    contest, settings = training.contest, training.settings
    _record_run(run, training, folder)
    for candidate in contest.candidates.values():
        with run.nested(candidate.name) as nested:
            _record_candidate(nested, training, candidate)
    version = _registered(run, registry, training, folder, before, now)
    facts = card_facts(
        training,
        version=version,
        champion=before.version if before else None,
        run_id=run.id,
        commit=git_commit(settings.folder),
        in_use=in_use(registry),
    )
    card = write_card(facts, settings.card_folder)
    run.log_file(card)
    return card


def _record_run(run: Run, training: Training, folder: Path) -> None:
    contest = training.contest
    verdict = {"verdict": contest.verdict.code, "verdict_sentence": contest.verdict.sentence}
    run.log_tags({**verdict, "best": contest.best.name, "calibration": contest.best.fitted.calibration.told})
    run.log_numbers({"observed_expected_top_tenth": top_tenth_ratio(training)})
    run.log_metrics(training.judged_as, contest.judged[contest.best.name])
    for further in contest.further:
        if further.judged is not None:
            run.log_metrics(f"test_{further.days}", further.judged[further.model])
    run.log_numbers(stability_numbers(training.stability))
    run.log_dict(metrics_json(training), "metrics.json")
    run.log_dict({"segments": segment_facts(training)}, "segments.json")
    if training.fairness:
        run.log_file(folder / "fairness.csv")
    for picture in sorted(folder.glob("*.png")):
        run.log_file(picture, "pictures")
    for one in training.tables.reports:
        profile = json.dumps({"rows": one.rows_used, "set_aside": one.rows_set_aside})
        run.log_dataset(one.name, one.fingerprint, source=", ".join(one.files), context="training", profile=profile)


def _record_candidate(nested: Run, training: Training, candidate: Candidate) -> None:
    nested.log_metrics(training.judged_as, training.contest.judged[candidate.name])
    nested.log_params({"calibration": candidate.fitted.calibration.kind, "features": len(training.choice.columns)})
    segments = candidate.segmenter.table_.to_dict("records")
    nested.log_dict({"segments": segments, "merged": list(candidate.segmenter.merged_)}, "segments.json")
    rules = getattr(candidate.fitted.estimator, "rules", None)
    if rules is not None:
        nested.log_text("\n".join(rules()) + "\n", "rules.txt")


def _registered(
    run: Run, registry: Registry, training: Training, folder: Path, before: Registered | None, now: datetime
) -> int | None:
    """Register the best model as challenger and promote it if it may be used; the same model is kept as it is."""
    contest = training.contest
    if before is not None and before.model_sha256 == contest.released.release.sha256:
        run.log_tags({"registry": f"version {before.version} is this very model, and stays"})
        lay_profile(registry, before, training, folder, now)
        registry.note(before.version, trained_tag(now))
        return before.version
    if contest.verdict.code in ("too_few_churners", "no_usable_signal"):
        return None
    released = folder / "model"
    path = contest.released.release.write(released)
    _with_estimator(contest.released, released)
    script = path.with_name("churn_model.py")
    tags = version_tags(contest) | write_profile(training, released, now) | trained_tag(now)
    version = registry.register_release(run, released, script, example_rows(training), tags=tags)
    if contest.verdict.released:
        registry.promote(version, who="train", why=contest.verdict.sentence, when=now)
    return version


def _with_estimator(best: Candidate, folder: Path) -> None:
    """Lay the fitted estimators beside the plain data, for data scientists; scoring never opens them."""
    import joblib

    joblib.dump(best.fitted.estimator, folder / "estimator.joblib")
    for one in best.further:
        if one.estimator is not None:
            joblib.dump(one.estimator, folder / f"estimator_{one.days}.joblib")
