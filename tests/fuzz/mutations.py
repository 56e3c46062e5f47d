"""What can happen to a company's tables: each mutation is a function from a frame to a frame, or to bytes."""

from collections.abc import Callable

import numpy as np
import pandas as pd

Random = np.random.Generator
Mutation = Callable[[pd.DataFrame, Random], pd.DataFrame]

MUTATIONS: dict[str, Mutation] = {}

DATES = (
    *(
        "0001-01-01",
        "9999-12-31",
        "20250-01-01",
        "1970-01-01",
        "2262-04-12",
        "1677-09-21",
        "2025-02-30",
        "0000-00-00",
    ),
    *(
        "2024-13-01",
        "12/31/2024",
        "31/12/2024",
        "20241231",
        "2024-12-31T23:59:60Z",
        "2024-06-01 12:00:00+14:00",
        "now",
    ),
    *("1735689600", "-1", "infinity", "-infinity", "epoch", "1800-01-01", "2199-12-31", "2200-01-01", "294247-01-10"),
)
NUMBERS = (
    *("nan", "inf", "-inf", "1e308", "-1e308", "1e309", "-1", "0", "-0.0", "5e-324", "99999999999999999999", "1,5"),
    *("1.234.567", "0x10", "1e", "--1", "12 EUR", "€5", "1 000", "9007199254740993", "NULL", "None", "#N/A", "1e17"),
)
TEXTS = (
    *("", " ", "\t", "\n", "x\ny", "x\r\ny", '"', "'", '"quoted"', "a,b;c|d\te", "=1+1", "@x", "\u202e", "\u200b"),
    *("\ufeff", "é", "e\u0301", "日本", "🙂", "<script>alert(1)</script>", "'; DROP TABLE usage; --", "NULL", "nan"),
    *("x" * 10_000, "\\", "\\N", "$HOME", "{0}", "%s", "\x1a", "\x07", "true", "0", "1e5", "a\x00b", "­"),
)


OTHER_TYPES = ("str", "float", "int", "bool", "category", "bytes", "list", "null")


def mutation(make: Mutation) -> Mutation:
    """Register a mutation under its own name."""
    MUTATIONS[make.__name__] = make
    return make


def _some_column(frame: pd.DataFrame, random: Random) -> str:
    return str(random.choice(frame.columns))


def _some_rows(frame: pd.DataFrame, random: Random) -> np.ndarray:
    """Choose one row, a few, most or all."""
    share = random.choice([0.0, 0.01, 0.04, 0.3, 1.0])
    rows = np.flatnonzero(random.random(len(frame)) < share)
    return rows if len(rows) or not len(frame) else np.array([int(random.integers(len(frame)))])


def _put(frame: pd.DataFrame, name: str, rows: np.ndarray, values: list[object]) -> pd.DataFrame:
    column = frame[name].astype(object).copy()
    column.iloc[rows] = pd.Series(values, dtype=object, index=column.index[rows])
    return frame.assign(**{name: column})


def _cells(frame: pd.DataFrame, random: Random, words: tuple[str, ...], names: list[str]) -> pd.DataFrame:
    name = str(random.choice(names or list(frame.columns)))
    rows = _some_rows(frame, random)
    same = random.random() < 0.5
    word = str(random.choice(words))
    return _put(frame, name, rows, [word if same else str(random.choice(words)) for _ in rows])


def _times(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if str(name).endswith("_at") or name in ("Beginn", "Ende", "Wann", "Tag")]


def _ids(frame: pd.DataFrame) -> list[str]:
    known = ("KdNr", "Kunde", "Vertrag", "Nummer")
    return [name for name in frame.columns if str(name).endswith("_id") or name in known]


def _numeric(frame: pd.DataFrame) -> list[str]:
    known = ("Preis", "Menge", "Monate")
    return [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name]) or name in known]


