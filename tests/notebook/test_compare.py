"""A comparison in one call: what it accepts, and that it is what a study would say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import descent
from descent.data.readers.digits import prepare_digits
from descent.foundation.class_loading import load_class
from descent.notebook.comparison import compare
from descent.notebook.rules import entrants_of
from descent.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    Optimizer,
    RMSprop,
    ScheduleFreeSGD,
    hyperparameter,
)
from descent.optimizers.schedules import Constant, CosineDecay, LinearDecay, LinearWarmup
from descent.problems.base import Problem
from descent.problems.mlp import MLPProblem
from descent.training.loop import train

ROOT = Path(__file__).parents[2]
DECAY = LinearWarmup(fraction=0.05, after=LinearDecay())
QUICK = {"epochs": 1, "seeds": 2, "learning_rates": 3, "draw": False}


@dataclass
class Backwards(Optimizer):
    learning_rate: float = hyperparameter(1e-3, "[0, inf)")

    def direction(self, g, state):
        return np.negative(g, out=state.work[0])


class Bowl(Problem):
    splits = ("train",)

    def __init__(self, name, *, size=3):
        self.name, self.size, self.dtype = name, size, np.dtype("float64")
        self.steps_per_epoch, self.fingerprint = 1, "0"

    def init(self, rng):
        return rng.normal(size=self.size)

    def batches(self, rng):
        yield np.empty(0, int)

    def loss_and_grad(self, theta, batch, grad):
        grad[...] = theta
        return float(theta @ theta) / 2

    def evaluate(self, theta, split):
        return {"loss": float(theta @ theta) / 2}


def a_perceptron():
    return MLPProblem("digits", prepare_digits(), hidden=[32], mini_batch=32)


@pytest.mark.parametrize(("given", "schedule"), [(None, DECAY), ({"use": "constant"}, Constant())])
def test_a_row_is_what_training_by_hand_gives(given, schedule):
    rules = ["rmsprop", Adam(beta1=0.5, schedule=CosineDecay()), "schedule_free_sgd"]
    table = compare(rules, seeds=3, epochs=2, learning_rates=1, schedule=given, draw=False)
    problem = a_perceptron()
    for title, rule in (
        ("RMSprop", RMSprop(learning_rate=1e-3, schedule=schedule)),
        ("Adam", Adam(beta1=0.5, schedule=CosineDecay())),
        ("Schedule-Free SGD", ScheduleFreeSGD(ScheduleFreeSGD.learning_rate_centre)),
    ):
        ends = []
        for seed in (10, 11, 12):
            record, _, _ = train(problem, rule, seed=seed, epochs=2)
            ends.append(record.curve["test_accuracy"][-1])
        row = table.loc[title]
        assert row["mean"] == pytest.approx(np.mean(ends), rel=1e-12)
        assert row["learning_rate"] == rule.learning_rate
        assert row["seeds"] == 3
        assert row["unfinished"] == 0
        assert not row["on_edge"]


def test_the_grid_grows_and_every_seed_chooses_one_of_the_best_three():
    table = compare(["sgd"], epochs=2, seeds=2, learning_rates=3, draw=False)
    problem, examples = a_perceptron(), 270

    def ends(rate, seed):
        record, _, _ = train(problem, SGD(rate, schedule=DECAY), seed=seed, epochs=2)
        return {split: values[-1] for split, values in record.curve.items()} | {"rate": rate}

    given, added = (0.0949, 0.3, 0.949), (3.0, 9.49)
    screened = {rate: ends(rate, 0)["validation_accuracy"] for rate in given + added}
    best_first = sorted(screened, key=screened.__getitem__, reverse=True)
    assert max(given, key=screened.__getitem__) == max(given)
    chosen = []
    for seed in (10, 11):
        runs = [ends(rate, seed) for rate in best_first[:3]]
        most = max(run["validation_accuracy"] for run in runs)
        least = most - np.sqrt(most * (1 - most) / examples)
        near = [run for run in runs if run["validation_accuracy"] >= least]
        chosen.append(min(near, key=lambda run: run["validation_loss"]))
    row = table.loc["SGD"]
    assert row["mean"] == pytest.approx(np.mean([run["test_accuracy"] for run in chosen]))
    assert row["learning_rate"] == chosen[0]["rate"]
    assert not row["on_edge"]


def test_a_clear_difference_is_a_verdict_and_a_broken_rule_is_last():
    table = compare([Backwards, "sgd"], Bowl("bowl"), epochs=40, seeds=10, draw=False)
    assert table.index.tolist() == ["SGD", "Backwards"]
    assert table.loc["SGD", "better_than"] == "Backwards"
    assert table.loc["Backwards", "worse_than"] == "SGD"
    assert table.loc["SGD", "undecided_with"] == ""
    assert table["metric"].tolist() == ["train_loss"] * 2


def test_a_run_that_diverges_is_counted_as_the_untrained_model():
    table = compare([SGD(1e6)], Bowl("bowl"), epochs=100, seeds=3, learning_rates=1, draw=False)
    assert table.loc["SGD", "unfinished"] == 3
    still = compare([SGD(1e-9)], Bowl("bowl"), epochs=1, seeds=3, learning_rates=1, draw=False)
    assert table.loc["SGD", "mean"] == pytest.approx(still.loc["SGD", "mean"], rel=1e-6)


PROBLEMS = {
    "digits": "test_accuracy",
    "reviews": "test_accuracy",
    "rosenbrock": "train_loss",
    "quadratic_deep": "test_loss",
    f"{ROOT}/examples/small_conv_net.py:SmallConvNet": "test_accuracy",
}


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.rpartition(":")[2])
def test_a_problem_may_be_a_name(problem):
    table = compare(["sgd"], problem, **QUICK)
    assert table["metric"].tolist() == [PROBLEMS[problem]]
    assert np.isfinite(table["mean"]).all()


def test_a_problem_may_be_an_entry_a_class_or_an_object(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "own.npz", X=rng.normal(size=(60, 4)), y=np.arange(60) % 3)
    own = {"use": "npz", "file": str(tmp_path / "own.npz")}
    entry = {"use": "mlp", "hidden": [4], "dataset": own}
    stored = MLPProblem("digits", prepare_digits(), hidden=[32], mini_batch=32)
    images = load_class("small_conv_net.py:SmallConvNet", ROOT / "examples")  # not flattened
    for problem in (entry, images, Bowl, Bowl("bowl", size=7), stored):
        assert np.isfinite(compare(["sgd"], problem, **QUICK)["mean"]).all()
    assert compare(["sgd"], stored, **QUICK)["mean"].tolist() == pytest.approx(
        compare(["sgd"], "digits", **QUICK)["mean"].tolist()
    )


def test_texts_are_split_into_folds_as_a_study_does(monkeypatch):
    folds = []
    original = descent.notebook.comparison.Task.prepare

    def noted(self, folder, fold):
        folds.append(fold)
        original(self, folder, fold)

    monkeypatch.setattr(descent.notebook.comparison.Task, "prepare", noted)
    compare(["sgd"], "reviews", **QUICK)
    assert sorted(folds) == [0, 1]  # of the tuning seeds 0 and 1, and of 10 and 11


def test_optimizers_have_the_names_that_a_reader_expects():
    found = entrants_of(["sgd", Adam, RMSprop(learning_rate=0.5), Backwards(), "sam"])
    assert {name: entrant.title for name, entrant in found.items()} == {
        "sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop", "Backwards": "Backwards", "sam": "SAM",
    }  # fmt: skip
    assert found["rmsprop"].centre == 0.5
    assert found["adam"].centre == Adam.learning_rate_centre
    named = entrants_of({"slow": RMSprop(), "fast": RMSprop(decay_rate=0.5)})
    assert [entrant.title for entrant in named.values()] == ["slow", "fast"]
    own = entrants_of([f"{ROOT}/examples/sign_momentum.py:SignMomentum"])
    assert list(own) == ["SignMomentum"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_learning_rate_is_all_that_tuning_changes(name):
    (entrant,) = entrants_of([name]).values()
    before = repr(entrant.rule)
    rule = entrant.at({"learning_rate": 0.125})
    assert rule.learning_rate == 0.125
    assert repr(entrant.rule) == before
    rule.learning_rate = entrant.rule.learning_rate
    assert repr(rule) == before


@pytest.mark.parametrize(
    ("optimizers", "settings", "error", "message"),
    [
        ([], {}, ValueError, "at least one. Received: none"),
        ("adam", {}, TypeError, "must be a list or a mapping. Received: 'adam'"),
        (["adm"], {}, ValueError, "no optimizer 'adm'. Did you mean 'adam'"),
        ([3], {}, TypeError, "an optimizer must be a name such as 'rmsprop'.*Received: 3"),
        ([Adam(), Adam(beta1=0.5)], {}, ValueError, "two optimizers are called Adam; name them"),
        ([Adam(learning_rate=0.0)], {}, ValueError, r"of adam must be in \(0, inf\)"),
        (["adam"], {"problem": "digit"}, ValueError, "there is no problem 'digit'"),
        (["adam"], {"problem": 3}, TypeError, "problem must be a name.*Received: 3"),
        (["adam"], {"problem": {"use": "mlp", "hiden": [3]}}, ValueError, "mean 'hidden'"),
        (
            ["adam"],
            {"problem": {"use": "mlp", "dataset": "mnist"}},
            ValueError,
            "must need no download.*Received: mnist",
        ),
        (["adam"], {"seeds": 0}, ValueError, "seeds must be an integer >= 1. Received: 0"),
        (["adam"], {"learning_rates": 2.5}, ValueError, "learning_rates must be.*Received: 2.5"),
        (["adam"], {"epochs": 0}, ValueError, r"epochs must be in \(0, inf\). Received: 0"),
    ],
)
def test_what_is_wrong_is_named(optimizers, settings, error, message):
    with pytest.raises(error, match=message):
        compare(optimizers, **{"draw": False, **settings})


def test_the_answer_is_printed_first_and_then_the_verdicts(capsys):
    table = compare([Backwards, "sgd"], Bowl("bowl"), epochs=40, seeds=6, draw=False)
    answer, _, frame = repr(table).partition("\n\n")
    assert answer == table.answer
    assert answer.startswith("SGD is clearly better than Backwards by ")
    assert frame.split()[:4] == ["better_than", "worse_than", "equivalent_to", "undecided_with"]
    assert f"<strong>{answer}</strong>" in table._repr_html_()
    (pair,) = table.comparisons.to_dict("records")
    assert (pair["first"], pair["second"], pair["verdict"]) == ("SGD", "Backwards", "better")
    assert table.figure is None
    assert "runs" in capsys.readouterr().err


def test_an_optimizer_may_have_a_grid_of_its_own():
    given = {
        "decayed": {
            "use": "adamw",
            "learning_rates": [0.01, 0.1],
            "grid": {"weight_decay": [0, 1]},
        },
        "plain": {"use": "sgd", "clip_norm": 1.0},
    }
    table = compare(given, "digits", epochs=1, seeds=2, learning_rates=[0.1], draw=False)
    assert table.loc["plain", "learning_rate"] == 0.1
    assert table.loc["decayed", "learning_rate"] in {0.0001, 0.001, 0.01, 0.1, 1.0, 10.0}
    assert entrants_of(given)["decayed"].at({"weight_decay": 0.5}).weight_decay == 0.5
    assert entrants_of(given)["plain"].rule.clip_norm == 1.0


def test_a_decaying_schedule_raises_what_is_typical_and_nothing_else():
    (typical,), (own,) = (entrants_of([given]).values() for given in ("sgd", SGD(0.1)))
    cosine = {"use": "cosine"}
    assert typical.under(cosine, tuned=True).centre == 3 * SGD.learning_rate_centre
    assert typical.under(cosine, tuned=False).centre == SGD.learning_rate_centre
    assert typical.under({"use": "constant"}, tuned=True).centre == SGD.learning_rate_centre
    assert own.under(cosine, tuned=True).centre == 0.1
    by_name = compare(["sgd"], "parabola", epochs=9, seeds=2, schedule="cosine", draw=False)
    assert by_name.equals(
        compare(["sgd"], "parabola", epochs=9, seeds=2, schedule=cosine, draw=False)
    )


def test_classes_of_pytorch_and_functions_of_optax_are_optimizers():
    torch, optax = pytest.importorskip("torch"), pytest.importorskip("optax")

    class Mine(torch.optim.SGD):
        pass

    table = compare([Mine, torch.optim.RAdam, optax.lion], **QUICK)
    assert set(table.index) == {"Mine", "RAdam", "lion"}


def test_a_problem_may_be_a_function_that_trains():
    seen = []

    def train(optimizer, learning_rate, seed):
        seen.append((optimizer, learning_rate, seed))
        if (optimizer, learning_rate) == ("worse", 1.0):
            return float("nan")
        return abs(np.log10(learning_rate) + 1) + 0.1 * (optimizer == "worse") + 0.001 * seed

    given = {"better": [0.01, 0.1, 1.0], "worse": [0.01, 0.1, 1.0]}
    table = compare(given, train, seeds=8, lower_is_better=True, margin=0.01)
    assert table.answer == "better is clearly better than worse by 0.1."
    assert table["learning_rate"].tolist() == [0.1, 0.1]
    assert table.loc["worse", "worse_than"] == "better"
    assert not table["on_edge"].any()
    assert table.loc["better", "mean"] == pytest.approx(0.001 * np.mean(range(10, 18)))
    assert len(seen) == 2 * (3 + 3 * 8)
    given = [SGD, "sgd"]  # handed over as they are
    compare(given, lambda optimizer, *_: seen.append(optimizer) or 0.0, learning_rates=[1], seeds=2)
    assert set(seen[-6:]) == set(given)
    with pytest.raises(ValueError, match="nothing is known of the learning rate of unknown"):
        compare(["unknown", "sgd"], train)


def test_a_figure_is_drawn_and_settings_of_matplotlib_are_left_alone():
    with mpl.rc_context({"backend": "Agg", "font.size": 13.5}):
        before = dict(mpl.rcParams)
        table = compare(["adam", "sgd"], **{**QUICK, "draw": True})
        assert dict(mpl.rcParams) == before
        figure = plt.gcf()
        assert table.figure is figure
        titles = [axes.get_title("left") for axes in figure.axes]
        assert titles == ["Training", "Tuning", "Result"]
        assert figure.get_suptitle() == "Digits, multilayer perceptron"
        ends = figure.axes[2]
        assert {label.get_text() for label in ends.get_yticklabels()} == {"Adam", "SGD"}
        for axes in figure.axes:  # no panel is squeezed by another
            assert axes.get_position().width > 0.18
        plt.close("all")
