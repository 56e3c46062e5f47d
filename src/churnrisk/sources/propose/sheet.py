"""The whole TOML for a folder of files: what was found, every default, and what was not found."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from churnrisk.settings import PipelineSettings, SourceSettings
from churnrisk.settings.base import Settings
from churnrisk.settings.source import TableSource
from churnrisk.settings.written import comment, keys, section, toml_value
from churnrisk.sources.propose.lines import Written
from churnrisk.sources.propose.match import Table
from churnrisk.sources.propose.tables import Found

#: Values of a column are listed where there are not more.
MOST_VALUES = 30


@dataclass(frozen=True)
class Sheet:
    """A TOML to be written.

    Parameters
    ----------
    file
        Where it will stand; its paths are relative to that folder.
    folder
        The company's files.
    written
        The section of each table that was found.
    kept_out
        Table = a file that bears its name and does not fill it.
    tables
        All tables that a company can give.
    """

    file: Path
    folder: Path
    found: Found
    written: Mapping[str, Written]
    kept_out: Mapping[str, Path]
    tables: Mapping[str, Table]

    def text(self, churn: Mapping[str, object]) -> str:
        """Give the text, with a given definition of churn."""
        lines = [*self._head(), "", *self._top(), "", *self._source()]
        for one in self.written.values():
            lines += ["", *one.lines]
        for name, path in self.kept_out.items():
            lines += ["", f"[source.tables.{name}]", f"file = []  # {path.name} does not fill it, and is not read"]
        lines += self._lacking()
        for name, field in PipelineSettings.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, Settings) and name != "source":
                lines += ["", *section(name, kind, churn if name == "churn" else None)]
                lines += [*self._activity(churn), *self._reasons()] if name == "churn" else []
        return "\n".join(lines) + "\n"

    def _head(self) -> list[str]:
        lines = comment(f"A first mapping of the files in {self.folder.resolve().name}: read it, and mend it.")
        lines += comment("A line behind a # shows a default; take the # away to set something else.")
        lines += comment(f"Then: churnrisk check {self.file.name}")
        choices = [choice for one in self.written.values() for choice in one.choices]
        for heading, told in (
            ("To decide before check can read it:", choices),
            ("Files that are no table:", [f"{file}: {why}" for file, why in self.found.unmatched.items()]),
        ):
            if told:
                lines += ["#", f"# {heading}", *(line for one in told for line in comment(f"* {one}"))]
        return lines

    def _top(self) -> list[str]:
        """Write the pipeline's own keys; runs and cards lie beside the TOML, unless it has a folder of its own."""
        own_folder = self.file.resolve().parent.name == "pipelines"
        values = {} if own_folder else {"out": "out", "cards": "models"}
        groups = [name for name, field in PipelineSettings.model_fields.items() if not field.description]
        lines = keys(PipelineSettings, values, [*groups, "name", "file"])
        doc = PipelineSettings.model_fields["name"].description
        return [f"# name = {toml_value(self.file.stem)}  # {doc}", *lines]

    def _source(self) -> list[str]:
        path = Path(os.path.relpath(self.folder.resolve(), self.file.resolve().parent)).as_posix()
        return section("source", SourceSettings, {"path": path}, ["tables"])

    def _lacking(self) -> list[str]:
        lines: list[str] = []
        for name, table in self.tables.items():
            if name not in self.written and name not in self.kept_out:
                needs = ", ".join(column.name for column in table.columns if column.required)
                more = ", ".join(column.name for column in table.columns if not column.required)
                lines += ["", f"# [source.tables.{name}]  # no file was found"]
                lines += comment(f"needs {needs}; may hold {more}")
        lines += ["", "# What each [source.tables.<table>] may say, with its default:"]
        return lines + [f"#   {line.removeprefix('# ')}" for line in keys(TableSource)]

    def _activity(self, churn: Mapping[str, object]) -> list[str]:
        """Suggest that what is given back is no activity, where quantities below 0 were seen."""
        usage = self.found.tables.get("usage")
        if churn["kind"] != "inactivity" or usage is None or "quantity" not in usage.match.columns:
            return []
        if not usage.match.look("quantity").negative:
            return []
        lines = comment("Some quantities of usage are below 0. If what is given back should not count as activity:")
        return [*lines, '# activity = { usage = "quantity > 0" }']

    def _reasons(self) -> list[str]:
        """List the values of the reasons, from which lists of [churn] are made."""
        lines = []
        for name, matched in self.found.tables.items():
            for column in ("end_reason", "reason"):
                if column in matched.match.columns:
                    values = sorted(matched.match.look(column).values)
                    if 0 < len(values) <= MOST_VALUES:
                        lines += comment(f"Values of {name}.{column}: {', '.join(values)}.")
        return lines
