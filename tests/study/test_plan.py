"""The plan of a study."""

import math
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from descent.study.config.loading import validate
from descent.study.grids import draw_trial, grid_points, log_grid, with_grids
from descent.study.plan import Run, Study


def a_study(**changes):
    config = {
        "study": "plan",
        "seeds": {"tuning": [0, 1], "evaluation": [10, 11, 12]},
        "tracks": ["tuned", "default"],
        "learning_rates": {"decades": 2, "points": 3},
        "datasets": {"digits": {"use": "digits"}, "words": {"use": "generated_reviews"}},
        "problems": {
            "digits_mlp": {"use": "mlp", "dataset": "digits", "epochs": 1, "hidden": [4]},
            "words_logistic": {"use": "logistic_regression", "dataset": "words", "epochs": 1},
            "bowl": {"use": "quadratic", "epochs": 10},
        },
        "optimizers": {
            "sgd": {"use": "sgd", "learning_rates": {"centre": 0.1}},
            "adam": {"use": "adam", "learning_rates": [0.01, 0.001]},
        },
        **changes,
    }
    return Study(with_grids(validate(config, base_folder=Path.cwd())), Path("r/plan"))


def test_a_log_grid_is_even_and_spans_its_decades():
    grid = log_grid(0.01, 3, 7)
    assert len(grid) == 7
    assert grid[3] == 0.01
    assert grid[-1] / grid[0] == pytest.approx(1000, rel=0.01)
    ratios = [b / a for a, b in pairwise(grid)]
    assert max(ratios) / min(ratios) < 1.02
    assert log_grid(0.3, 3, 1) == [0.3]


def test_every_run_is_planned_once():
    study = a_study()
    runs = study.runs()
    assert len(runs) == len(set(runs))
    # 3 problems x (sgd: 3 rates x 2 seeds, adam: 2 x 2), then on 3 seeds their finalists, 3 of sgd
    # and both of adam, and both with their defaults
    assert len(runs) == 3 * (6 + 4) + 3 * (3 + 2 + 2) * 3


def test_a_grown_grid_is_part_of_the_plan_and_of_its_tuned_runs_alone():
    study = a_study(tracks=["tuned", "searched"], search={"trials": 2})
    before = study.runs()
    assert study.looks("bowl") == ["grid-1", "grid-2"]
    study.decide("bowl", "grid-1", '{"grown": {"sgd": [10.0, 100.0]}}')
    study.decide("bowl", "grid-2", '{"grown": {}}')
    assert list(study.candidates("bowl", "sgd", "tuned"))[-2:] == ["lr-10.0", "lr-100.0"]
    assert study.evaluated_as("bowl", "sgd", "tuned") == ["tuned-1", "tuned-2", "tuned-3"]
    assert study.evaluated_as("bowl", "adam", "searched") == ["searched-1", "searched-2"]
    assert study.first_runs() == before
    new = [run for run in study.runs() if run not in before]
    assert {run.candidate for run in new} == {"lr-10.0", "lr-100.0"}
    assert [run for run in study.runs_to_look_at("bowl", "grid-2") if run in new] == new
    assert not set(new) & set(study.runs_to_look_at("bowl", "grid-1"))
    assert {run.track for run in study.runs()} == {"tuned", "searched"}


def test_there_is_nothing_to_look_at_where_no_grid_can_grow_and_no_seed_be_added():
    assert (
        a_study(learning_rates={"decades": 2, "points": 1}, tracks=["default"]).looks("bowl") == []
    )


def test_what_a_problem_says_of_a_grid_goes_before_the_optimizer_and_the_study():
    study = a_study()
    problems = dict(study.config["problems"])
    problems["bowl"] = {**problems["bowl"], "learning_rates": {"sgd": {"centre": 1.0}}}
    study = a_study(problems=problems)
    assert list(study.candidates("bowl", "sgd", "tuned")) == ["lr-0.1", "lr-1.0", "lr-10.0"]
    assert list(study.candidates("digits_mlp", "sgd", "tuned")) == ["lr-0.01", "lr-0.1", "lr-1.0"]
    assert list(study.candidates("bowl", "adam", "tuned")) == ["lr-0.001", "lr-0.01"]


def test_every_candidate_has_a_name_of_its_own_that_a_path_can_hold():
    values = ["a b", "a+b", "a-b", "é", 1e16, 1e-16, -1, True, 1, "[0]"]
    rates = [1e16, *(10.0**i for i in range(17, 26))]
    names = list(grid_points(rates, {"x": values}))
    assert len(names) == len(set(names)) == 10
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names)
    assert names[0] == "lr-1e16_x-a-b"