@mutation
def absurd_dates(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _cells(frame, random, DATES, _times(frame))


@mutation
def absurd_numbers(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _cells(frame, random, NUMBERS, _numeric(frame))


@mutation
def odd_texts(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _cells(frame, random, TEXTS, [])


@mutation
def odd_ids(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return _cells(frame, random, TEXTS + NUMBERS, _ids(frame))


@mutation
def typed_numbers(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """Numbers that are numbers, not texts of them: infinite, beyond every bound, negative."""
    name = str(random.choice(_numeric(frame) or list(frame.columns)))
    numbers = (float("nan"), float("inf"), -float("inf"), 1e308, -1e308, -5.0, 0.0, 1e16, 1e17, 5e-324)
    rows = _some_rows(frame, random)
    changed = _put(frame, name, rows, [float(random.choice(numbers)) for _ in rows])
    return changed.assign(**{name: pd.to_numeric(changed[name], errors="coerce")})


@mutation
def typed_dates(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """Times that are times: far ahead, far back, empty, or with a zone."""
    names = [name for name in _times(frame) if pd.api.types.is_datetime64_any_dtype(frame[name])]
    if not names:
        return absurd_dates(frame, random)
    name = str(random.choice(names))
    if random.random() < 0.2:
        return frame.assign(**{name: frame[name].dt.tz_localize("Europe/Berlin", ambiguous=True, nonexistent="NaT")})
    days = ("0001-01-01", "9999-12-31", "1700-01-01", "2024-12-31", "2025-01-02", "2025-01-03", "2199-01-01", "NaT")
    instants = [np.datetime64(day, "us") for day in days]
    column = frame[name].to_numpy().copy()
    rows = _some_rows(frame, random)
    column[rows] = [instants[random.integers(len(instants))] for _ in rows]
    return frame.assign(**{name: column})


@mutation
def other_type(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name, what = _some_column(frame, random), str(random.choice(list(OTHER_TYPES)))
    column = frame[name]
    if what == "str":
        column = column.astype(str)
    elif what in ("float", "int"):
        column = pd.to_numeric(column, errors="coerce")
        column = column.astype("float64") if what == "float" else column.fillna(7).clip(-1e15, 1e15).astype("int64")
    elif what == "bool":
        column = column.notna() & (random.random(len(frame)) < 0.5)
    elif what == "category":
        column = column.astype(str).astype("category")
    elif what == "bytes":
        column = column.map(lambda cell: str(cell).encode()).astype(object)
    elif what == "list":
        column = pd.Series([[str(cell)] for cell in column], index=frame.index, dtype=object)
    else:
        column = pd.Series([None] * len(frame), index=frame.index, dtype=object)
    return frame.assign(**{name: column})


@mutation
def ids_as_floats(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name = str(random.choice(_ids(frame) or list(frame.columns)))
    numbers = pd.to_numeric(frame[name], errors="coerce").astype("float64")
    return frame.assign(**{name: numbers if random.random() < 0.5 else numbers.map(lambda cell: f"{cell:.1f}")})


@mutation
def blank_ids(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name, rows = str(random.choice(_ids(frame) or list(frame.columns))), _some_rows(frame, random)
    pads = (" {}", "{} ", "\t{}", "\u00a0{}", "{}\n", "\u200b{}", "  ", "", "{}\x00", "０{}")
    pad = str(random.choice(pads))
    return _put(frame, name, rows, [pad.format(cell) for cell in frame[name].iloc[rows]])


@mutation
def swapped_columns(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """Two columns under each other's name."""
    one, other = _some_column(frame, random), _some_column(frame, random)
    return frame.rename(columns={one: other, other: one})


@mutation
def shuffled_columns(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame[list(random.permutation(list(frame.columns)))]


@mutation
def renamed_column(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name = _some_column(frame, random)
    odd = (
        "",
        " ",
        name.upper(),
        f" {name} ",
        f"{name}_2",
        "line",
        "file",
        "our_customer_id",
        "kept",
        "reason",
        "known_at",
    )
    odd += (
        "cutoff",
        "c0",
        "x;y",
        'a"b',
        "customer_id",
        "'; --",
        "日本",
        "churned",
        "x" * 300,
        "day",
        "rowid",
        "number",
    )
    return frame.rename(columns={name: str(random.choice(odd))})


@mutation
def dropped_column(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.drop(columns=_some_column(frame, random))


@mutation
def doubled_column(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """One more column, called as another is called, or nearly."""
    name = _some_column(frame, random)
    shown = str(random.choice([name, name.upper(), f"{name} ", "line", "score", "segment", "mrr", "rank", "status"]))
    more = frame[[name]].set_axis([shown], axis=1)
    return pd.concat([frame, more], axis=1)


@mutation
def doubled_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[_some_rows(frame, random)]], ignore_index=True)


@mutation
def contradicting_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """Rows that stand twice and differ in one column."""
    rows = frame.iloc[_some_rows(frame, random)].copy()
    name = _some_column(frame, random)
    rows[name] = random.permutation(frame[name].to_numpy())[: len(rows)]
    return pd.concat([frame, rows], ignore_index=True)


@mutation
def dropped_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.drop(index=frame.index[_some_rows(frame, random)])


@mutation
def no_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.iloc[:0]


@mutation
def one_row(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.sample(min(1, len(frame)), random_state=int(random.integers(1 << 30)))


@mutation
def shuffled_rows(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    return frame.iloc[random.permutation(len(frame))]


@mutation
def shuffled_cells(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name = _some_column(frame, random)
    return frame.assign(**{name: random.permutation(frame[name].to_numpy())})


@mutation
def emptied_cells(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    name, rows = _some_column(frame, random), _some_rows(frame, random)
    return _put(frame, name, rows, [None] * len(rows))


@mutation
def moved_in_time(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    """All times of one column some days or years earlier or later."""
    names = [name for name in _times(frame) if pd.api.types.is_datetime64_any_dtype(frame[name])]
    if not names:
        return shuffled_cells(frame, random)
    name = str(random.choice(names))
    days = int(random.choice([-36500, -400, -1, 1, 2, 40, 400, 36500]))
    return frame.assign(**{name: frame[name] + pd.Timedelta(days=days)})


# Bytes of a file.


def flipped(content: bytes, random: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(int(random.choice([1, 2, 10, 100]))):
        if changed:
            changed[int(random.integers(len(changed)))] ^= 1 << int(random.integers(8))
    return bytes(changed)


def cut_short(content: bytes, random: Random) -> bytes:
    return content[: int(random.integers(len(content) + 1))]


def emptied(content: bytes, random: Random) -> bytes:
    return bytes(
        [b"", b"\n", b" ", b"\xef\xbb\xbf", b"\x00" * 100, b"\n\n\n", b",", b"PAR1"][int(random.integers(8))] or b""
    )


def with_zeros(content: bytes, random: Random) -> bytes:
    place = int(random.integers(len(content) + 1))
    return content[:place] + b"\x00" * int(random.choice([1, 8])) + content[place:]


def in_another_encoding(content: bytes, random: Random) -> bytes:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return flipped(content, random)
    encoding = str(
        random.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-8-sig", "cp037"])
    )
    return text.encode(encoding, errors="replace")


def with_other_lines(content: bytes, random: Random) -> bytes:
    mark = [b"\r\n", b"\r", b"\n\n", b"\n\r", b"\x0b"][int(random.integers(5))]
    return content.replace(b"\n", mark)


def with_other_separators(content: bytes, random: Random) -> bytes:
    mark = [b";", b"\t", b"|", b" ", b",,", b":"][int(random.integers(6))]
    return content.replace(b",", mark)


def with_a_stray_mark(content: bytes, random: Random) -> bytes:
    place = int(random.integers(len(content) + 1))
    mark = [b'"', b",", b";", b"\n", b"'", b'""', b"\\", b"\xff", b"\xc3", b"\r"][int(random.integers(10))]
    return content[:place] + mark + content[place:]


def doubled_bytes(content: bytes, random: Random) -> bytes:
    return content + content


BYTES = {
    make.__name__: make
    for make in (
        *(flipped, cut_short, emptied, with_zeros, in_another_encoding, with_other_lines, with_other_separators),
        *(with_a_stray_mark, doubled_bytes),
    )
}
