"""Where lists go: files, a database, a webhook, two customer systems. No secret stands here, only where one is."""

import builtins
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, model_validator

from churnrisk.catalog import did_you_mean
from churnrisk.settings.base import Settings
from churnrisk.settings.kpis import WebhookSettings

#: The lists that can be handed over: whom to contact today, everybody at risk, everybody scored.
HandedOver = Literal["today", "at_risk", "scores"]
Form = Literal["csv", "xlsx", "parquet"]
#: The lists that [delivery] formats speaks of.
IN_MORE_FORMS = ("today", "at_risk", "leaving", "lost")

#: Columns of the lists, besides [list] display and the probabilities of further horizons.
COLUMNS = (
    *("pipeline", "run", "cutoff", "horizon_days", "model_version", "rank", "customer_id", "segment", "status"),
    *(
        "churn_probability",
        "score",
        "mrr",
        "expected_loss",
        "reason_1",
        "reason_2",
        "reason_3",
        "driver_1",
        "driver_2",
    ),
    *("driver_3", "best_change", "best_change_probability", "action", "previous_probability", "change"),
    *("change_reason", "nights_on_list", "new_tonight", "owner", "due", "last_contact_at"),
)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_FILLED = re.compile(r"\$\{\w+\}")
_FIELD = re.compile(r"[A-Za-z][\w.]*", re.ASCII)
_SECRET_WORD = re.compile(r"token|secret|password|passwd|signature|\bsig\b|api.?key|\bkey\b", re.I)


class _Place(Settings):
    """What every place has in common: keys that end in ``_from`` name a variable, and addresses hold no secret."""

    @model_validator(mode="after")
    def _keeps_no_secret(self) -> "_Place":
        for name in type(self).model_fields:
            told = getattr(self, name)
            if name.endswith("_from") and told is not None and not _VARIABLE.fullmatch(told):
                raise ValueError(
                    f"{name} is the name of an environment variable, such as {name.removesuffix('_from').upper()}, "
                    "and what stands there is none. Put the secret itself into the environment, never here"
                )
            if name == "url" and told is not None and holds_secret(told):
                raise ValueError(
                    "the url holds a secret. Put it into the environment and write ${NAME} in its place, "
                    "or leave it out and use a key that ends in _from"
                )
        return self


def holds_secret(url: str) -> bool:
    """Say whether an address holds a password or a token that is not taken from the environment.

    Examples
    --------
    >>> holds_secret("postgresql://me:${PGPASSWORD}@db/company"), holds_secret("postgresql://me:hidden@db/company")
    (False, True)
    >>> holds_secret("https://example.com/in?token=abc"), holds_secret("https://example.com/in?list=today")
    (True, False)
    """
    address = _FILLED.sub("", url)
    before, at, _ = address.partition("://")[2].partition("?")[0].rpartition("@")
    if at and before.partition(":")[2]:
        return True
    try:
        asked = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        return True
    return any(told and _SECRET_WORD.search(name) for name, told in asked)


def _each_once(forms: Any) -> Any:
    return list(dict.fromkeys(forms)) if isinstance(forms, list) else forms


class DatabasePlace(_Place):
    """A table of a database, SQLite or PostgreSQL; every night is one transaction."""

    url: str | None = None
    """The address, as postgresql://churn@host/company or sqlite:///lists.db; ${NAME} comes from the environment."""
    url_from: str | None = None
    """Instead: the environment variable that holds the whole address."""
    password_from: str | None = None
    """The environment variable with the password, if the address has none."""
    tables: Annotated[dict[HandedOver, str], Field(min_length=1)] = {"today": "churn_today"}
    """List = the table that takes it; it is made if it is not there."""
    in_schema: str | None = None
    """The schema of the tables; by default the database's own."""
    key: list[str] = []
    """Columns by which a row is known again; by default customer_id and, where there is one, cutoff."""
    add_columns: bool = True
    """Whether columns that a table does not have are added to it; else the night is refused there."""
    timeout_seconds: PositiveFloat = 30
    """Seconds to wait for the database, and for others who hold the table."""

    @model_validator(mode="after")
    def _one_address(self) -> "DatabasePlace":
        if (self.url is None) == (self.url_from is None):
            raise ValueError('give either url or url_from, as in url = "sqlite:///lists.db"')
        return self


class WebhookPlace(_Place, WebhookSettings):
    """An address that takes rows as signed JSON messages."""

    list: HandedOver = "today"
    """The list that is posted."""
    rows_a_message: Annotated[int, Field(ge=1, le=10_000)] = 500
    """At most so many rows in one message."""


