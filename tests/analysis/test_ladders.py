"""Where leads begin and end along a setting, and the critical mini-batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from descent.analysis.ladders import critical_size, ladders, sentence
from descent.optimizers.rules.sgd import SGD
from descent.problems.quadratic_deep import QuadraticDeep
from descent.study.measures import time_to_target
from descent.training.loop import train

SEEDS = 8


class Tables:
    """A study of one ladder, as the sentence reads it."""

    track = "tuned"
    optimizers = optimizer_titles = {"adam": "Adam", "muon": "Muon"}

    def __init__(self, leaders: dict[int, str], steps: dict[str, list[float]]) -> None:
        common = {"target": {"metric": "validation_loss", "value": 1.0}}
        ladder = {"of": "net", "setting": "mini_batch"}
        problems = {size: f"net-{size}" for size in leaders}
        self.config = {
            "problems": {
                p: {**common, "ladder": {**ladder, "value": s}} for s, p in problems.items()
            }
        }
        self.problem_titles = {
            p: f"Digits, network, mini batch {size:,}" for size, p in problems.items()
        }
        self.leaders = {problems[size]: of.split() for size, of in leaders.items()}
        self.steps = {
            (problems[size], name): of[place]
            for name, of in steps.items()
            for place, size in enumerate(sorted(leaders))
        }

    def rows(self, _table: str, *, titled: bool, problem: str, track: str) -> list[dict]:
        assert titled
        assert track == self.track
        titles = self.optimizer_titles.values()
        return [{"optimizer": t, "contender": t in self.leaders[problem]} for t in titles]

    def of(self, table: str, *, problem: str, optimizer: str, **_: str) -> pd.DataFrame:
        if table == "runs":
            return pd.DataFrame({"steps_per_epoch": [10]})
        epoch = self.steps[problem, optimizer] / 10
        return pd.DataFrame({"epoch": [0.0, epoch, 2 * epoch], "mean": [3.0, 1.0, 0.5]})


def test_a_lead_is_told_from_its_first_value_to_its_last() -> None:
    steps = {"adam": [1100.0, 350.0, 162.5, 115.625], "muon": [60.0, 70.0, 80.0, 90.0]}
    tables = Tables({64: "Adam Muon", 16: "Adam", 4: "Adam", 256: "Muon"}, steps)
    rungs = ladders(tables.config)["net"]
    assert rungs == ["net-4", "net-16", "net-64", "net-256"]
    assert sentence(tables, rungs) == (
        "Digits, network, by mini batch: at 4 to 16 Adam leads; at 64 Adam and Muon lead; at 256 "
        "Muon leads. Critical mini-batch, beyond which a larger one saves few steps: Adam 40."
    )


def test_steps_of_a_known_critical_size_give_it_back() -> None:
    sizes = [4, 16, 64, 256]
    assert critical_size(sizes, [100 * (1 + 40 / size) for size in sizes]) == pytest.approx(40)
    assert critical_size(sizes, [100, 100, 100, 120]) is None
    assert critical_size(sizes, [1000, 250, 60, 12]) is None


@pytest.mark.slow
def test_the_ladder_on_quadratic_deep_finds_the_critical_size_of_its_theory() -> None:
    """Theory: fewest examples (small mini-batches) by fewest steps (all of the noise averaged).

    The expected loss of gradient descent with noise is known in closed form along each eigenvector.
    """
    target_excess, rates = 5.0, np.geomspace(3e-4, 0.03, 25)
    problem = QuadraticDeep("p")
    points, hessian = problem.points["train"].astype(float), problem.hessian.astype(float)
    eigenvalues, vectors = np.linalg.eigh(hessian)
    start = ((1.0 - points.mean(axis=0)) @ vectors) ** 2
    noise = ((points - points.mean(axis=0)) @ vectors).var(axis=0)

    def expected_steps(size: float, learning_rate: float) -> float:
        shrink = (1.0 - learning_rate * eigenvalues) ** 2
        added = (learning_rate * eigenvalues) ** 2 * noise / size
        t = np.arange(1, 10**7 if size < 1 else 10**4)[:: 100 if size < 1 else 1]
        floor = added / (1.0 - shrink)
        low, high = 0, len(t)
        while low < high:  # the excess falls with the steps
            middle = (low + high) // 2
            of_all = shrink ** t[middle] * (start - floor) + floor
            if 0.5 * eigenvalues @ of_all <= target_excess:
                high = middle
            else:
                low = middle + 1
        return float(t[low]) if low < len(t) else np.inf

    fewest_steps = min(expected_steps(1e12, rate) for rate in rates)
    fewest_examples = 0.05 * min(expected_steps(0.05, rate) for rate in rates / 300)
    theory = fewest_examples / fewest_steps

    pulls = points[:896] - points[:896].mean(axis=0)
    least = 0.5 * np.mean(np.sum(pulls @ hessian * pulls, axis=1))
    target = {"metric": "train_loss", "value": least + target_excess}
    sizes, measured = [4, 16, 64], []
    for size, epochs in zip(sizes, (3, 4, 8), strict=True):
        rung = QuadraticDeep("p", mini_batch=size)
        often = rung.steps_per_epoch / (1 + rung.steps_per_epoch // 50)
        found = []
        for rate in np.geomspace(1e-3, 0.03, 9):
            runs = [
                train(rung, SGD(rate), seed=s, epochs=epochs, evaluations_per_epoch=often)[0]
                for s in range(SEEDS)
            ]
            if all(run.status == "finished" for run in runs):
                mean = dict(runs[0].curve)
                mean["train_loss"] = np.mean([run.curve["train_loss"] for run in runs], axis=0)
                found.append(time_to_target(replace(runs[0], curve=mean), target))
        measured.append(min(time.steps for time in found if time.reached))
    ours = critical_size(sizes, measured)
    assert ours is not None
    assert theory / 1.5 < ours < 1.5 * theory, (ours, theory, measured)
