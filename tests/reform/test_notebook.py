"""The notebook of the examples runs, cell by cell, with fewer people than it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "reform.ipynb"


def test_every_cell_of_the_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["metadata"]["kernelspec"]["language"]) == (4, "python")
    names: dict[str, Any] = {}
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) >= 6
    for cell in cells:
        exec(compile(cell.replace("2_000", "300"), str(NOTEBOOK), "exec"), names)
    assert names["after"] >= names["before"] > 0
    assert len(names["settled"]) == names["visits"].num_rows
    said = capsys.readouterr().out
    assert "75 岁起" in said
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])