class SalesforcePlace(_Place):
    """An object of Salesforce whose records are found by an external id and written by Bulk API 2.0."""

    url: str
    """The company's own domain, as https://acme.my.salesforce.com."""
    object: str = "Account"
    """The object that is written."""
    external_id: str
    """Its field that holds the customer_id, marked as external id in Salesforce."""
    fields: Annotated[dict[str, str], Field(min_length=1)]
    """Field = column of the list, as "Churn_Probability__c" = "churn_probability"."""
    percent: builtins.list[str] = []
    """Fields of Salesforce's type Percent: 0.25 is sent as 25."""
    list: HandedOver = "scores"
    """The list that is sent; scores holds everybody, with empty reasons for those who are not at risk."""
    key_from: str = "SALESFORCE_CONSUMER_KEY"
    """The environment variable with the consumer key of the connected app."""
    secret_from: str = "SALESFORCE_CONSUMER_SECRET"
    """The environment variable with its consumer secret."""
    version: Annotated[str, Field(pattern=r"^\d{2,3}\.0$")] = "62.0"
    """Version of the API."""
    rows_a_job: Annotated[int, Field(ge=1, le=150_000)] = 100_000
    """At most so many records in one job."""
    attempts: PositiveInt = 5
    """Tries of each request before it is given up."""
    timeout_seconds: PositiveFloat = 60
    """Seconds to wait for each answer."""
    wait_minutes: PositiveFloat = 60
    """Minutes to wait for a job."""

    @model_validator(mode="after")
    def _fields_can_be(self) -> "SalesforcePlace":
        _names_can_be([*self.fields, self.external_id], "fields", self.external_id)
        for name in self.percent:
            if name not in self.fields:
                raise ValueError(f"percent names {name!r}, which fields does not. {did_you_mean(name, self.fields)}")
        return self


class HubspotPlace(_Place):
    """Companies or contacts of HubSpot, found by a property with unique values and updated in batches."""

    object: Literal["companies", "contacts"] = "companies"
    """What a customer is in HubSpot."""
    id_property: str
    """The property that holds the customer_id, with unique values; hs_object_id is HubSpot's own record id."""
    properties: Annotated[dict[str, str], Field(min_length=1)]
    """Property = column of the list, as churn_probability = "churn_probability"."""
    list: HandedOver = "scores"
    """The list that is sent; scores holds everybody, with empty reasons for those who are not at risk."""
    token_from: str = "HUBSPOT_TOKEN"
    """The environment variable with the token of a private app."""
    url: str = "https://api.hubapi.com"
    """Where HubSpot is."""
    rows_a_batch: Annotated[int, Field(ge=1, le=100)] = 100
    """At most so many records in one request; HubSpot takes 100."""
    attempts: PositiveInt = 5
    """Tries of each request before it is given up."""
    timeout_seconds: PositiveFloat = 30
    """Seconds to wait for each answer."""

    @model_validator(mode="after")
    def _properties_can_be(self) -> "HubspotPlace":
        _names_can_be([*self.properties, self.id_property], "properties", self.id_property)
        return self


def _names_can_be(names: Iterable[str], key: str, known_by: str) -> None:
    told = [*names]
    wrong = [name for name in told if not _FIELD.fullmatch(name)]
    if wrong:
        raise ValueError(f"{key} names {wrong[0]!r}, and a name there has letters, digits and _ only")
    if told.count(known_by) > 1:
        raise ValueError(f"{key} writes {known_by}, by which records are found. Leave it out of {key}")


class DeliverySettings(Settings):
    """Where the lists of a night go, beside the run's own folder."""

    formats: Annotated[list[Form], BeforeValidator(_each_once)] = []
    """Forms in which today, at_risk, leaving and lost are written, too: xlsx, parquet; CSV is always there."""
    database: DatabasePlace | None = None
    """Write lists into a database: [delivery.database] url = "…"."""
    webhook: WebhookPlace | None = None
    """Post a list to an address: [delivery.webhook] url = "https://…"."""
    salesforce: SalesforcePlace | None = None
    """Write into Salesforce: [delivery.salesforce] url, external_id, fields."""
    hubspot: HubspotPlace | None = None
    """Write into HubSpot: [delivery.hubspot] id_property, properties."""

    def unknown_columns(self, more: Iterable[str] = ()) -> list[str]:
        """Say of every column that a mapping names and no list has which one was probably meant.

        Parameters
        ----------
        more
            Columns that the lists of this pipeline have besides the usual ones.
        """
        known = {*COLUMNS, *more}
        told = {} if self.salesforce is None else {"salesforce.fields": self.salesforce.fields}
        told |= {} if self.hubspot is None else {"hubspot.properties": self.hubspot.properties}
        asked = [(f"{place}.{name}", column) for place, names in told.items() for name, column in names.items()]
        asked += [] if self.database is None else [("database.key", column) for column in self.database.key]
        return [
            f"delivery.{where} names {column!r}, which is no column of a list. {did_you_mean(column, known)}"
            for where, column in asked
            if column not in known
        ]
