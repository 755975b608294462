"""Studies in which everything, one problem or one optimizer diverges: all is made, and says so."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from study_page import written
from trained_study import train

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import predicted_digits, study_figures

pytestmark = pytest.mark.slow

#: A learning rate at which every rule leaves the numbers that a float can hold.
HUGE = {"learning_rates": {"centre": 1e60}, "learning_rate": 1e60}
#: A start at which the function's value is infinite: not even the first evaluation is finite.
FAR = {"start": [1e200, 1e200]}
BASE: dict[str, Any] = {
    "study": "diverging",
    "seeds": {"tuning": [0], "evaluation": list(range(10, 20))},
    "tracks": ["tuned", "default"],
    "learning_rates": {"decades": 2, "points": 3},
    "datasets": {"digits": {"use": "digits"}},
    "problems": {
        "network": {
            "use": "mlp",
            "dataset": "digits",
            "hidden": [4],
            "epochs": 1,
            "target": {"metric": "validation_accuracy", "value": 0.3},
        },
        "valley": {
            "use": "rosenbrock",
            "epochs": 10,
            "learning_rates": {"sgd": {"centre": 3e-5}},
        },
    },
    "optimizers": {"sgd": {"use": "sgd"}, "momentum": {"use": "momentum"}},
    "figures": {"formats": ["svg"]},
}
LOST = {"everything": ["network", "valley"], "a problem": ["valley"], "an optimizer": []}


def config(what: str) -> dict[str, Any]:
    study = copy.deepcopy(BASE)
    if what == "everything":
        study["problems"]["valley"] |= FAR
        for name in study["optimizers"]:
            study["optimizers"][name] |= HUGE
        del study["problems"]["valley"]["learning_rates"]
    elif what == "a problem":
        study["problems"]["valley"] |= FAR
    else:
        study["optimizers"]["momentum"] |= HUGE
    return study


@pytest.fixture(scope="module", params=list(LOST))
def study(request, tmp_path_factory):
    """Return what diverges, and the tables of the study with its figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("diverging"))
        trained = train(config(request.param))
        tables = StudyTables(trained.folder.absolute() / "study.json")
        study_figures.draw_all(tables.path)
        for problem in study_figures.problems_with_digits(tables.config):
            stem = tables.folder / "figures" / problem / "predicted_digits"
            options = ["--problem", problem, "--output", str(stem)]
            assert predicted_digits.main([str(tables.path), *options]) == 0
    return request.param, tables


@pytest.fixture(scope="module")
def page(study):
    """Return the text of the study's page."""
    _, tables = study
    return written(tables.folder)


def lost_optimizers(tables: StudyTables) -> set[tuple[str, str]]:
    runs = tables.of("runs", stage="evaluation", track=tables.track)
    finished = (runs["status"] == "finished").groupby([runs["problem"], runs["optimizer"]]).any()
    return set(finished[~finished].index)


def test_it_diverges_as_it_is_made_to(study):
    what, tables = study
    lost = lost_optimizers(tables)
    assert {(problem, o) for problem in LOST[what] for o in ("sgd", "momentum")} <= lost
    if what == "an optimizer":
        assert lost == {("network", "momentum"), ("valley", "momentum")}


def test_every_figure_is_drawn_and_its_caption_has_no_gap(study):
    _, tables = study
    for problem in (None, *tables.problems):
        for file in study_figures.files(tables.config, problem):
            content = (tables.folder / file).read_text(encoding="utf-8")
            assert content
            if file.endswith("txt"):
                assert not re.search(r"\bnan\b|\binf\b|None|  ", content)


def test_the_learning_curves_say_where_there_is_no_curve(study):
    _, tables = study
    for problem, title in tables.problem_titles.items():
        caption = (tables.folder / f"figures/{problem}/learning_curves.txt").read_text("utf-8")
        empty = tables.of("learning_curves", problem=problem, track=tables.track).empty
        assert (f"{title}: no run has one finite training loss" in caption) == empty


def test_the_findings_say_what_is_lost(study):
    what, tables = study
    text = findings.findings(tables)
    for problem, title in tables.problem_titles.items():
        of_problem = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
        answered = f"{title}: no run of any optimizer finished, so there is no answer." not in text
        assert answered == (problem not in LOST[what])
        assert ("No evaluated run finished" in of_problem) == (problem in LOST[what])
        if what == "an optimizer":
            assert "No evaluated run of Momentum finished." in of_problem
            assert f"{title}: SGD is clearly better than the other optimizer, by" in text
    assert not re.search(r"\bnan\b|\binf\b|None|\{|  ", text)


def test_the_page_says_what_is_lost_and_draws_the_rest(study, page):
    what, tables = study
    first = page[page.index('<section id="answer"') : page.index("<nav")]
    assert first.count("finished, so there is no answer") == len(LOST[what])
    assert first.count('class="lost"') == len(lost_optimizers(tables))
    for problem in tables.problems:
        final, curves = (
            re.findall(
                rf'<template data-place="{place}" data-problem="{problem}" data-tracks="tuned" '
                rf'data-measures="{measures}">(.*?)</template>',
                page,
                re.DOTALL,
            )[0]
            for place, measures in (("final", "result loss"), ("curves", "loss"))
        )
        lost = {name for of, name in lost_optimizers(tables) if of == problem}
        assert final.count("10 of 10 diverged") == len(lost)
        empty = tables.of("learning_curves", problem=problem, track="tuned").empty
        assert ("no run has one finite evaluation" in curves) == empty
        assert empty == (problem == "valley" and what != "an optimizer")


def test_the_page_of_what_is_left_opens_without_a_complaint(study, page, browser):
    _, tables = study
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    for problem in tables.problems:
        for measure in ("result", "loss", "speed"):
            tab.goto("about:blank")
            file = Path(tables.folder / "report/index.html").as_uri()
            tab.goto(f"{file}#problem={problem}&measure={measure}")
            assert tab.locator(".chart .note").count() == 5
    tab.close()
    assert said == []
