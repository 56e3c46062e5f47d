"""What the words say is so: commands, targets, settings, links, rooms, and the glossary."""

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from churnrisk.cli import app
from churnrisk.settings import load_settings

ROOT = Path(__file__).parent.parent
COMMANDS = get_command(app).commands
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.M)[1].split()

#: "Not" words of the glossary that also mean something else in a program, so that a name may hold them:
#: a table's contract, MLflow's client, datasets and artifacts, a link's target, a metric of a model, a tree's gain.
#: Gross and net revenue churn are the field's names of two key figures.
ORDINARY = {
    *("contract", "client", "dataset", "artifact", "target", "metric", "gain", "gap", "base", "history"),
    *("variable", "errors", "risk", "baseline", "revenue"),
}


def tracked() -> list[Path]:
    """List the files that git knows, or would know."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({ROOT / name for name in names if name and (ROOT / name).is_file()})


FILES = tracked()
PAGES = [path for path in FILES if path.suffix == ".md"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    """Give a text file's content; nothing for pictures."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def code_blocks(text: str) -> list[str]:
    """Give the lines that a reader may copy: fenced and indented code."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in fenced for line in block.splitlines()]
    lines += [line for line in text.splitlines() if line.startswith("    ")]
    return [line.strip().removeprefix("$ ") for line in lines]


def section(title: str) -> str:
    """Give the README's text under one heading."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.M | re.S)
    assert found, f"README.md has no section {title!r}"
    return found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example_that_it_would_take(name):
    help_text = COMMANDS[name].help or ""
    example = re.search(r"Example: churnrisk (.+)", help_text)
    assert example, f"churnrisk {name} --help has no example"
    words = shlex.split(example[1])
    assert words[0] == name
    COMMANDS[name].make_context(name, words[1:])  # ends with a fault where an option does not exist


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name):
    assert f"churnrisk {name}" in section("Commands")


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_stands_in_the_readme(target):
    assert target == "help" or f"make {target}" in README


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_says_what_it_does(target):
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.M)


def test_make_alone_prints_the_targets():
    printed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert all(re.search(rf"^ +make {target}\b", printed, re.M) for target in TARGETS), printed


def test_the_quick_start_goes_from_tables_to_a_list_to_tests():
    start = section("Quick start")
    assert all(f"make {target}" in start for target in ("train", "score", "test"))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_commands_and_options_that_a_page_shows_exist(path):
    for line in code_blocks(text_of(path)):
        found = re.match(r"churnrisk ([a-z][a-z-]*)(.*)", line)
        if found and found[1] in COMMANDS:
            known = {name for option in COMMANDS[found[1]].params for name in option.opts} | {"--help", "--debug"}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", found[2])) <= known, line
        elif found:
            raise AssertionError(f"{named(path)}: there is no command {found[1]!r}: {line}")
        target = re.match(r"make ([a-z][a-z-]*)", line)
        assert target is None or target[1] in TARGETS, line


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines").glob("*.toml")), ids=named)
def test_every_key_of_every_pipeline_is_known(path):
    assert load_settings(path).name == path.stem


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_links_lead_to_files_that_are_there(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        where, _, heading = link.partition("#")
        if re.match(r"[a-z]+:", where):
            continue
        page = path.parent / where if where else path
        assert page.exists(), f"{named(path)} links to {link}"
        if heading and page.suffix == ".md":
            titles = re.findall(r"^#+ (.+)$", text_of(page), re.M)
            known = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in known, f"{named(path)} links to {link}"


def test_the_rooms_that_contributing_names_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    places = re.findall(r"`((?:src|tests|pipelines)/[^`\s]*)`", text)
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists()] == []
    files = re.findall(r"`([\w/]+\.py)`", text)
    known = [named(path) for path in FILES]
    assert [name for name in files if not any(path.endswith(name) for path in known)] == []


def glossary() -> list[list[str]]:
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return rows[1:]


def test_the_glossary_has_a_meaning_for_each_word():
    rows = glossary()
    assert len(rows) > 20
    assert all(len(row) == 3 and row[0] and row[1] for row in rows)


def unwanted() -> set[str]:
    """Give the words that code should not use, written as names are."""
    words = {re.sub(r"\W+", "_", word.strip()) for row in glossary() for word in row[2].split(",") if word.strip()}
    assert words >= ORDINARY - {"baseline"}, "the glossary no longer forbids a word that is listed as ordinary"
    return words - ORDINARY


def names_of(tree: ast.AST) -> set[str]:
    """List what a file names for others: functions, classes, parameters, fields."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {one.target.id for one in node.body if isinstance(one, ast.AnnAssign)}
        if isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def clashes(name: str, words: set[str]) -> bool:
    return any(f"_{word}_" in f"_{name.lower().strip('_')}_" for word in words)


@pytest.mark.parametrize(
    ("name", "clash"),
    [("window", True), ("user_id", True), ("as_of_date", True), ("lookback", False), ("churned", False)],
)
def test_a_word_that_the_glossary_replaces_is_found_in_a_name(name, clash):
    assert clashes(name, unwanted()) is clash


def test_the_code_uses_the_words_of_the_glossary():
    words = unwanted()
    found = {
        f"{named(path)}: {name}"
        for path in FILES
        if path.suffix == ".py" and ROOT / "src" in path.parents
        for name in names_of(ast.parse(text_of(path)))
        if clashes(name, words)
    }
    assert found == set()


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_file_names_a_registry_or_a_place_on_one_machine(path):
    text = text_of(path)
    hosts = ["pypi" + ".org", "python" + "hosted.org"]
    hosts += ["github" + ".com", "://"] if path.suffix == ".lock" else []
    assert [host for host in hosts if host in text] == []
    assert re.findall(r"(?<![\w.~}])/(?:work|root|home)\b.{0,30}", text) == []
