"""The house: imports run downward, files stay small, and one file says what ends a subscription."""

import ast
from pathlib import Path

import pytest

import churnrisk

PACKAGE = Path(churnrisk.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

#: Rooms from the ground up: a file imports only from rooms before its own.
ROOMS = [
    "errors",
    "catalog",
    "timeline",
    "settings",
    "sources",
    "tables",
    "presence",
    "features",
    "labels",
    "snapshots",
    "modeling",
    "scoring",
    "history",
    "kpis",
    "retention",
    "monitoring",
    "delivery",
    "training",
    "flows",
    "bench",
    "terminal",
    "cli",
    "__main__",
]
HEIGHT = {name: height for height, name in enumerate(ROOMS)}

#: Who may name the columns that end a stay: their contract, the one reader, and who writes or maps them.
MAY_NAME_ENDS = {"tables/contracts.py", "presence/subscriptions.py", "tables/draft.py"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def rooms_imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[1] for name in node.names if name.name.startswith("churnrisk.")}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("churnrisk"):
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {name.name for name in node.names if name.name in HEIGHT}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path):
    if path.parent == PACKAGE and path.name == "__init__.py":
        assert not rooms_imported(path), "import churnrisk must stay light"
        return
    room = room_of(path)
    upward = {one for one in rooms_imported(path) - {room} if HEIGHT[one] >= HEIGHT[room]}
    assert not upward, f"{path.name} imports from {upward}"


def test_every_room_has_its_height():
    assert {room_of(path) for path in FILES} - {"__init__"} == set(ROOMS)


def test_only_one_file_reads_what_ends_a_subscription():
    readers = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = getattr(node, "attr", None) or (node.value if isinstance(node, ast.Constant) else None)
            if named in ("ended_at", "cancelled_at"):
                readers.add(path.relative_to(PACKAGE).as_posix())
    readers = {one for one in readers if not one.startswith("sources/sample/")}
    assert readers <= MAY_NAME_ENDS


def test_only_labels_and_whoever_lays_the_cutoffs_look_past_one():
    for path in FILES:
        if room_of(path) in ("features", "scoring", "modeling"):
            assert "labels" not in rooms_imported(path), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    if path.name == "churn_model.py":
        return  # a released model carries this one file and nothing else
    assert text.count("\n") <= 400, f"{path.name} has {text.count(chr(10))} lines: make it a folder"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 60, f"{path.name}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_drawer_for_odds_and_ends(path):
    assert path.stem not in ("utils", "helpers", "common", "misc")
