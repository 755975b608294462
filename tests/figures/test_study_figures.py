"""The figures of a study: legible at the width they are printed, true to the tables, repeatable."""

import importlib
import re

import pytest
from fabricated_study import fabricate
from matplotlib.text import Text
from study_page import placeholder_figures

from descent.analysis import findings
from descent.analysis.tables import build as tables
from descent.analysis.tables import cost
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, study_figures, style
from descent.report import __main__ as report

#: Figures that few studies have.
RARE = {"speed_up", "schedules", "ladders"}
EVERYTHING = [
    (name, problem)
    for name, entry in study_figures.FIGURES.items()
    if name not in RARE
    for problem in ([None, "network", "convex", "valley"] if entry.per_problem else [None])
    if (name, problem) != ("steps_to_target", "valley")
]


def made(folder, **of_study):
    fabricate(folder, **of_study)
    assert tables.main([str(folder / "study.json")]) == 0
    assert cost.main([str(folder / "study.json")]) == 0
    return StudyTables(folder / "study.json")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return made(tmp_path_factory.mktemp("study"))


def drawn(name, study, problem=None):
    module = importlib.import_module(f"descent.figures.{name}")
    return module.draw(study, problem) if problem else module.draw(study)


@pytest.mark.parametrize(("name", "problem"), EVERYTHING)
def test_every_figure_is_legible_and_its_caption_has_numbers(study, name, problem, assert_legible):
    drawing = drawn(name, study, problem)
    figure, caption = drawing.figure, drawing.caption
    width = style.COLUMN_WIDTH if problem else style.PAGE_WIDTH
    assert figure.get_figwidth() == width
    assert_legible(figure)
    assert re.search(r"\d", caption)
    assert caption.endswith(".")
    assert not re.search(r"\bnan\b|None|\{|  ", caption)


@pytest.fixture(scope="module")
def of_one_problem(tmp_path_factory):
    rules = tuple(style.LOOKS)
    return made(tmp_path_factory.mktemp("one"), problems=("network",), optimizers=rules)


@pytest.mark.parametrize("name", sorted(set(study_figures.FIGURES) - RARE))
def test_figures_of_one_problem_and_every_rule_are_legible(of_one_problem, name, assert_legible):
    assert_legible(drawn(name, of_one_problem).figure)


def test_names_that_look_like_numbers_or_like_nothing_are_drawn_as_names(tmp_path):
    names = ("NA", "1", "1e-3", "True")
    study = made(
        tmp_path,
        optimizers=names,
        problems=("1", "NA"),
        evaluation_seeds=(10, 11, 12),
        datasets={"mnist": {"use": "npz", "file": "mine.npz"}},
        figures={"formats": ["svg"]},
    )
    for name in study_figures.figures_of(study.config):
        drawing = drawn(name, study, "1" if study_figures.FIGURES[name].per_problem else None)
        shown = " ".join(part.get_text() for part in drawing.figure.findobj(Text))
        assert all(n in shown.split() for n in names), (name, shown)
    placeholder_figures(study.folder, study.config)
    for command in (findings, report):
        file = tmp_path / "written"
        assert command.main([str(study.path), "--output", str(file)]) == 0
        assert all(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for name in names)


@pytest.mark.parametrize("name", study_figures.FIGURES)
def test_every_title_is_a_question(name):
    assert importlib.import_module(f"descent.figures.{name}").TITLE.endswith("?")


def test_the_test_metric_shows_every_finished_seed(study):
    figure = drawn("test_metric", study, "network").figure
    (axes,) = figure.axes
    dots = [line for line in axes.lines if line.get_marker() == "."]
    runs = study.of("runs", problem="network", track="tuned", counts=True)
    shown = sorted(float(x) for line in dots for x in line.get_xdata())
    assert shown == pytest.approx(sorted(100 * runs["final_test_metric"].dropna()))


def test_the_sensitivity_marks_every_divergence_and_every_robust_range(study):
    top, below = drawn("sensitivity", study, "network").figure.axes
    grid = study.of("learning_rates", problem="network")
    crosses = [line for line in below.lines if line.get_marker() == "x"]
    marked = sorted(float(x) for line in crosses for x in line.get_xdata())
    assert marked == sorted(grid.loc[grid["unfinished"] > 0, "learning_rate"])
    ranges = study.of("sensitivity", problem="network")
    bars = [line.get_xdata() for line in below.lines if line.get_linewidth() == 3]
    assert [list(bar) for bar in bars] == ranges[["robust_low", "robust_high"]].to_numpy().tolist()
    drawn_rates = {float(x) for line in top.lines for x in line.get_xdata()}
    whole = grid.loc[grid["unfinished"] == 0, "learning_rate"]
    assert drawn_rates == set(whole)


