"""What a valid config becomes: complete, in plain types, the same however it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from study_config import changed

from descent.data.sources import SOURCES, source_of
from descent.optimizers import OPTIMIZERS
from descent.study.config.loading import validate
from descent.study.config.yaml_file import read_yaml
from descent.study.grids import with_grids
from descent.study.plan import Study

ROOT = Path(__file__).parents[3]
STUDIES = sorted((ROOT / "config").glob("*.yaml"))


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_shipped_config_is_valid(path: Path) -> None:
    config = validate(read_yaml(path))
    assert config == json.loads(json.dumps(config, allow_nan=False))
    assert validate(config) == config


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_optimizer_has_the_same_budget(path: Path) -> None:
    config = validate(read_yaml(path))
    grids = with_grids(config)["grids"]
    points = {len(grid) for of_problem in grids.values() for grid in of_problem.values()}
    assert points == {config["learning_rates"]["points"]}


def test_the_smoke_study_needs_no_download() -> None:
    datasets = validate(read_yaml(ROOT / "config" / "smoke.yaml"))["datasets"]
    assert [source_of(entry).files for entry in datasets.values()] == [()] * len(datasets)


def test_seeds_that_may_become_more_stay_a_range_and_others_are_listed() -> None:
    def seeds_of(**evaluation: int) -> object:
        seeds = {"tuning": [0], "evaluation": {"first": 10, "count": 2, **evaluation}}
        return validate(changed({"seeds": seeds}))["seeds"]["evaluation"]

    assert seeds_of() == seeds_of(at_most=2) == [10, 11]
    assert seeds_of(at_most=4) == {"first": 10, "count": 2, "at_most": 4}


def test_the_plan_knows_its_looks_and_the_runs_that_may_follow_them(tmp_path: Path) -> None:
    seeds = {"tuning": [0], "evaluation": {"first": 10, "count": 2, "at_most": 7}}
    study = Study(with_grids(validate(changed({"seeds": seeds}))), tmp_path)
    problem, finalists = next(iter(study.problems)), study.config["finalists"]
    assert [look.seeds for look in study.looks_of(problem, study.track)] == [2, 4, 7]
    assert [look.seeds for look in study.looks_of(problem, "default")] == [2]
    assert study.seeds_given(problem, next(iter(study.optimizers)), study.track) == 2
    assert len(study.runs_after(problem, 2)) == 5 * len(study.optimizers) * finalists
    chosen = next(iter(study.optimizers))
    for at, continuing in ((2, [chosen]), (4, [chosen])):
        path = study.look_path(problem, str(at))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"continuing": continuing}))
    assert study.seeds_given(problem, chosen, study.track, at_look=4) == 4
    assert study.seeds_given(problem, chosen, study.track) == 7
    assert study.seeds_given(problem, chosen, "default") == 2
    assert {run.seed for run in study.runs_after(problem, 4)} == {14, 15, 16}
    added = set(study.runs()) - set(study.first_runs())
    assert {(run.optimizer, run.seed) for run in added} == {(chosen, s) for s in range(12, 17)}


@pytest.mark.parametrize(
    ("count", "at_most", "expected"),
    [(2, 7, [2, 4, 7]), (10, 20, [20]), (10, 50, [20, 40, 50]), (12, 12, [12])],
)
def test_folds_have_two_seeds_at_the_first_look_if_there_may_be_so_many(
    count: int, at_most: int, expected: list[int], tmp_path: Path
) -> None:
    config = read_yaml(ROOT / "config" / "config.yaml")
    seeds = {"tuning": [0], "evaluation": {"first": 10, "count": count, "at_most": at_most}}
    study = Study(with_grids(validate({**config, "seeds": seeds})), tmp_path)
    looks = {
        problem: [look.seeds for look in study.looks_of(problem, study.track)]
        for problem in ("reviews_rnn", "mnist_mlp")
    }
    assert looks["reviews_rnn"] == expected
    assert (looks["mnist_mlp"][0], looks["mnist_mlp"][-1]) == (count, at_most)
    assert [look.seeds for look in study.looks_of("reviews_rnn", "default")] == expected[:1]


LINEAR = {"use": "linear", "warmup_fraction": 0.05}


def test_the_study_s_schedule_is_that_of_every_optimizer_without_one_of_its_own() -> None:
    entries = {
        **{name: {"use": name} for name in ("adam", "schedule_free_adamw", "lbfgs", "rprop")},
        "prodigy": {"use": "prodigy"},
        "steps": {"use": "sgd", "schedule": {"use": "constant", "warmup_fraction": "0.1"}},
    }

    def schedules(**study: Any) -> dict[str, Any]:
        config = validate({**changed({"optimizers": entries}), **study})
        return {name: entry["schedule"] for name, entry in config["optimizers"].items()}

    own = {
        **{key: {"use": "constant"} for key in ("schedule_free_adamw", "lbfgs", "rprop")},
        "prodigy": {"use": "cosine"},
        "steps": {"use": "constant", "warmup_fraction": 0.1},
    }
    assert schedules() == {"adam": LINEAR, **own}
    cosine = {"use": "cosine", "warmup_fraction": "1e-1"}
    assert schedules(schedule=cosine) == {
        "adam": {"use": "cosine", "warmup_fraction": 0.1},
        **own,
    }


def test_defaults_are_filled_in() -> None:
    small = {
        "problems": {"valley": {"use": "rosenbrock", "epochs": 10}},
        "optimizers": {"adam": {"use": "adam"}},
    }
    assert validate(small) == {
        "study": "default",
        "mirror": None,
        "strict": False,
        "threads": 1,
        "kernels": "portable",
        "time_limit_seconds": 3600,
        "seeds": {"tuning": [0, 1, 2], "evaluation": [10, 11, 12, 13, 14]},
        "margin": {"accuracy": 0.005, "loss": 0.01, "time": 0.1},
        "focus": None,
        "baseline": None,
        "left_out": {},
        "tracks": ["tuned", "default"],
        "learning_rates": {"decades": 3, "points": 7, "grow": True},
        "finalists": 3,
        "schedule": LINEAR,
        "schedules": [],
        "horizons": [],
        "search": {"trials": 0},
        "datasets": {},
        "problems": {
            "valley": {
                "use": "rosenbrock",
                "title": "Rosenbrock function",
                "epochs": 10,
                "evaluations_per_epoch": 1,
            }
        },
        "optimizers": {
            "adam": {
                "use": "adam",
                "title": "Adam",
                "schedule": LINEAR,
                "learning_rates": {
                    "centre": 3 * OPTIMIZERS["adam"].learning_rate_centre,
                    "decades": 3,
                    "points": 7,
                },
            }
        },
        "figures": {"formats": ["pdf", "svg", "png"]},
    }


def test_the_order_of_the_keys_changes_nothing() -> None:
    config = changed({})
    turned = {key: config[key] for key in reversed(config)}
    assert json.dumps(validate(turned)) == json.dumps(validate(config))


@pytest.mark.parametrize(
    ("path", "text", "number"),
    [
        ("threads", "2", 2),
        ("threads", 2.0, 2),
        ("threads", "2e0", 2),
        ("time_limit_seconds", "1e-3", 1e-3),
        ("seeds/tuning", ["7", "8"], [7, 8]),
        ("problems/mlp/epochs", "5", 5),
        ("problems/mlp/epochs", 5.0, 5),
        ("problems/mlp/hidden", ["16"], [16]),
        ("problems/valley/tolerance", "1e-6", 1e-6),
        ("datasets/texts/reviews", "200", 200),
        ("optimizers/adam/beta1", "5e-1", 0.5),
        ("optimizers/adam/learning_rates", ["1e-3", "1e-4"], [1e-4, 1e-3]),
        ("seeds/evaluation", {"first": 7, "count": "3"}, [7, 8, 9]),
        ("optimizers/adam/schedule/total_steps", "1000", 1000),
    ],
)
def test_a_number_may_be_text(path: str, text: Any, number: Any) -> None:
    schedule = {"optimizers/adam/schedule": {"use": "cosine", "total_steps": 1}}
    value: Any = validate(changed({**schedule, path: text}))
    for key in path.split("/"):
        value = value[key]
    assert value == number
    assert type(value) is type(number)


def test_a_name_that_looks_like_a_number_stays_text() -> None:
    config = validate(changed({"study": "1e3", "optimizers/2": {"use": "adam"}}))
    assert config["study"] == "1e3"
    assert "2" in config["optimizers"]


def test_what_a_grid_lacks_is_the_studys() -> None:
    config = validate(
        changed(
            {
                "learning_rates": {"decades": 2, "points": 5},
                "optimizers/adam/learning_rates": {"centre": 0.5},
                "optimizers/sgd/learning_rates": [1, 4],
                "problems/mlp/learning_rates": {
                    "adam": {"points": 3},
                    "sgd": {"centre": 8},
                },
            }
        )
    )
    optimizers, problem = config["optimizers"], config["problems"]["mlp"]
    assert optimizers["adam"]["learning_rates"] == {"centre": 0.5, "decades": 2, "points": 5}
    assert problem["learning_rates"]["adam"] == {"centre": 0.5, "decades": 2, "points": 3}
    assert problem["learning_rates"]["sgd"] == {"centre": 8, "decades": 2, "points": 5}


def test_every_source_of_data_is_checked() -> None:
    for use, source in SOURCES.items():
        assert Any not in source.options.values(), use
