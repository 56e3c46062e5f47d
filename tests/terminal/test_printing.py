"""Names are shown as they are: none runs as markup, moves the cursor, or breaks the table that it stands in."""

import pytest

from churnrisk.terminal.printing import LONGEST, console, table

NAMES = [
    "[red]Acme[/red]",
    "[link=http://example.com]x[/link]",
    "[/]",
    ":warning:",
    '=HYPERLINK("http://example.com")',
    "<script>alert(1)</script>",
    "{name} %s \\ $x$",
]
UNSEEN = ["\x1b[2J", "\x1b]0;title\x07", "a\rb", "\u202eabc", "a\tb", "a\x08b", "a\u2028b"]


def printed(capsys, name: str) -> str:
    screen = console()
    screen.print(table([("customer", "<"), ("rank", ">")], [[name, "1"], ["last", "2"]]))
    screen.print(f"Note: {name}")
    return capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(capsys, name):
    assert printed(capsys, name).count(name) == 2


@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
def test_marks_that_move_the_cursor_or_turn_a_line_are_written_out(capsys, name):
    shown = printed(capsys, name)
    assert all(mark.isprintable() for line in shown.split("\n") for mark in line)
    assert shown.count(name.encode("unicode_escape").decode("ascii")) == 2


def test_a_name_with_several_lines_keeps_its_row(capsys):
    screen = console()
    screen.print(table([("customer", "<"), ("rank", ">")], [["a\nb", "1"], ["last", "2"]]))
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [["a\\nb", "1"], ["last", "2"]]


def test_a_name_without_end_is_cut(capsys):
    screen = console()
    screen.print(table([("customer", "<")], [["x" * 10_000]]))
    assert capsys.readouterr().out.count("x") == LONGEST - 1


def test_sentences_keep_their_lines(capsys):
    console().print("one\n\ntwo")
    assert capsys.readouterr().out == "one\n\ntwo\n"
