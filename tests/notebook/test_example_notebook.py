"""The committed notebook runs from its first cell to its last, and is kept without outputs."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "notebook.ipynb"


def cells(kind):
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


@pytest.mark.slow
def test_every_cell_runs_in_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    figures = []
    with mpl.rc_context({"backend": "Agg"}):
        for i, cell in enumerate(cells("code"), start=1):
            exec(compile("".join(cell["source"]), f"notebook, cell {i}", "exec"), namespace)
            figures.append(len(plt.get_fignums()))
            plt.close("all")  # as a notebook does once it has shown them
    assert figures == [1 if "compare(" in "".join(c["source"]) else 0 for c in cells("code")]
    assert "ok     descends on a quadratic" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_it_is_kept_without_outputs_and_with_text_between_its_code():
    assert cells("markdown")
    for cell in cells("code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
