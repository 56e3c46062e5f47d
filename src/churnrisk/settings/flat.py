"""A flat source: one row a customer with a label column, and no times."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from churnrisk.errors import RefusedError
from churnrisk.settings.base import Settings
from churnrisk.settings.source import FilePart, SourceSettings

#: The two forms that the settings of a source can have.
KINDS = ("a source of tables", "a flat source")
#: Keys that mean nothing here = why.
MEAN_NOTHING = {
    "tables": "a flat source is one file",
    "complete_to": "a flat source has no times",
    "observed_from": "a flat source has no times",
    "columns": "a flat source keeps the file's own names (customer_id, label and mrr name columns)",
    "constants": "what is the same for all customers tells none apart",
}


class FlatSource(FilePart, SourceSettings):
    """The file that holds one row a customer, and its label."""

    kind: Literal["flat"] = "flat"
    """One row a customer with a label column."""
    customer_id: str | None = None
    """The column that names the customer; without it the number of the row does."""
    label: str = ""
    """The column that says who left."""
    churned_value: str | int | float | bool | None = None
    """The label's value of those who left; needed unless it is yes/no, true/false or 1/0."""
    attributes: list[str] = []
    """The columns to look at; empty means all."""
    mrr: str | None = None
    """The column with a customer's monthly revenue; the list then ranks by the money at stake."""
    exclude: list[str] = []
    """Columns that no model may read."""
    allow: list[str] = []
    """Columns that a model may read although a finding speaks against them."""

    @property
    def definition(self) -> dict[str, Any]:
        """What churn is here, as plain data; a model serves only the one it was trained for."""
        return {"kind": self.kind, "label": self.label, "churned_value": self.churned_value}

    @model_validator(mode="after")
    def _says_nothing_else(self) -> "FlatSource":
        for name, why in MEAN_NOTHING.items():
            if name in self.model_fields_set:
                raise ValueError(f"{name} means nothing here: {why}. Leave it out")
        both = sorted({*self.exclude} & {*self.allow})
        if both:
            raise ValueError(f"{', '.join(both)} stands in exclude and in allow. Decide for one")
        return self


class ValidationSettings(Settings):
    """How the models of a flat source are judged: by stratified cross-validation."""

    folds: Annotated[int, Field(ge=2)] = 5
    """Parts of the rows; each is judged by models that the others fitted."""
    seed: int = 1
    """Seed of the shuffle before the rows are parted."""


def kind_of_source(given: Any) -> str:
    """Say which form the settings of a source have.

    Examples
    --------
    >>> kind_of_source({"kind": "flat"}), kind_of_source({})
    ('a flat source', 'a source of tables')
    """
    kind = given.get("kind") if isinstance(given, dict) else getattr(given, "kind", None)
    return KINDS[kind == "flat"]


def needs_time(what: str, source: SourceSettings) -> None:
    """Refuse what needs times where the source is flat.

    Parameters
    ----------
    what
        What was asked for, to begin the sentence with.

    Raises
    ------
    RefusedError
        When the source is flat.

    Examples
    --------
    >>> needs_time("A backtest", SourceSettings())
    >>> needs_time("A backtest", FlatSource(label="Churn"))
    Traceback (most recent call last):
    ...
    churnrisk.errors.RefusedError: A backtest needs to know what was when, and this pipeline's source is flat: one \
row a customer, without times. Map tables with times: [source.tables.<table>].
    """
    if isinstance(source, FlatSource):
        raise RefusedError(
            f"{what} needs to know what was when, and this pipeline's source is flat: one row a customer, without "
            "times. Map tables with times: [source.tables.<table>]."
        )
