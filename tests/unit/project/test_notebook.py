"""docs/train_model.ipynb runs from the first cell to the last, and is stored without outputs."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.players.sketches import write_sketches
from pipeline.categories import CATEGORIES, source_name
from tests.unit.quickdraw._source import serving

ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "docs" / "train_model.ipynb"


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import nbclient
    import nbformat

    folder = tmp_path_factory.mktemp("notebook")
    write_sketches(folder / "sketches", 40, 0)
    files = {
        source_name(name): (folder / "sketches" / f"{name}.npy").read_bytes() for name in CATEGORIES
    }
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with pytest.MonkeyPatch.context() as patch, serving(files) as source:
        patch.delenv("REDRAW_RAW_DIR", raising=False)
        for name, value in {
            "REDRAW_SOURCE_URL": source.url,
            "REDRAW_DATA_DIR": folder / "data",
            "REDRAW_EPOCHS": 2,
            "REDRAW_BATCH_SIZE": 32,
            "REDRAW_CANVAS_COPIES": 50,
            "PYTHONPATH": ROOT,
            "MPLCONFIGDIR": folder / "matplotlib",
            "IPYTHONDIR": folder / "ipython",
            "JUPYTER_RUNTIME_DIR": folder / "jupyter",
        }.items():
            patch.setenv(name, str(value))
        client = nbclient.NotebookClient(
            notebook, timeout=240, resources={"metadata": {"path": str(NOTEBOOK.parent)}}
        )
        client.execute()  # raises CellExecutionError, with the cell, where one fails
    return notebook, folder / "data" / "notebook"


@pytest.mark.slow
def test_the_notebook_makes_the_baseline_on_a_few_sketches(executed: Any) -> None:
    notebook, work = executed
    printed = "".join(
        output.get("text", "")
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    assert "accuracy " in printed
    assert {path.name for path in work.iterdir()} == {
        "raw",
        "drawings.h5",
        "drawings.h5.copies",
        "report.html",
        "model.h5",
    }


@pytest.mark.slow
def test_the_notebook_shows_plots(executed: Any) -> None:
    shown = [
        output for cell in executed[0].cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 5
