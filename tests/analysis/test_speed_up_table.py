"""Runs at other horizons, and how much longer the baseline runs to reach what others reach."""

import pytest
from fabricated_study import OPTIMIZERS, STEPS_PER_EPOCH, fabricate
from trained_study import train

from descent.analysis.speed_up import is_faster, reaches, speed_ups
from descent.analysis.tables import build, cost, display
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import speed_up as figure
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Study

MULTIPLES = [0.5, 0.7, 1, 1.4, 2]
#: Speed of each optimizer of the fabricated study, by that of its baseline.
SPEED_UPS = {
    name: OPTIMIZERS[name][2] / OPTIMIZERS["momentum"][2] for name in ("sgd", "adam", "lion")
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    return fabricated(tmp_path_factory.mktemp("baseline"), "baseline")


def fabricated(folder, trained, **changes):
    study = fabricate(
        folder,
        problems=("network", "valley"),
        optimizers=("momentum", *SPEED_UPS),
        baseline="momentum",
        horizons={"multiples": MULTIPLES, "optimizers": trained},
        **changes,
    )
    for command in (build, cost):
        assert command.main([str(folder / "study.json")]) == 0
    return StudyTables(study.folder / "study.json")


def raw(**changes):
    return {
        "seeds": {"tuning": [0], "evaluation": {"first": 10, "count": 2, "at_most": 4}},
        "horizons": [2, 0.5],
        "problems": {
            "valley": {"use": "rosenbrock", "epochs": 9},
            "bowl": {"use": "quadratic", "epochs": 9, "horizons": []},
        },
        "optimizers": {"adamw": {"use": "adamw"}, "sgd": {"use": "sgd"}},
    } | changes


def test_the_baseline_is_tuned_and_trained_at_every_horizon_on_paired_seeds(tmp_path):
    config = validate(raw())
    assert validate(config) == config
    study = Study(with_grids(config), tmp_path)
    assert list(study.trained) == ["valley", "valley@0.5", "valley@2", "bowl"]
    longer = [run for run in study.runs() if run.problem == "valley@2"]
    assert {run.optimizer for run in longer} == {"adamw"}
    assert {run.track for run in longer} == {"tuned"}
    assert {run.seed for run in longer if run.is_evaluation} == {10, 11}  # of the first look
    jobs = [study.job(longer[0]), study.job(longer[0]._replace(problem="valley"))]
    assert [job["problem"].pop("epochs") for job in jobs] == [18, 9]
    assert [job["problem"].pop("evaluations_per_epoch") for job in jobs] == [1 / 18, 1]
    assert jobs[0] == jobs[1]  # the name, too, which keys what is paired
    every = {"multiples": [2], "optimizers": "all"}
    study = Study(with_grids(validate(raw(horizons=every, baseline="sgd"))), tmp_path)
    assert study.optimizers_on("valley@2") == ["adamw", "sgd"]


def test_horizons_need_a_baseline():
    with pytest.raises(ConfigError, match=r"baseline: missing: `horizons` train"):
        validate(raw(optimizers={"sgd": {"use": "sgd"}}))


@pytest.mark.parametrize("problem", ["network", "valley"])
def test_the_speed_up_is_the_ratio_of_known_speeds(tables, problem):
    length = {"network": 5, "valley": 100}[problem] * STEPS_PER_EPOCH[problem]
    rows = {row["optimizer"]: row for row in tables.rows("speed_up", problem=problem)}
    assert list(rows) == list(SPEED_UPS)
    for name, expected in SPEED_UPS.items():
        row = rows[name]
        assert row["known"] == "between"
        assert row["low"] < row["speed_up"] < row["high"]
        assert row["speed_up"] == pytest.approx(expected, rel=0.05)  # each tunes on its own grid
        assert row["baseline_steps"] == pytest.approx(length * row["speed_up"])
        gradients = 2 if name == "lion" else 1
        assert row["high_in_gradients"] == pytest.approx(row["high"] / gradients)
    in_seconds = {row["optimizer"]: row for row in tables.rows("speed_up_in_seconds")}
    assert in_seconds["sgd"]["cost_of_step"] < 1 < in_seconds["adam"]["cost_of_step"]


def test_other_horizons_enter_nothing_else(tables):
    for name in ("leaderboard", "comparisons", "sensitivity", "cost", "tuning_budget"):
        assert set(tables[name]["problem"]) == {"network", "valley"}
    assert set(tables["horizons"]["horizon"]) == set(MULTIPLES)


def test_the_speed_up_at_several_horizons_of_the_others(tmp_path):
    rows = fabricated(tmp_path, "all").rows("speed_up", problem="valley", optimizer="adam")
    assert [row["horizon"] for row in rows] == MULTIPLES
    assert [row["known"] for row in rows] == [*["between"] * 3, "between", "at least"]


def test_what_is_said_of_a_speed_up(tables):
    board = display.leaderboard(tables, "valley", "tuned", display.FINDINGS)
    cells = {row.optimizers[0]: row.cells[-1].text for row in board.rows}
    assert board.headers[-1].text == "speed-up over Momentum"
    sentences = " ".join(speed_ups(tables, "valley"))
    for name in SPEED_UPS:
        (row,) = tables.rows("speed_up", problem="valley", optimizer=name)
        interval = f"({row['low']:.2f} to {row['high']:.2f})"
        assert cells[name] == f"{row['speed_up']:.2f} {interval}"
        low, high, steps = (100 * row[end] for end in ("low", "high", "speed_up"))
        expected = (
            f"in 100 steps what Momentum reaches in {steps:.0f} (95 %: {low:.0f} to {high:.0f})"
        )
        assert (expected in sentences) == is_faster(row)
    assert cells["momentum"] == "-"
    assert f"of those slower than Momentum: SGD {cells['sgd']}." in sentences


KNOWN = {
    "at least": "Adam reaches in 100 steps what SGD reaches in at least 150 (95 %).",
    "saturated": "Longer runs do not improve the test accuracy of SGD",
    "unfinished": "Runs were lost",
}


@pytest.mark.parametrize("known", KNOWN)
def test_what_is_said_where_the_interval_is_open_or_there_is_none(known):
    row = dict.fromkeys(("speed_up", "low", "high", "baseline_steps"))
    row |= {"optimizer": "Adam", "baseline": "SGD", "steps": 100, "metric": "test_accuracy"}
    row |= {"known": known, "cost_of_step": 1.0, "low": 1.5 if known == "at least" else None}
    assert reaches(row).startswith(KNOWN[known])


def test_the_figure_draws_the_distance_to_the_baseline(tables):
    drawing = figure.draw(tables, "valley")
    assert "Adam reaches in 100 steps what Momentum reaches in" in drawing.caption
    lines = [line.get_xdata() for line in drawing.figure.axes[0].lines]
    for row in tables.rows("speed_up", problem="valley"):
        assert any(list(x) == [row["steps"], row["baseline_steps"]] for x in lines)
        assert any(list(x) == [row["steps"] * row[end] for end in ("low", "high")] for x in lines)


def test_a_lost_run_of_the_optimizer_leaves_no_speed_up_and_one_of_the_baseline_its_horizon(
    tmp_path,
):
    def lose(record):
        lost = {"sgd": 5, "momentum": 7}.get(record.optimizer)
        if lost == record.epochs and record.seed == 12:
            record.status = "diverged"

    rows = fabricated(tmp_path, "baseline", change=lose).rows("speed_up", problem="network")
    assert [row["known"] for row in rows] == ["unfinished", "between", "between"]


def test_sgd_with_every_step_taken_twice_is_no_faster_in_gradients(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problem = {"use": "softmax_regression", "dataset": "digits", "mini_batch": 256, "epochs": 6}
    study = train(
        raw(
            study="twice",
            tracks=["tuned"],
            baseline="sgd",
            horizons=[1.4, 2, 2.8, 4],
            seeds={"tuning": [0], "evaluation": {"first": 10, "count": 10}},
            learning_rates={"decades": 1, "points": 4},
            datasets={"digits": {"use": "digits"}},
            problems={"digits": problem},
            optimizers={
                "sgd": {"use": "sgd", "learning_rates": {"centre": 4}},
                "twice": {"use": "sgd_twice:SGDTwice", "learning_rates": {"centre": 4}},
            },
        )
    )
    (row,) = StudyTables(study.folder / "study.json").rows("speed_up")
    assert (row["known"], row["cost_of_step"]) == ("between", 2)
    assert 1.3 < row["low"] < 2 < row["high"]
    assert row["low_in_gradients"] < 1 < row["high_in_gradients"]