@pytest.mark.parametrize("values", range(1, 8))
def test_other_hyperparameters_are_spread_over_the_grid_and_stay_where_they_were(values):
    grid = {"x": list(range(values))}
    first = grid_points([0.01 * 2**i for i in range(9)], grid)
    counts = Counter(point["x"] for point in first.values())
    assert sum(counts.values()) == 9
    assert len(counts) == values
    assert max(counts.values()) - min(counts.values()) <= 1
    grown = grid_points([0.01 * 2**i for i in range(-2, 11)], grid, below=2)
    assert first.items() <= grown.items()


def test_a_grid_tries_every_learning_rate_with_one_value_of_the_others():
    optimizers = {
        "adamw": {
            "use": "adamw",
            "learning_rates": [0.001, 0.01],
            "grid": {"weight_decay": ["1e-2", 0.1]},
        }
    }
    study = a_study(optimizers=optimizers)
    found = study.candidates("bowl", "adamw", "tuned")
    assert found == {
        f"lr-{rate}_weight_decay-{decay}": {"learning_rate": rate, "weight_decay": decay}
        for rate, decay in ((0.001, 0.01), (0.01, 0.1))
    }
    assert "grid" not in study.optimizer_entry("adamw")
    job = study.job(Run("bowl", "adamw", "lr-0.01_weight_decay-0.1", 0))
    assert job["hyperparameters"] == {"learning_rate": 0.01, "weight_decay": 0.1}


def test_trials_of_entries_with_the_same_search_space_are_paired():
    space = {"learning_rate": {"low": 1e-4, "high": 1e-1}}
    optimizers = {
        "plain": {"use": "adam", "search_space": space},
        "decayed": {"use": "adam", "weight_decay": 0.1, "search_space": space},
        "wider": {"use": "adam", "search_space": {"learning_rate": {"low": 1e-5, "high": 1e-1}}},
    }
    study = a_study(optimizers=optimizers, tracks=["searched"], search={"trials": 4})
    trials = {name: study.candidates("bowl", name, "searched") for name in optimizers}
    assert trials["plain"] == trials["decayed"] != trials["wider"]


def test_a_job_holds_what_decides_the_run_and_the_files_it_reads():
    study = a_study()
    job = study.job(Run("digits_mlp", "sgd", "lr-0.1", 0))
    assert job["hyperparameters"] == {"learning_rate": 0.1}
    assert job["problem"]["settings"]["use"] == "mlp"
    assert "dataset" not in job["problem"]["settings"]
    assert study.job(Run("digits_mlp", "sgd", "tuned-1", 10))["hyperparameters"] == {}
    assert study.files_of(Run("digits_mlp", "sgd", "lr-0.1", 0)) == {
        "dataset": Path("r/plan/data/digits/all/dataset.json")
    }
    assert study.files_of(Run("words_logistic", "sgd", "tuned-3", 12)) == {
        "dataset": Path("r/plan/data/words/fold-2/dataset.json"),
        "optimum": Path("r/plan/optima/words_logistic/fold-2.json"),
        "choice": Path("r/plan/tuned/words_logistic/sgd/tuned.json"),
    }
    assert study.files_of(Run("bowl", "sgd", "default", 10)) == {}


def test_every_optimizer_gets_the_same_number_of_trials_within_its_space():
    space = {
        "learning_rate": {"low": 1e-4, "high": 1e-1},
        "momentum": {"low": 0.5, "high": 0.999, "prior": "log_one_minus"},
        "epsilon": {"low": 1.0, "high": 2.0, "prior": "uniform"},
    }
    trials = [draw_trial(i, space) for i in range(400)]
    assert trials[7] == draw_trial(7, space) != draw_trial(8, space)
    for name, bounds in space.items():
        values = [trial[name] for trial in trials]
        assert bounds["low"] <= min(values) < max(values) <= bounds["high"]
    # Log-uniform: the median is the geometric middle, on a log scale and in 1 - x.
    rates = sorted(math.log10(trial["learning_rate"]) for trial in trials)
    decays = sorted(math.log10(1 - trial["momentum"]) for trial in trials)
    assert rates[200] == pytest.approx(-2.5, abs=0.25)
    assert decays[200] == pytest.approx(math.log10(0.5 * 0.001) / 2, abs=0.25)
    study = a_study(tracks=["tuned", "searched"], search={"trials": 5})
    for optimizer in study.optimizers:
        assert len(study.candidates("bowl", optimizer, "searched")) == 5
