"""The notebook runs from its first cell to its last."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from safemap.settings import Settings

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "first_walk.ipynb"


@pytest.mark.filterwarnings("ignore")  # Jupyter's own parts warn of each other
def test_the_walk_in_python(fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFEMAP_DATABASE_URL", fresh_settings.database_url)
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    said = [output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])]
    reports = json.loads((ROOT / "data" / "demo" / "hazards.geojson").read_text())["features"]
    assert any(f"{len(reports)} reports" in text for text in said)
    sizes = notebook.cells[-1].outputs[-1]["data"]["text/plain"]
    assert "handout.pdf" in sizes
    assert "map.html" in sizes


def test_it_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs")] == []
