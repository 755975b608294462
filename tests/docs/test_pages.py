"""Every Python block of the pages that teach runs as written, in order."""

import csv
import importlib
import inspect
import io
import re
from pathlib import Path

import deepobs
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import yaml

from descent.figures.style import save_figure
from descent.notebook.comparison import compare
from descent.problems.built_in import PROBLEMS
from descent.problems.functions import FUNCTIONS
from descent.problems.loading import load_problem

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("tutorial.md", "functions.md", "problems.md", "notebook.md", "verdicts.md")


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_runs_in_order_in_one_notebook(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "notebook"}
    with mpl.rc_context({"backend": "Agg"}):
        for i, source in enumerate(blocks(page, "python"), start=1):
            exec(compile(source, f"{page}, block {i}", "exec"), namespace)
        plt.close("all")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name",
    ["figure_03_update_by_hand", "figure_02_fixed_learning_rates", "figure_07_rosenbrock_two"],
)
def test_a_picture_of_the_page_is_what_the_code_draws(name, tmp_path):
    module = importlib.import_module(f"descent.figures.tutorial.{name}")
    save_figure(module.draw().figure, tmp_path / name, ["png"])
    drawn = plt.imread(tmp_path / f"{name}.png")
    shown = plt.imread(DOCS / "images/tutorial" / f"{name}.png")
    assert drawn.shape == shown.shape
    # another processor may shade a pixel otherwise; another figure is far beyond this
    assert np.mean(np.abs(drawn - shown)) < 2e-3


def test_the_table_of_functions_names_them_all():
    named = re.findall(r"^\| `(\w+)` \|", text_of("functions.md"), re.MULTILINE)
    assert sorted(named) == sorted([*FUNCTIONS, "quadratic_deep"])


def test_the_study_entries_load():
    (source,) = blocks("functions.md", "yaml")
    for name, entry in yaml.safe_load(source)["problems"].items():
        settings = {k: v for k, v in entry.items() if not k.startswith(("epochs", "evaluations"))}
        assert load_problem(name, settings, None).name == name


def test_the_table_of_quadratic_deep_is_what_its_runs_give():
    _, shown, _ = text_of("functions.md").split("<!-- quadratic_deep -->\n")
    ours = deepobs.markdown(deepobs.compare())

    def cells(table):
        return list(csv.reader(io.StringIO(table), delimiter="|"))

    for row, expected in zip(cells(shown), cells(ours), strict=True):
        for cell, other in zip(row, expected, strict=True):
            numbers, others = (re.findall(r"-?\d+\.\d+", text) for text in (cell, other))
            assert len(numbers) == len(others)
            # single precision: another processor may change the last digit that is shown
            for a, b in zip(numbers, others, strict=True):
                assert float(a) == pytest.approx(float(b), rel=1e-4, abs=0.011)


def test_the_problem_that_is_shown_is_the_whole_of_its_file_and_of_its_study():
    root = DOCS.parent
    example = (root / "examples" / "small_conv_net.py").read_text(encoding="utf-8")
    assert blocks("problems.md", "python")[0] == example
    study = yaml.safe_load((root / "examples" / "own_problem.yaml").read_text(encoding="utf-8"))
    shown = yaml.safe_load(blocks("problems.md", "yaml")[0])
    assert shown.items() <= study["problems"].items()


def test_the_table_of_problems_names_them_all():
    named = set(re.findall(r"^\| `(\w+)`", text_of("problems.md"), re.MULTILINE))
    assert named >= set(PROBLEMS) - set(FUNCTIONS)


def test_the_page_on_notebooks_has_every_argument():
    shown = re.findall(r"^\| `(\w+)` \|", text_of("notebook.md"), flags=re.MULTILINE)
    assert ["optimizers", *shown] == list(inspect.signature(compare).parameters)
