"""What can happen to a pipeline's TOML: values of another kind, lines lost or twice, expressions that want more."""

import numpy as np

Random = np.random.Generator

VALUES = (
    *('""', '" "', '"x"', "0", "-1", "1e400", "nan", "-inf", "99999999999999999999", "true", "[]", "[[]]", "{}"),
    *("2024-01-01", "9999-12-31", "0001-01-01", "12:00:00", "1979-05-27T07:32:00-08:00", '["a", "b"]', "{ a = 1 }"),
    *('"\\u0000"', '"\'; DROP TABLE usage; --"', '"*"', '"[a"', '"?.csv"', '"../data"', '"."', '"${NOT_SET}"', '"~"'),
    *("[0.5, 0.1]", "1.5", "[1, 2, 3]", '"Mars/Phobos"', '"2024-06-31"', '"usage"', '"data/usage.csv"', '"\\n"'),
    *("'''\na\n'''", "0x1F", "1_000", '"%Q"', '"日本"', '"' + "x" * 6000 + '"'),
)
EXPRESSIONS = (
    *("1 = 1", "1", "NULL", "customer_id", "nothing > 1", "customer_id > 1", "1/0 > 0", "quantity / 0", "TRUE", "''"),
    *("quantity > 0; DROP TABLE usage", "(SELECT 1)", "read_text('/etc/passwd') = ''", "getenv('HOME') = 'x'"),
    *(
        '"customer_id',
        "customer_id = '",
        "quantity >",
        "((((",
        "CAST(customer_id AS DOUBLE) > 0",
        "upper(customer_id)",
    ),
    *(
        "customer_id LIKE '%' || quantity",
        "x' OR '1'='1",
        "quantity > 0 -- all",
        "quantity /* */ > 0",
        "EXISTS (SELECT 1)",
    ),
    *("1e308 * 1e308 > 0", "date_trunc('century', occurred_at) > '2024-01-01'", "occurred_at > 'never'", "-quantity"),
    *(
        "repeat('x', 1000000000) = 'x'",
        "regexp_matches(customer_id, '(')",
        "quantity % 0 = 1",
        "quantity IN ()",
        "🙂 = 1",
    ),
)
KEYS = (
    *(
        "where",
        "derive.mrr",
        "derive.customer_id",
        "derive.quantity",
        "derive.started_at",
        "constants.mrr",
        "columns.mrr",
    ),
    *(
        "columns.customer_id",
        "none",
        "formats",
        "types.quantity",
        "encoding",
        "delimiter",
        "grain",
        "one_row_per",
        "sheet",
    ),
    *(
        "unique",
        "inclusive",
        "arrives_after_days",
        "fixed",
        "overwritten",
        "attributes",
        "decimal",
        "file",
        "lookup",
        "parts",
    ),
)


def other_value(text: str, random: Random) -> str:
    """Put another value behind one of the keys."""
    lines = text.split("\n")
    places = [place for place in _free(lines) if " = " in lines[place]]
    place = int(random.choice(places))
    key = lines[place].split(" = ")[0]
    lines[place] = f"{key} = {random.choice(VALUES)}"
    return "\n".join(lines)


def other_characters(text: str, random: Random) -> str:
    """Change, lose or add some characters."""
    start = text.index("\n", text.index("cards ="))
    for _ in range(int(random.choice([1, 1, 3]))):
        place = int(random.integers(start, len(text)))
        mark = ["", '"', "=", "[", "]", ".", "\n", "0", "-", "é", "\x00", "#", "\t", "'"][int(random.integers(14))]
        text = text[:place] + mark + text[place + int(random.integers(2)) :]
    return text


def lost_line(text: str, random: Random) -> str:
    """Leave a line out."""
    lines = text.split("\n")
    del lines[int(random.choice(_free(lines)))]
    return "\n".join(lines)


def doubled_line(text: str, random: Random) -> str:
    """Write a line twice, the second time somewhere else."""
    lines = text.split("\n")
    free = _free(lines)
    lines.insert(int(random.choice(free)), lines[int(random.choice(free))])
    return "\n".join(lines)


def an_expression(text: str, random: Random) -> str:
    """Ask for a filter or a derived column that cannot be, or wants more than it may."""
    return _with_key(text, random, f'"""{random.choice(EXPRESSIONS)} """'.replace("\\", "\\\\"))


def a_key(text: str, random: Random) -> str:
    """Say something more of a table."""
    return _with_key(text, random, str(random.choice(VALUES)))


def _with_key(text: str, random: Random, value: str) -> str:
    table = str(random.choice(["usage", "subscriptions", "customers", "tickets"]))
    heading = f"[source.tables.{table}]"
    key = str(random.choice(KEYS[:5] if value.startswith('"""') else KEYS))
    line = f"{heading}\n{key} = {value}"
    return text.replace(heading, line, 1) if heading in text else f"{text}\n{line}\n"


def _free(lines: list[str]) -> list[int]:
    """Give the lines that may change: not where the run is written, and under which name."""
    return [
        place
        for place, line in enumerate(lines)
        if line and not line.startswith(("name =", "out =", "cards =", "threads"))
    ]


TOML = {
    make.__name__: make for make in (other_value, other_characters, lost_line, doubled_line, an_expression, a_key)
}
