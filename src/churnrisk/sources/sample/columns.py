"""From days, minutes and numbers to the tables' own columns."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from churnrisk.sources.sample import rows, tables
from churnrisk.sources.sample.calendar import FIRST, NEVER, NONE
from churnrisk.sources.sample.company import PLANS, SIZES, Company

TIME = pa.timestamp("us")
TEXT = pa.string()
NUMBER = pa.float64()

SCHEMAS: dict[str, pa.Schema] = {
    name: pa.schema(columns)
    for name, columns in {
        "customers": [
            ("customer_id", TEXT),
            ("signed_up_at", TIME),
            ("name", TEXT),
            ("email", TEXT),
            ("region", TEXT),
            ("industry", TEXT),
            ("company_size", TEXT),
        ],
        "subscriptions": [
            ("subscription_id", TEXT),
            ("customer_id", TEXT),
            ("started_at", TIME),
            ("ended_at", TIME),
            ("cancelled_at", TIME),
            ("end_reason", TEXT),
            ("plan", TEXT),
            ("mrr", NUMBER),
            ("term_ends_at", TIME),
            ("auto_renew", pa.bool_()),
            ("auto_renew_off_at", TIME),
            ("is_trial", pa.bool_()),
        ],
        "usage": [("customer_id", TEXT), ("occurred_at", TIME), ("event", TEXT), ("quantity", NUMBER)],
        "invoices": [
            ("invoice_id", TEXT),
            ("customer_id", TEXT),
            ("issued_at", TIME),
            ("due_at", TIME),
            ("amount", NUMBER),
            ("paid_at", TIME),
            ("failed_at", TIME),
        ],
        "tickets": [
            ("ticket_id", TEXT),
            ("customer_id", TEXT),
            ("opened_at", TIME),
            ("resolved_at", TIME),
            ("severity", TEXT),
            ("category", TEXT),
            ("satisfaction", NUMBER),
        ],
        "engagement": [
            ("customer_id", TEXT),
            ("occurred_at", TIME),
            ("action", TEXT),
            ("channel", TEXT),
            ("campaign", TEXT),
        ],
        "surveys": [("customer_id", TEXT), ("answered_at", TIME), ("kind", TEXT), ("score", NUMBER)],
        "offers": [
            ("customer_id", TEXT),
            ("offered_at", TIME),
            ("measure", TEXT),
            ("cost", NUMBER),
            ("arm", TEXT),
            ("accepted_at", TIME),
            ("ends_at", TIME),
        ],
        "truth": [("customer_id", TEXT), ("cutoff", TIME), ("churn_probability", NUMBER)],
    }.items()
}

#: Text of columns that hold numbers of names; -1 is none.
NAMES: dict[str, tuple[str, ...]] = {
    "event": tables.EVENTS,
    "action": tables.ACTIONS,
    "channel": ("mail", "web"),
    "campaign": tables.CAMPAIGNS,
    "severity": tables.SEVERITIES,
    "category": tables.CATEGORIES,
    "kind": ("nps", "csat"),
    "measure": tables.MEASURES,
    "arm": ("offered", "held_out"),
    "plan": PLANS,
    "end_reason": rows.REASONS,
}

REGIONS = ("north", "south", "east", "west")
INDUSTRIES = ("retail", "software", "health", "finance", "education", "media")
_FIRST_WORDS = ("Alder", "Birch", "Cedar", "Dover", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Juniper", "Kestrel")
_LAST_WORDS = ("Works", "Labs", "Trading", "Systems", "Studio", "Partners", "Foods", "Logistics", "Media", "Health")


def whole_seconds(schema: pa.Schema) -> pa.Schema:
    """Give a schema whose times have no fractions, which read better in text.

    Examples
    --------
    >>> whole_seconds(SCHEMAS["surveys"]).field("answered_at").type
    TimestampType(timestamp[s])
    """
    return pa.schema([field.with_type(pa.timestamp("s")) if field.type == TIME else field for field in schema])


def ids(letter: str, numbers: np.ndarray, width: int = 7) -> pa.Array:
    """Write numbers as ids.

    Examples
    --------
    >>> ids("C", np.array([12])).to_pylist()
    ['C0000012']
    """
    text = pc.utf8_lpad(pa.array(numbers.astype(np.int64)).cast(TEXT), width, "0")
    return pc.binary_join_element_wise(pa.scalar(letter), text, "")


def times(minutes: np.ndarray) -> pa.Array:
    """Write minutes, counted from the first day, as instants; ``NONE`` and ``NEVER`` are empty.

    Examples
    --------
    >>> [str(time) for time in times(np.array([0, 90, NONE])).to_pylist()]
    ['2023-07-01 00:00:00', '2023-07-01 01:30:00', 'None']
    """
    empty = (minutes == NONE) | (minutes == NEVER)
    begin = np.datetime64(FIRST, "us").astype(np.int64)
    micros = begin + np.where(empty, 0, minutes).astype(np.int64) * 60_000_000
    return pa.array(micros, mask=empty).cast(TIME)


def named(numbers: np.ndarray, names: tuple[str, ...]) -> pa.Array:
    """Write numbers of names as names; -1 is empty.

    Examples
    --------
    >>> named(np.array([1, -1]), ("low", "high")).to_pylist()
    ['high', None]
    """
    places = pa.array(numbers.astype(np.int8), mask=numbers < 0)
    return pa.DictionaryArray.from_arrays(places, pa.array(names, TEXT))


def table(name: str, columns: dict[str, np.ndarray], *, first_id: int = 0) -> pa.Table:
    """Make one table of what the simulation gave.

    Parameters
    ----------
    first_id
        Rows that the table already has; ids of invoices and tickets count on from it.
    """
    filled: dict[str, pa.Array] = {}
    for field in SCHEMAS[name]:
        if field.name == "customer_id":
            filled[field.name] = ids("C", columns["customer"])
        elif field.name in ("invoice_id", "ticket_id"):
            rows_here = np.arange(first_id, first_id + len(columns["customer"]))
            filled[field.name] = ids(field.name[0].upper(), rows_here, 8)
        elif field.name in NAMES:
            filled[field.name] = named(columns[field.name], NAMES[field.name]).cast(TEXT)
        elif field.type == TIME:
            filled[field.name] = times(columns[field.name])
        else:
            filled[field.name] = pa.array(columns[field.name], field.type, from_pandas=True)
    return pa.table(filled, schema=SCHEMAS[name])


def customers(company: Company, until: int, rng: np.random.Generator) -> pa.Table:
    """Make the table of customers that begin before a day."""
    who = np.flatnonzero(company.first_service < until)
    number = company.number[who]
    words = [f"{_FIRST_WORDS[a]} {_LAST_WORDS[b]}" for a, b in _word_pairs(len(who), rng)]
    names = [f"{word} {code}" for word, code in zip(words, number, strict=True)]
    mails = [
        f"office@{word.replace(' ', '-').lower()}-{code}.example" for word, code in zip(words, number, strict=True)
    ]
    columns = [
        ids("C", number),
        times(company.first_service[who] * tables.MINUTES),
        pa.array(names, TEXT),
        pa.array(mails, TEXT),
        named(rng.integers(0, len(REGIONS), len(who)), REGIONS).cast(TEXT),
        named(rng.integers(0, len(INDUSTRIES), len(who)), INDUSTRIES).cast(TEXT),
        named(company.size[who], SIZES).cast(TEXT),
    ]
    return pa.table(columns, schema=SCHEMAS["customers"])


def _word_pairs(count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    drawn = zip(rng.integers(0, len(_FIRST_WORDS), count), rng.integers(0, len(_LAST_WORDS), count), strict=True)
    return [(int(a), int(b)) for a, b in drawn]


def subscriptions(columns: dict[str, np.ndarray]) -> pa.Table:
    """Make the table of subscriptions."""

    def day(name: str) -> pa.Array:
        days = columns[name].astype(np.int64)
        known = (days != NONE) & (days != NEVER)
        return times(np.where(known, days * tables.MINUTES, NONE))

    numbers = ids("S", columns["customer"].astype(np.int64) * 100 + columns["stay"].astype(np.int64), 9)
    filled = {
        "subscription_id": numbers,
        "customer_id": ids("C", columns["customer"]),
        "started_at": day("started"),
        "ended_at": day("ended"),
        "cancelled_at": day("cancelled"),
        "end_reason": named(columns["reason"], rows.REASONS).cast(TEXT),
        "plan": named(columns["plan"], PLANS).cast(TEXT),
        "mrr": pa.array(columns["mrr"].astype(float)),
        "term_ends_at": day("term_end"),
        "auto_renew": pa.array(columns["auto_renew"].astype(bool)),
        "auto_renew_off_at": day("renewal_off"),
        "is_trial": pa.array(columns["trial"].astype(bool)),
    }
    return pa.table(filled, schema=SCHEMAS["subscriptions"])