def test_what_may_be_chance_is_hollow_and_every_verdict_is_said(study):
    (axes,) = drawn("paired_differences", study, "convex").figure.axes
    rows = study.of("comparisons", problem="convex", track="tuned")
    board = study.of("leaderboard", problem="convex", track="tuned").sort_values("rank")
    leader = board["optimizer"].iloc[0]
    rows = rows[rows["optimizer"] == leader].set_index("rival")
    rows = rows.loc[[name for name in board["optimizer"] if name != leader]]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert len(hollow) == (~rows["verdict"].str.startswith("better")).sum() > 0
    assert [text.get_text() for text in axes.texts] == rows["verdict"].tolist()


def test_with_a_baseline_the_lead_of_each_over_it_is_shown(study, assert_legible):
    baseline = study.of("leaderboard", problem="convex", track="tuned")["optimizer"].iloc[1]
    with_baseline = StudyTables(study.path)
    with_baseline.config["baseline"] = baseline
    drawing = drawn("paired_differences", with_baseline, "convex")
    assert_legible(drawing.figure)
    assert f"over {study.optimizer_titles[baseline]}, paired" in drawing.caption
    (axes,) = drawing.figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    board = study.of("leaderboard", problem="convex", track="tuned").set_index("optimizer")
    leads = {
        study.optimizer_titles[name]: 100 * (mean - board.loc[baseline, "mean"])
        for name, mean in board["mean"].items()
    }
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() not in ("", "None")]
    assert dots == pytest.approx([leads[name] for name in names], abs=1e-7)
    assert len(names) == len(board) - 1


def test_the_matrix_shows_every_verdict_from_both_sides(study):
    (axes,) = drawn("verdicts", study, "network").figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    numbers = [label.get_text() for label in axes.get_xticklabels()]
    board = study.of("leaderboard", problem="network", track="tuned").sort_values("rank")
    titles = [study.optimizer_titles[name] for name in board["optimizer"]]
    assert names == [f"{title} {number}" for title, number in zip(titles, numbers, strict=True)]
    names = titles
    signs = {
        (names[round(y)], names[round(x)]): text.get_text()
        for text in axes.texts
        for x, y in [text.get_position()]
    }
    for pair in study.pairs("network"):
        first, second = (study.optimizer_titles[pair[key]] for key in ("optimizer", "rival"))
        better = {"better": ("+", "-"), "equivalent": ("=", "=")}[pair["verdict"]]
        assert (signs[first, second], signs[second, first]) == better
    assert all(signs[name, name] == "" for name in names)


def test_a_miss_of_the_target_is_counted_in_the_figure(tmp_path):
    def slow(record):
        if record.optimizer == "sgd" and record.seed < 13 and record.curve:
            accuracy = record.curve["validation_accuracy"]
            record.curve["validation_accuracy"] = [min(a, 0.9) for a in accuracy]

    study = made(tmp_path, problems=("network",), optimizers=("sgd", "adam"), change=slow)
    (axes,) = drawn("steps_to_target", study, "network").figure.axes
    assert [text.get_text() for text in axes.texts] == ["3 of 10 missed"]


def test_of_many_optimizers_the_leaders_and_the_focus_are_named_and_the_rest_is_grey(
    tmp_path, assert_legible
):
    names = ("sgd", "adam", "adamw", "nadam", "radam", "yogi", "adan", "lamb", "muon", "lion")
    tables = made(
        tmp_path, optimizers=names, problems=("network",), evaluation_seeds=(10, 11), focus="sgd"
    )
    drawing = drawn("learning_curves", tables, "network")
    assert_legible(drawing.figure)
    board = tables.of("leaderboard", track="tuned").sort_values("rank")
    first = [name for name in board["optimizer"] if name != "sgd"]
    titles = tables.optimizer_titles
    (axes,) = drawing.figure.axes
    named = {text.get_text() for text in axes.texts}
    assert named == {titles[name] for name in ["sgd", *first[:7]]}
    colours = {mark.optimizer: mark.artists[0].get_color() for mark in drawing.marks}
    grey = {name for name, colour in colours.items() if colour == panels.BACKGROUND}
    assert grey == set(first[7:])


