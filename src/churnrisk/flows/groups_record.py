"""Writing groups down: their files, and their run in MLflow."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from churnrisk.delivery.files import whole_folder, write_json, write_table
from churnrisk.kpis.groups.study import GroupStudy
from churnrisk.modeling.tracking import Run
from churnrisk.settings.kpis import GroupSettings

#: The groups as plain data; later months read it.
FILE = "groups.json"


def write_groups(study: GroupStudy, newest: pd.DataFrame, folder: Path, told: Sequence[str]) -> None:
    """Write groups, who is in which, how they use the product and who changed; the folder is there whole or not."""
    from churnrisk.kpis.groups.picture import groups_plot

    with whole_folder(folder) as unfinished:
        groups_plot(study, newest).figure.savefig(unfinished / "groups.png", dpi=144)
        write_table(study.structure, unfinished / "structure.csv")
        write_json({"cutoff": study.day, "told": list(told)}, unfinished / "summary.json")
        if study.grouping is None or study.moves is None:
            return
        write_json(study.grouping.as_plain(), unfinished / FILE)
        write_table(study.table, unfinished / "groups.csv")
        write_table(study.profile, unfinished / "profile.csv")
        write_table(study.moves.table, unfinished / "moves.csv")
        write_table(study.newest, unfinished / "assignments.parquet")
        write_table(study.newest, unfinished / "assignments.csv")
        write_table(study.history, unfinished / "history.parquet")


def record_groups(run: Run, study: GroupStudy, settings: GroupSettings, folder: Path, told: Sequence[str]) -> None:
    """Record groups in MLflow, without anything that names a customer."""
    run.log_tags({"groups": told[0], "cutoff": study.day})
    run.log_params({f"groups.{name}": value for name, value in settings.model_dump().items()})
    for number, line in enumerate(study.structure.to_dict("records")):
        names = ("stability", "structureless_stability", "valley", "structureless_valley")
        if all(name in line for name in names):
            run.log_numbers({f"groups.{name}": float(line[name]) for name in names}, step=number + 2)
    files = ["groups.png", "structure.csv", "summary.json"]
    if study.grouping is not None and study.moves is not None:
        numbers = {"number": float(len(study.grouping.names)), "changed_share": study.moves.changed_share}
        run.log_numbers(
            {f"groups.{name}": one for name, one in {**numbers, "would_agree": study.would_agree}.items()}
        )
        run.log_tags({"groups.kind": study.grouping.kind, "groups.fitted_at": study.grouping.fitted_at})
        files += [FILE, "groups.csv", "profile.csv", "moves.csv"]
    for name in files:
        run.log_file(folder / name)
