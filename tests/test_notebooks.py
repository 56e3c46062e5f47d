"""The notebooks run from top to bottom on a trained pipeline, and are kept without outputs."""

import warnings
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
LOOK, JUDGE, READ = (next(path for path in NOTEBOOKS if path.name.startswith(f"0{number}-")) for number in (1, 2, 3))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in its own folder; a cell that fails raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel's own
        from nbclient import NotebookClient

        client = NotebookClient(read(path), timeout=600, resources={"metadata": {"path": str(path.parent)}})
        return client.execute()


def run_on(sample, path: Path, monkeypatch) -> tuple[list[nbformat.NotebookNode], str]:
    """Run a notebook on the trained sample; give its outputs, and what it printed."""
    monkeypatch.setenv("CHURNRISK_PIPELINE", str(sample.file))
    outputs = [output for cell in run(path).cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    return outputs, printed


def count(outputs: list[nbformat.NotebookNode], kind: str) -> int:
    return sum(kind in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_outputs(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@pytest.mark.slow
def test_the_look_at_churn_runs_and_its_shares_add_up(trained_sample, night, monkeypatch):
    outputs, printed = run_on(trained_sample, LOOK, monkeypatch)
    assert count(outputs, "image/png") >= 4, "what was lost, reliability, lift, and at least one effect or tree"
    assert count(outputs, "text/html") >= 5
    assert "Enough to learn from" in printed
    assert "They add up: True" in printed
    assert printed.rstrip().splitlines()[-1].startswith("- "), "the first customer of the list has a reason"


@pytest.mark.slow
def test_training_and_judging_is_told_and_its_figures_are_computed_anew(trained_sample, monkeypatch):
    outputs, printed = run_on(trained_sample, JUDGE, monkeypatch)
    assert count(outputs, "image/png") == 2, "reliability and capture"
    assert count(outputs, "text/html") >= 5, "sets, candidates, metrics, gate, groups"
    assert "The same log loss as in metrics.json: True" in printed
    assert "may be used" in printed


@pytest.mark.slow
def test_the_model_is_read_in_pictures_and_words(trained_sample, night, monkeypatch):
    outputs, printed = run_on(trained_sample, READ, monkeypatch)
    assert count(outputs, "image/png") >= 2, "effects or a tree, and the tree told beside them"
    assert " rows left" in printed, "the tree as rules"
    assert "map" in printed
    assert "the model would give" in str(outputs), "what would lower the risk most"
