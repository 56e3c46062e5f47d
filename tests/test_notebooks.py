"""The notebooks run from top to bottom on a trained pipeline, and are kept without outputs."""

import warnings
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
LOOK = next(path for path in NOTEBOOKS if path.name.startswith("01-"))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def run(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in its own folder; a cell that fails raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the kernel's own
        from nbclient import NotebookClient

        client = NotebookClient(read(path), timeout=600, resources={"metadata": {"path": str(path.parent)}})
        return client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_outputs(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


@pytest.mark.slow
def test_the_look_at_churn_runs_and_its_shares_add_up(trained_sample, night, monkeypatch):
    monkeypatch.setenv("CHURNRISK_PIPELINE", str(trained_sample.file))
    done = run(LOOK)
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    tables = [output for output in outputs if "text/html" in output.get("data", {})]
    printed = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")
    assert len(pictures) >= 4, "what was lost, reliability, lift, and at least one effect or tree"
    assert len(tables) >= 5
    assert "Enough to learn from" in printed
    assert "They add up: True" in printed
    assert printed.rstrip().splitlines()[-1].startswith("- "), "the first customer of the list has a reason"