@pytest.fixture(scope="module")
def diverging(tmp_path_factory):
    return made(
        tmp_path_factory.mktemp("diverging"), tracks=("default",), evaluation_seeds=(10, 11, 12)
    )


@pytest.mark.parametrize("name", ["learning_curves", "test_metric", "paired_differences"])
@pytest.mark.parametrize("problem", [None, "network"])
def test_diverged_runs_are_shown_and_said(diverging, name, problem, assert_legible):
    drawing = drawn(name, diverging, problem)
    assert_legible(drawing.figure)
    texts = [t.get_text() for axes in drawing.figure.axes for t in axes.texts]
    legends = [t.get_text() for leg in drawing.figure.legends for t in leg.get_texts()]
    assert any("diverged" in text for text in [*texts, *legends])


def test_the_command_of_a_job_writes_the_files_of_that_job_the_same_bytes_twice(study):
    files = [study.folder / file for file in study_figures.files(study.config, None)]
    assert {file.parent.name for file in files} == {"figures", "timing"}
    found = []
    for _ in range(2):
        assert study_figures.main([str(study.path), "--overall"]) == 0
        found.append([file.read_bytes() for file in files])
        for file in files:
            file.unlink()
    assert found[0] == found[1]


def test_a_figure_of_problems_is_listed_for_each_of_them_and_for_all(study):
    assert study_figures.stems(study.config, "tuning_budget") == {
        "figures/tuning_budget": None,
        "figures/network/tuning_budget": "network",
        "figures/convex/tuning_budget": "convex",
        "figures/valley/tuning_budget": "valley",
    }
    without = study_figures.stems(study.config, "steps_to_target")  # the valley has no target
    assert set(without.values()) == {None, "network", "convex"}
    assert all(
        s.startswith("timing/") for s in study_figures.stems(study.config, "cost_against_quality")
    )


def test_a_study_has_the_figures_that_it_has_data_for(study):
    assert "steps_to_target" in study_figures.figures_of(study.config)
    plain = {
        **study.config,
        "tracks": ["default"],
        "problems": {"valley": study.config["problems"]["valley"]},
    }
    names = study_figures.figures_of(plain)
    assert not {"sensitivity", "tuning_budget", "steps_to_target"} & set(names)


def test_missing_tables_are_named_with_the_command_that_makes_them(tmp_path, capsys):
    fabricate(tmp_path, problems=("network",), optimizers=("sgd",), tracks=("default",))
    assert study_figures.main([str(tmp_path / "study.json")]) == 1
    assert "python -m descent.analysis.tables.build" in capsys.readouterr().err


@pytest.fixture(scope="module")
def long_titles(tmp_path_factory):
    titles = {
        "sgd": "Stochastic gradient descent, no momentum",
        "rmsprop": "RMSprop (Keras, decay rate 0.95)",
        "network": "Fashion images, multilayer perceptron of three layers",
        "valley": "Rosenbrock function in a hundred dimensions",
    }
    return made(tmp_path_factory.mktemp("long"), titles=titles)


@pytest.mark.parametrize(("name", "problem"), EVERYTHING)
def test_long_titles_are_legible(long_titles, name, problem, assert_legible):
    figure = drawn(name, long_titles, problem).figure
    assert_legible(figure)
    for axes in figure.axes:
        box = axes.get_window_extent()
        assert min(box.width, box.height) > 0.45 * figure.dpi


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    names = [f"{kind}_{i}" for i in range(4) for kind in ("network", "convex", "valley")][:10]
    return made(
        tmp_path_factory.mktemp("large"),
        problems=names,
        optimizers=tuple(style.LOOKS)[:15],
        tuning_seeds=(0,),
        evaluation_seeds=tuple(range(10, 15)),
        points=2,
        tracks=("tuned",),
        horizons={"multiples": [0.5, 1, 2], "optimizers": "baseline"},
        baseline="sgd",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*study_figures.FIGURES} - {"schedules", "ladders"}))
def test_fifteen_optimizers_on_ten_problems_are_legible(large, name, assert_legible):
    assert name in study_figures.figures_of(large.config)
    assert_legible(drawn(name, large).figure)
    if study_figures.FIGURES[name].per_problem:
        assert_legible(drawn(name, large, "network_0").figure)
