"""The answer: whom to follow, what it costs, and what limits that."""

import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis.answer import (
    best,
    caveats,
    largest_shortfalls,
    of_problem,
    of_readers,
    opening,
)
from descent.analysis.tables import build
from descent.analysis.tables.study_tables import StudyTables


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    fabricate(folder, tuning_seeds=(0,))
    assert build.main([str(folder / "study.json")]) == 0
    return folder / "study.json"


def said(tables):
    return {found.title: found.text for found in of_readers(tables)}


def test_the_cost_is_the_largest_lead_of_another_in_margins(study):
    tables = StudyTables(study)
    pairs = tables["comparisons"].copy()
    # no optimizer is the best everywhere: the one that leads is behind the others on one problem
    turned = (pairs["problem"] == "convex") & (pairs["optimizer"] == "adam")
    pairs.loc[turned, ["optimizer", "rival"]] = pairs.loc[turned, ["rival", "optimizer"]].to_numpy()
    tables._read["comparisons"] = pairs
    pairs = pairs[pairs["track"] == "tuned"]
    expected = {
        name: float((behind["difference"] / behind["margin"]).max()) if len(behind) else 0.0
        for name in tables.optimizers
        for behind in [pairs[pairs["rival"] == name]]
    }
    found = largest_shortfalls(tables, "tuned")
    assert {name: shortfall.margins for name, shortfall in found.items()} == expected
    chosen = min(expected, key=expected.__getitem__)
    text = said(tables)["If you tune the learning rate"]
    assert text.startswith(f"take {tables.optimizer_titles[chosen]}.")
    pair = found[chosen].pair
    assert tables.problem_titles[pair["problem"]] in text
    assert f"behind {tables.optimizer_titles[pair['optimizer']]}, 95 % interval" in text


def test_who_does_not_tune_and_who_carries_a_setting_over_are_answered(study):
    tables = StudyTables(study)
    titles = [found.title for found in opening(tables)]
    assert titles[1:] == [
        "If you do not tune",
        "If you take the learning rate that is best on the other problems",
    ]
    assert [found.title for found in best(tables)] == list(tables.problem_titles.values())


def test_of_one_problem_it_is_said_who_leads_in_each_track(tmp_path):
    fabricate(tmp_path, tuning_seeds=(0,), problems=("network",), optimizers=("sgd", "adam"))
    assert build.main([str(tmp_path / "study.json")]) == 0
    tables = StudyTables(tmp_path / "study.json")
    tuned, default = opening(tables)
    assert (tuned.title, default.title) == (tables.problem_titles["network"], "If you do not tune")
    assert tuned.text.startswith("Adam is clearly better than the other optimizer, by more than")
    assert best(tables) == []
    tables.config["focus"] = "sgd"
    focus, *others = opening(tables)
    assert focus.text.startswith("SGD is clearly worse than Adam by ")
    assert (others, best(tables)) == ([], [tuned, default])


def test_what_could_change_the_answer_is_said_once_for_each_kind_of_warning(study):
    tables = StudyTables(study)
    row = {"check": "edge_of_grid", "track": "tuned", "message": ""}
    tables._read["warnings"] = pd.DataFrame(
        [
            {**row, "problem": "network", "optimizer": "sgd"},
            {**row, "problem": "network", "optimizer": "adam"},
            {**row, "problem": "valley", "optimizer": "adam"},
            {**row, "problem": "valley", "optimizer": "sgd", "track": "default"},
            {"check": "unequal_budgets", "problem": "convex", "track": "tuned"},
            {"check": "missed_target", "problem": "convex", "track": "tuned"},
        ]
    ).astype(object).where(lambda cells: cells.notna(), None)  # fmt: skip
    edge, budgets = caveats(tables)
    assert edge.text.endswith(
        "beyond: SGD and Adam on MNIST, multilayer perceptron; Adam on Rosenbrock function."
    )
    assert budgets.text.endswith("tuned more: Movie reviews, logistic regression.")
    assert opening(tables)[-2:] == [edge, budgets]


def test_the_setting_carried_over_is_the_best_of_the_other_problems(study):
    tables = StudyTables(study)
    rates = [0.1, 1.0]
    # accuracies of the two rates on each problem, whose margin is 0.002; the valley has a loss
    means = {
        "network": {"sgd": [0.90, 0.91], "adam": [0.904, 0.80]},
        "convex": {"sgd": [0.70, 0.702], "adam": [0.698, 0.60]},
        "valley": {"sgd": [1.0, 1.0], "adam": [1.0, 1.0]},
    }
    rows = [
        {"problem": problem, "optimizer": name, "candidate": f"lr-{rate}", "learning_rate": rate,
         "metric": "train_loss" if problem == "valley" else "validation_accuracy", "mean": mean,
         "unfinished": 0}
        for problem, of in means.items()
        for name, values in of.items()
        for rate, mean in zip(rates, values, strict=True)
    ]  # fmt: skip
    tables._read["learning_rates"] = pd.DataFrame(rows)
    title = "If you take the learning rate that is best on the other problems"
    assert said(tables)[title].startswith("take SGD. It falls short most on ")
    # where a problem has only one of the rates, nothing is carried over
    alone = [row for row in rows if row["problem"] != "network" or row["learning_rate"] < 1]
    tables._read["learning_rates"] = pd.DataFrame(alone)
    assert title not in said(tables)


def test_a_constant_schedule_limits_the_answer(study):
    tables = StudyTables(study)
    assert caveats(tables) == []
    tables.config["schedule"] = {"use": "constant"}
    (caveat,) = caveats(tables)
    assert caveat.text.startswith("Learning rates are constant over a run")


def test_a_problem_that_leaders_solve_is_called_too_easy(tmp_path):
    def solve(record):
        if record.optimizer != "sgd" and "test_accuracy" in record.curve:
            record.curve["test_accuracy"][-1] = 1.0

    study = fabricate(tmp_path, problems=("network",), tracks=("tuned",), change=solve)
    build.main([str(study.folder / "study.json")])
    answer = of_problem(StudyTables(study.folder / "study.json"), "network")
    assert "too easy to tell the leaders apart" in answer.text
