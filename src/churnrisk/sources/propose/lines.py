"""A matched table as the lines of a TOML, and what someone should look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

import ibis.expr.types as ir

from churnrisk.settings.written import comment, one_line, toml_value
from churnrisk.sources.engine import Engine
from churnrisk.sources.propose.look import ColumnLook
from churnrisk.sources.propose.match import Match, Wanted
from churnrisk.sources.propose.names import SAME, Words, likeness
from churnrisk.sources.propose.tables import Matched

#: More rows than this without a value in a required column are left out by ``where``.
SOME_EMPTY = 0.04
#: More rows than this that repeat a key are lines of one thing.
SOME_REPEATED = 0.01


@dataclass
class Written:
    """Lines of a TOML with what is to be told beside them.

    Parameters
    ----------
    lines
        The section of one table.
    notes
        What was decided and why, a sentence each.
    choices
        What someone must decide before the table can be read.
    """

    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)


def written_table(matched: Matched, opens: Mapping[str, Sequence[str]], engine: Engine) -> Written:
    """Write the section of one table.

    Parameters
    ----------
    opens
        Column without a history = the signals that it would switch on if it never changed.
    """
    one = matched.match
    out = Written()
    rows = sum(file.rows for file in matched.files)
    out.lines += [f"[source.tables.{one.table.name}]", *comment(f"{rows:,} rows.")]
    out.lines.append(f"file = {toml_value(_file_names(matched))}")
    _how_it_is_read(one, out)
    for ours, theirs in one.columns.items():
        out.lines.append(f"columns.{ours} = {toml_value(theirs)}  # {_meaning(one, ours)}")
    _formats(one, out)
    _nones(one, out)
    _rows_left_out(one, out)
    _repeated(one, engine, out)
    _suggestions(one, opens, out)
    _not_used(one, out)
    return out


def _file_names(matched: Matched) -> str | list[str]:
    """Give a glob where it means just these files, else their names."""
    names = [file.path.name for file in matched.files]
    if len(names) == 1:
        return names[0]
    start = _shared(names).rstrip("0123456789")
    end = _shared([name[::-1] for name in names])[::-1].lstrip("0123456789")
    here = sorted(path.name for path in matched.files[0].path.parent.iterdir())
    pattern = f"{start}*{end}"
    return pattern if [name for name in here if fnmatch(name, pattern)] == sorted(names) else names


def _shared(names: Sequence[str]) -> str:
    """Give the beginning that all names have."""
    first, last = min(names), max(names)
    length = next((place for place, mark in enumerate(first) if mark != last[place : place + 1]), len(first))
    return first[:length]


def _how_it_is_read(one: Match, out: Written) -> None:
    file = one.file
    if file.sheet:
        out.lines.append(f"sheet = {toml_value(file.sheet)}")
    if file.encoding:
        out.lines.append(f"encoding = {toml_value(file.encoding)}  # it is not UTF-8; look whether names read well")
        out.notes.append(
            f"{file.label} is not UTF-8 and is read as {file.encoding}; look whether its names read well."
        )
    if file.raw.delimiter not in (None, ","):
        out.lines.append(f"delimiter = {toml_value(file.raw.delimiter)}")
    _decimal(one, out)


def _decimal(one: Match, out: Written) -> None:
    """Say which decimal mark is meant, where the reader could not tell or should not have to."""
    numbers = [one.look(name.name) for name in _columns(one) if name.type in ("number", "money")]
    points, commas = sum(look.points for look in numbers), sum(look.commas for look in numbers)
    unclear = [look for look in numbers if _is_unclear(look, one.file.raw.delimiter)]
    if commas and not points:
        out.lines.append('decimal = ","')
    elif points and not commas and unclear:
        out.lines.append('decimal = "."')
    elif unclear:
        which = f"{unclear[0].name} could be read in two ways, for instance {unclear[0].either!r}"
        out.lines += comment(f"TO DECIDE: {which}. Take the mark off one of these:")
        out.lines += ['# decimal = ","', '# decimal = "."']
        out.choices.append(f"{one.table.name}: {which}: say decimal.")


def _is_unclear(look: ColumnLook, delimiter: str | None) -> bool:
    return bool(look.either) and not look.points and not look.commas and ("," in look.either or delimiter == ";")


def _columns(one: Match) -> list[Wanted]:
    return [column for column in one.table.columns if column.name in one.columns]


def _meaning(one: Match, ours: str) -> str:
    column = next((column for column in one.table.columns if column.name == ours), None)
    if column is None:
        return "the customer is found through subscriptions"
    if ours == "subscription_id" and one.borrowed:
        return "the file has no id of its own for a subscription: the customer's stands for it"
    look = one.look(ours)
    sure = ", the only column that could be" if ours in one.guessed else ""
    shown = f", for example {look.example}" if column.type not in ("text", "bool") and look.example else ""
    return one_line(column.doc + sure + shown)


def _formats(one: Match, out: Written) -> None:
    for column in _columns(one):
        dates = one.look(column.name).dates
        if column.type != "time":
            continue
        if dates.choices:
            days = f"{column.name}: {one.columns[column.name]} could be read in {len(dates.choices)} ways"
            example = one.look(column.name).example
            out.lines += comment(f"TO DECIDE: {days}, for instance {example}. Take the mark off one of these:")
            out.lines += [f"# formats.{column.name} = {toml_value(pattern)}" for pattern in dates.choices]
            out.choices.append(f"{one.table.name}.{days}, for instance {example}: say formats.{column.name}.")
        elif dates.formats:
            formats = dates.formats[0] if len(dates.formats) == 1 else list(dates.formats)
            out.lines.append(f"formats.{column.name} = {toml_value(formats)}")


def _nones(one: Match, out: Written) -> None:
    for column in _columns(one):
        nones = one.look(column.name).nones
        if nones:
            out.lines.append(f"none.{column.name} = {toml_value(list(nones))}  # these stand for 'none'")


def _rows_left_out(one: Match, out: Written) -> None:
    """Leave out rows that name no customer, or have no time."""
    empty = {
        column.name: 1 - one.look(column.name).filled
        for column in _columns(one)
        if column.required and 1 - one.look(column.name).filled > SOME_EMPTY
    }
    if empty:
        names = dict.fromkeys(one.columns[name] for name in empty)
        where = " AND ".join(f"{_quoted(name)} IS NOT NULL" for name in names)
        told = ", ".join(f"{share:.0%} have no {name}" for name, share in empty.items())
        out.lines.append(f"where = {toml_value(where)}  # of the rows, {told}: they are left out")
        out.notes.append(f"{one.table.name}: of the rows, {told}; they are left out by where.")


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'


def _repeated(one: Match, engine: Engine, out: Written) -> None:
    """Fold lines of one invoice or ticket."""
    key = one.table.key[0] if len(one.table.key) == 1 else ""
    if key not in one.columns:
        return
    value: ir.Column = one.file.raw[one.columns[key]]
    counts = value.as_table().agg(filled=value.count(), different=value.nunique())
    filled, different = (int(count) for count in engine.rows(counts).iloc[0])
    repeated = 1 - different / max(1, filled)
    if repeated <= SOME_REPEATED:
        return
    if key == "customer_id":
        out.notes.append(
            f"{one.table.name}: {repeated:.0%} of the rows repeat a customer; one row a customer is needed."
        )
    out.lines.append(
        f"one_row_per = [{toml_value(key)}]  # {repeated:.0%} of the rows repeat it: they are folded into one"
    )


def _suggestions(one: Match, opens: Mapping[str, Sequence[str]], out: Written) -> None:
    closed = [name for name in one.table.no_history if name in one.columns]
    if closed:
        signals = list(dict.fromkeys(name for column in closed for name in opens.get(column, ())))
        out.lines += comment(
            "Columns without a history count as overwritten: they are shown, and no signal reads them. If these "
            "never change after the row is known" + (f", this switches on {', '.join(signals)}:" if signals else ":")
        )
        out.lines.append(f"# fixed = {toml_value(closed)}")
    ends = [end for end in Words.known().meaning("ends")[:1] if end in one.columns]
    if ends and one.look(ends[0]).kinds:
        out.lines += comment(f"If {one.columns[ends[0]]} names the last day of service, and not the day after it:")
        out.lines.append("# inclusive = true")
    _amount(one, out)


def _amount(one: Match, out: Written) -> None:
    """Suggest quantity times unit price, where a file holds both and no amount."""
    names = [column.name for column in one.table.columns]
    if "quantity" not in one.columns or "amount" in one.columns or "amount" not in names:
        return
    price = next((name for name in _unused(one) if _is_price(name)), None)
    if price is not None and "number" in one.file.columns[price].kinds:
        product = f"{_quoted(one.columns['quantity'])} * {_quoted(price)}"
        out.lines += ["# If the price is that of one piece:", f"# derive.amount = {toml_value(product)}"]


def _is_price(name: str) -> bool:
    return likeness(name, Words.known().meaning("unit_price")) > SAME - 0.1


def _unused(one: Match) -> list[str]:
    used = set(one.columns.values())
    return [name for name in one.file.columns if name not in used]


def _not_used(one: Match, out: Written) -> None:
    lacking = [f"{c.name} ({c.doc})" for c in one.table.columns if c.name not in one.columns]
    unused = _unused(one)
    if lacking:
        out.lines += comment(f"Not found: {'; '.join(lacking)}.")
    if unused and one.table.name == "customers":
        out.lines += comment(f"Carried along to be shown: {', '.join(unused)}.")
    elif unused:
        out.lines += comment(f"Columns of the file that are not used: {', '.join(unused)}.")
    for column in one.table.columns:
        if column.name in unused:
            text = f"{column.name}: the file's column of this name holds no {_KINDS[column.type]}; mend or rename it"
            out.lines += comment(f"TO DECIDE: {text}.")
            out.choices.append(f"{one.table.name}.{text}.")


_KINDS = {"time": "dates", "number": "numbers", "money": "amounts", "bool": "yes or no", "text": "text"}
