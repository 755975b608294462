"""A study of schedules: second entries, a family of their own, and what the schedule is worth."""

import re

import numpy as np
import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis import findings
from descent.analysis.tables import build
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import schedules
from descent.figures.study_figures import figures_of
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.verdicts.looks import plan_looks
from descent.verdicts.pairs import compare_all

LINEAR = {"use": "linear", "warmup_fraction": 0.05}
CONSTANT = {"use": "constant", "warmup_fraction": 0.05}


def raw(**changes):
    problem = {"use": "rosenbrock", "epochs": 10, "learning_rates": {"adam": {"centre": 0.1}}}
    optimizers = {
        "adam": {"use": "adam"},
        "mine": {"use": "adam", "schedule": {"use": "cosine"}},
        "schedule_free_adamw": {"use": "schedule_free_adamw"},
    }
    return {
        "schedules": ["linear", "constant"],
        "problems": {"valley": problem},
        "optimizers": optimizers,
        **changes,
    }


def test_every_optimizer_without_a_schedule_of_its_own_gets_a_second_entry():
    config = validate(raw())
    assert config["schedules"] == [LINEAR, CONSTANT]
    rules = config["optimizers"]
    assert set(rules) == {"adam", "mine", "schedule_free_adamw", "adam-constant"}
    assert rules["adam"]["schedule"] == config["schedule"] == LINEAR
    assert rules["adam-constant"]["schedule"] == CONSTANT
    assert rules["adam-constant"]["title"] == "Adam, constant"
    assert config["problems"]["valley"]["learning_rates"]["adam-constant"]["centre"] == 0.1
    assert rules["adam"]["learning_rates"]["centre"] == pytest.approx(
        3 * rules["adam-constant"]["learning_rates"]["centre"]
    )
    assert validate(config) == config


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"schedules": ["linear", "constnat"]}, "schedules", "constant"),
        (
            {"schedules": ["linear", {"use": "linear", "final": 0.1}]},
            "schedules",
            "differ in `use`",
        ),
        (
            {"optimizers": {"adam": {"use": "adam"}, "adam-constant": {"use": "adam"}}},
            "optimizers.adam-constant",
            "choose another name",
        ),
    ],
)
def test_schedules_that_cannot_be(changes, place, message):
    with pytest.raises(ConfigError) as error:
        validate(raw(**changes))
    assert place in str(error.value)
    assert message in str(error.value)


def test_the_pairs_of_schedules_are_judged_as_if_there_were_no_others():
    rng = np.random.default_rng(3)
    scores = {name: rng.normal(0.8 * i, 1.0, size=10) for i, name in enumerate("abcdefgh")}
    apart = [("a", "b")]
    alone = compare_all({name: scores[name] for name in "ab"}, 1.0, plan_looks(10, 10))
    found = compare_all(scores, 1.0, plan_looks(10, 10), apart=apart)
    pair = next(p for p in found if {p.first, p.second} == {"a", "b"})
    assert pair == alone[0]
    others = compare_all(scores, 1.0, plan_looks(10, 10))
    among_all = next(p for p in others if {p.first, p.second} == {"a", "b"})
    assert among_all.high > pair.high


def test_findings_and_figure_say_what_the_schedule_is_worth(tmp_path):
    names = ("sgd", "adam", "sgd-constant", "adam-constant")
    fabricate(
        tmp_path,
        optimizers=names,
        problems=("network",),
        tracks=("tuned",),
        schedules=[LINEAR, CONSTANT],
    )
    assert build.main([str(tmp_path / "study.json")]) == 0
    tables = StudyTables(tmp_path / "study.json")
    (section,) = findings.of_schedules(tables)
    assert section.title == "What is the schedule worth: linear against constant"
    pairs = pd.read_csv(tmp_path / "tables" / "comparisons.csv")
    for row, name in zip(section.table.rows, ("sgd", "adam"), strict=True):
        both = {name, f"{name}-constant"}
        (pair,) = pairs[pairs["optimizer"].isin(both) & pairs["rival"].isin(both)].to_dict(
            "records"
        )
        behind = pair["rival"] == name
        verdict = pair["verdict"].replace("better", "worse") if behind else pair["verdict"]
        assert row.cells[1].text.startswith(verdict.replace(" and ", ", "))
    assert "schedules" in figures_of(tables.config)
    drawing = schedules.draw(tables, "network")
    (axes,) = drawing.figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "sgd-constant",
        "adam-constant",
    ]
    points = [line.get_xdata()[0] for line in axes.lines if line.get_markersize() == 5]
    leads = [findings.seen_pair(tables, "network", (of, f"{of}-constant")).lead for of in names[:2]]
    assert points == pytest.approx([100 * lead for lead in leads])
    (sentence,) = section.sentences
    assert sentence.partition(": ")[2] in drawing.caption
    assert sum(map(int, re.findall(r"for (\d+)", sentence))) == 2
    assert f"## {section.title}" in findings.findings(tables)
