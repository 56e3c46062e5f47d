"""The embedded sample company, written where its pipeline looks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from churnrisk.errors import SettingsError
from churnrisk.settings import PipelineSettings, SampleSettings
from churnrisk.sources.sample import write_sample


@dataclass(frozen=True)
class SampleResult:
    """What was written.

    Parameters
    ----------
    rows
        Table = rows; empty when nothing was written.
    reason
        Why nothing was written.
    """

    folder: Path
    rows: dict[str, int]
    reason: str = ""


def run(
    settings: PipelineSettings, wanted: Mapping[str, float | None], *, out: Path | None, if_missing: bool
) -> SampleResult:
    """Write the sample company of a pipeline.

    Parameters
    ----------
    wanted
        Settings of the sample that are to differ from the TOML's; None keeps them.

    Raises
    ------
    SettingsError
        When the pipeline has no sample company and its tables are not optional, or a wish cannot be met.
    """
    folder = out or settings.source_path
    if settings.sample is None:
        if if_missing:
            return SampleResult(folder, {}, "the pipeline reads tables of its own")
        raise SettingsError(f"{settings.file.name} has no [sample]. Name a pipeline that has: pipelines/sample.toml")
    if if_missing and (folder / f"customers.{settings.sample.format}").is_file():
        return SampleResult(folder, {}, "the tables are there")
    given = {name: value for name, value in wanted.items() if value is not None}
    try:
        chosen = SampleSettings.model_validate({**settings.sample.model_dump(), **given})
    except ValidationError as fault:
        told = "; ".join(f"--{one['loc'][0]}: {one['msg']}. It is {one['input']!r}" for one in fault.errors())
        raise SettingsError(f"{told}. Give another value, or leave it to the TOML.") from fault
    return SampleResult(folder, dict(write_sample(folder, chosen, settings.churn).rows))
