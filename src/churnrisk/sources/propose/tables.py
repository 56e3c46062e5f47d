"""Which file is which table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis.expr.datatypes as dt

from churnrisk.sources.engine import Engine
from churnrisk.sources.propose.look import FileLook, as_id
from churnrisk.sources.propose.match import KEY_LIKE, Match, Table, match
from churnrisk.sources.propose.names import Words, parts

#: Tables on which churn can stand, and whose customers the others are held against.
ANCHORS = ("subscriptions", "usage", "churn_events", "customers")


@dataclass(frozen=True)
class Matched:
    """A table and the files that fill it.

    Parameters
    ----------
    match
        How the first of its files fills it; the others have the same columns.
    files
        Their names, or one glob.
    """

    match: Match
    files: tuple[FileLook, ...]

    @property
    def file_names(self) -> str | list[str]:
        """What stands behind ``file =``."""
        names = [file.path.name for file in self.files]
        return names[0] if len(names) == 1 else names


@dataclass
class Found:
    """Which file is which table, and what was not found.

    Parameters
    ----------
    tables
        Table = what fills it.
    unmatched
        File = why it is no table.
    """

    tables: dict[str, Matched] = field(default_factory=dict)
    unmatched: dict[str, str] = field(default_factory=dict)


def find_tables(files: Sequence[FileLook], tables: Mapping[str, Table], engine: Engine) -> Found:
    """Give each file to the table that it fills best, and each table the files that fill it best."""
    words = Words.known()
    groups = _alike(files)
    matches = [(group, match(group[0], table, words)) for group in groups for table in tables.values()]
    plausible = [(group, one) for group, one in matches if one.is_whole and _plausible(one, words)]
    plausible.sort(key=lambda pair: (-pair[1].score, pair[1].file.label, pair[1].table.name))
    found = Found()
    done: set[str] = set()
    for group, one in plausible:
        if one.table.name not in found.tables and one.file.label not in done:
            found.tables[one.table.name] = Matched(one, group)
            done.add(one.file.label)
    _customers_with_ends(found, plausible, words)
    _strangers(found, engine)
    used = {file.label for matched in found.tables.values() for file in matched.files}
    for group in groups:
        if group[0].label not in used and group[0].label not in found.unmatched:
            label = ", ".join(file.label for file in group)
            mine = [one for _, one in matches if one.file is group[0]]
            found.unmatched[label] = _why(mine, found, words)
    found.tables = {name: found.tables[name] for name in tables if name in found.tables}
    return found


def ids_of(engine: Engine, one: Match, column: str) -> set[str]:
    """Give all different ids in one of our columns."""
    value = one.file.raw[one.columns[column]]
    text = value if value.type().is_string() else value.cast(dt.string)
    found = engine.rows(text.name("id").as_table().distinct())["id"].dropna()
    return {as_id(str(text)) for text in found}


def _alike(files: Sequence[FileLook]) -> list[tuple[FileLook, ...]]:
    """Lay together files that differ by numbers in their names only: one for each month, or each country's part."""
    groups: dict[str, list[FileLook]] = {}
    for file in files:
        stem = tuple(part for part in parts(file.path.name.split(".")[0]) if part.strip("0123456789"))
        key = (stem, file.path.suffixes[-1:], file.sheet, file.encoding, tuple(sorted(file.columns)))
        groups.setdefault(str(key), []).append(file)
    return [tuple(group) for group in groups.values()]


def _plausible(one: Match, words: Words) -> bool:
    """Tell whether a file that could fill a table also looks like it."""
    name = one.table.name
    key = one.look("customer_id") if "customer_id" in one.columns else None
    if name == "customers":
        known = one.name_score > 0 or ("signed_up_at" in one.columns and not words.speaks_of(one.file.path.name))
        return known and key is not None and key.distinct >= KEY_LIKE
    if name == "subscriptions" and one.borrowed:
        return one.name_score > 0 or any(end in one.columns for end in words.meaning("ends"))
    if name == "usage":
        more = {"event", "quantity", "amount"} & set(one.columns)
        return one.name_score > 0 or (key is not None and key.distinct < KEY_LIKE and bool(more))
    return True


def _customers_with_ends(found: Found, plausible: Sequence[tuple[tuple[FileLook, ...], Match]], words: Words) -> None:
    """Let one list of customers with their starts and ends be both customers and subscriptions."""
    other = {"customers": "subscriptions", "subscriptions": "customers"}
    there = [name for name in other if name in found.tables]
    if len(there) != 1:
        return
    file = found.tables[there[0]].match.file
    for group, one in plausible:
        has_ends = any(end in one.columns for end in words.meaning("ends"))
        rows_of_customers = has_ends or found.tables[there[0]].match.borrowed
        if one.file is file and one.table.name == other[there[0]] and rows_of_customers:
            found.tables[one.table.name] = Matched(one, group)
            return


def _strangers(found: Found, engine: Engine) -> None:
    """Take out tables that share no customer with the table on which churn stands."""
    anchor = next((name for name in ANCHORS if name in found.tables), None)
    if anchor is None:
        return
    ids: dict[str, set[str]] = {}
    for name in [name for name in found.tables if name != anchor]:
        one = found.tables[name].match
        column = "customer_id" if "customer_id" in one.columns else "subscription_id"
        if column not in found.tables[anchor].match.columns:
            theirs: set[str] = set()
        else:
            if column not in ids:
                ids[column] = ids_of(engine, found.tables[anchor].match, column)
            theirs = ids[column]
        if one.look(column).values & theirs or ids_of(engine, one, column) & theirs:
            continue
        label = ", ".join(file.label for file in found.tables[name].files)
        del found.tables[name]
        found.unmatched[label] = (
            f"it could fill {name}, but no value of {one.columns[column]} stands in {anchor} "
            f"({found.tables[anchor].match.columns.get(column, column)})."
        )


def _why(matches: Sequence[Match], found: Found, words: Words) -> str:
    """Say why a file fills no table."""
    file = matches[0].file
    whole = [one for one in matches if one.is_whole and _plausible(one, words)]
    best = max(whole or matches, key=lambda one: (one.name_score > 0, one.score - 2.0 * len(one.missing)))
    if whole:
        name = best.table.name
        other = found.tables[name].match.file.label if name in found.tables else "another file"
        return (
            f"it could fill {name}, which {other} fills. If both belong to it, give them as parts: "
            f"[[source.tables.{name}.parts]]."
        )
    times = [name for name, look in file.columns.items() if "time" in look.kinds and "number" not in look.kinds]
    if not times and best.name_score == 0:
        return (
            "it holds no column of dates, and no table can do without. If it holds one row a customer and says who "
            'left, it is a flat source: [source] kind = "flat", file = …, label = ….'
        )
    if best.is_whole:
        return f"its columns could be {best.table.name}, but neither its name nor its values speak for it."
    lacks = "; ".join(_lack(one, candidates) for one, candidates in best.missing.items())
    return f"nearest is {best.table.name}, but it lacks {lacks}."


def _lack(column: str, candidates: Sequence[str]) -> str:
    return column + (f" (could be {', '.join(candidates)})" if candidates else " (no column could be it)")
