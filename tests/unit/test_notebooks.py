"""The notebooks that need no database run from their first cell to their last, and say what they promise."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ALONE = ["published_answers", "was_it_worth_it"]


def ran(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a notebook; a cell that fails fails the test."""
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    return notebook


def words_of(notebook: Any) -> str:
    """Everything that its cells printed."""
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))


def pictures_of(notebook: Any) -> int:
    """How many plots it shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.mark.filterwarnings("ignore")  # Jupyter's own parts warn of each other
def test_published_answers_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = ran("published_answers", monkeypatch)
    words = words_of(notebook)
    assert "[-1.3973 -0.2892  0.6506 -0.2892  1.2345  2.0242]\npublished [-1.3973" in words
    assert "Moran's I 0.500189" in words
    assert "13 pairs" in words
    assert pictures_of(notebook) == 2


@pytest.mark.filterwarnings("ignore")
def test_a_map_is_scored_on_what_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = ran("was_it_worth_it", monkeypatch)
    words = words_of(notebook)
    assert "2,668 homicides before, 2,650 later, in 78 counties" in words
    assert "rate less shrunk rate: hit rate +0.000 (+0.000 to +0.000), no difference is shown" in words
    assert pictures_of(notebook) == 2


@pytest.mark.parametrize("name", ALONE)
def test_they_are_kept_without_outputs(name: str) -> None:
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs")] == []


def test_every_notebook_is_run_by_a_test() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == {*ALONE, "first_walk"}
    assert os.access(Path(__file__).parents[1] / "database" / "test_notebook.py", os.R_OK)
