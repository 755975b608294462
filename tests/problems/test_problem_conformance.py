"""The conformance check: good problems pass it, and every fault is found by the check for it."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from small_datasets import characters, dense, reviews

import descent
from descent.arrays import Layout
from descent.data.dataset import save_dataset
from descent.problems.built_in import PROBLEMS
from descent.problems.conformance import check_problem, main
from descent.problems.learning import LearningProblem

ROOT = Path(__file__).parents[2]
#: Settings with which the built-in problems are small, and do not clip.
SMALL = {
    "mlp": {"hidden": [4], "mini_batch": 10},
    "softmax_regression": {"mini_batch": 10},
    "rnn": {"hidden": 3, "clip_norm": None},
    "attention": {"width": 4, "heads": 2, "feed_forward": 3},
    "logistic_regression": {"l2": 0.1},
    "language_model": {"layers": 2, "width": 4, "heads": 2, "context": 6, "steps": 5},
}
DATA = {
    "dense": dense,
    "reviews": partial(reviews, 3),
    "characters": characters,
    None: lambda: None,
}


def faults(problem, dataset=None, **settings):
    found = check_problem(problem, dataset, **settings)
    return {finding.check: finding.explanation for finding in found if not finding.holds}


@pytest.mark.parametrize("use", PROBLEMS)
def test_every_built_in_problem_keeps_the_contract(use):
    data = DATA[PROBLEMS[use].dataset]()
    assert faults(use, data, **SMALL.get(use, {})) == {}


def test_a_tied_language_model_with_gelu_keeps_it_too():
    settings = {**SMALL["language_model"], "tied": True, "activation": "gelu"}
    assert faults("language_model", **settings) == {}


def test_a_clipped_gradient_is_not_that_of_the_loss():
    assert list(faults("rnn", reviews(), hidden=3, clip_norm=1e-3)) == [
        "has the gradient of its loss"
    ]


def test_without_data_of_ones_own_there_are_digits_and_generated_reviews():
    assert faults("softmax_regression") == {}
    assert faults("logistic_regression") == {}


class Good(LearningProblem):
    """Softmax regression with a penalty, in a few lines; every fault below is a change of it."""

    dataset = "dense"

    def __init__(self, name, dataset, *, l2=0.1, mini_batch=5, dtype="float64"):
        super().__init__(name, dataset, mini_batch=mini_batch, dtype=dtype, settings={"l2": l2})
        self.l2 = l2
        self.x = {s: dataset[f"{s}_inputs"].astype(dtype) for s in self.splits}
        self.y = {s: dataset[f"{s}_labels"] for s in self.splits}
        features, classes = self.x["train"].shape[1], dataset.about["classes"]
        self.layout = Layout({"W": (features, classes), "b": (classes,)})

    def init(self, rng):
        return rng.normal(size=self.size).astype(self.dtype)

    def losses(self, theta, x, y):
        p = self.layout.views(theta)
        z = x @ p["W"] + p["b"]
        z -= z.max(axis=1, keepdims=True)
        z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
        return z, -z[np.arange(len(y)), y] + 0.5 * self.l2 * theta @ theta

    def loss_and_grad(self, theta, batch, grad):
        x, y = self.x["train"][batch], self.y["train"][batch]
        z, losses = self.losses(theta, x, y)
        d = (np.exp(z) - np.eye(z.shape[1], dtype=z.dtype)[y]) / len(y)
        self.layout.views(grad)["W"][...] = x.T @ d
        self.layout.views(grad)["b"][...] = d.sum(axis=0)
        grad += self.l2 * theta
        return float(losses.mean())

    def evaluate(self, theta, split):
        z, losses = self.losses(theta, self.x[split], self.y[split])
        correct = z.argmax(axis=1) == self.y[split]
        return {"loss": float(losses.mean()), "accuracy": float(correct.mean())}

    def correct(self, theta, split):
        return self.losses(theta, self.x[split], self.y[split])[0].argmax(axis=1) == self.y[split]


@pytest.mark.parametrize("settings", [{}, {"dtype": "float32"}, {"mini_batch": 100}])
def test_a_good_one_of_ones_own_has_no_fault(settings):
    assert faults(Good, dense(), **settings) == {}


class ForgetsPenalty(Good):
    def loss_and_grad(self, theta, batch, grad):
        loss = super().loss_and_grad(theta, batch, grad)
        grad -= self.l2 * theta
        return loss


class ForgetsBias(Good):
    def loss_and_grad(self, theta, batch, grad):
        kept = self.layout.views(grad)["b"].copy()
        loss = super().loss_and_grad(theta, batch, grad)
        self.layout.views(grad)["b"][...] = kept
        return loss


class AddsUp(Good):
    def loss_and_grad(self, theta, batch, grad):
        new = np.empty_like(grad)
        loss = super().loss_and_grad(theta, batch, new)
        grad[...] = np.nan_to_num(grad) + new
        return loss


class SumsLosses(Good):
    def loss_and_grad(self, theta, batch, grad):
        return len(batch) * super().loss_and_grad(theta, batch, grad)


class DrawsNoise(Good):
    def loss_and_grad(self, theta, batch, grad):
        loss = super().loss_and_grad(theta, batch, grad)
        return loss + float(np.random.default_rng().normal())


class Remembers(Good):
    last = 0.0

    def evaluate(self, theta, split):
        self.last += 1.0
        return super().evaluate(theta, split)

    def loss_and_grad(self, theta, batch, grad):
        return super().loss_and_grad(theta, batch, grad) + self.last


class DrawsData(Good):
    def __init__(self, name, dataset, **settings):
        super().__init__(name, dataset, **settings)
        self.x["train"] = self.x["train"] + np.random.default_rng().normal()


class WritesParameters(Good):
    def evaluate(self, theta, split):
        theta *= 0.5
        return super().evaluate(theta, split)


class WritesBatch(Good):
    def loss_and_grad(self, theta, batch, grad):
        batch.sort()
        batch[0] = 0
        return super().loss_and_grad(theta, batch, grad)


class ForgetsSetting(Good):
    def __init__(self, name, dataset, *, l2=0.1, depth=3):
        super().__init__(name, dataset, l2=l2)


class ForgetsData(Good):
    def __init__(self, name, dataset, **settings):
        super().__init__(name, dataset, **settings)
        self.fingerprint = "00"


class ForgetsUnset(Good):
    def __init__(self, name, dataset, *, bound=None):
        super().__init__(name, dataset)


class OwnStart(Good):
    def init(self, rng):
        return np.random.default_rng().normal(size=self.size)


class OneStart(Good):
    def init(self, rng):
        self.start = getattr(self, "start", np.zeros(self.size))
        return self.start


class WrongType(Good):
    def init(self, rng):
        return super().init(rng).astype(np.float32)


class TooShort(Good):
    def init(self, rng):
        return super().init(rng)[:-1]


class OwnOrder(Good):
    def batches(self, rng):
        yield from super().batches(np.random.default_rng())


class DropsLast(Good):
    def batches(self, rng):
        yield from list(super().batches(rng))[:-1]


class Masks(Good):
    def batches(self, rng):
        for batch in super().batches(rng):
            yield np.isin(np.arange(self.examples), batch).astype(float)


class Evaluates32(Good):
    def evaluate(self, theta, split):
        return {name: np.float32(v) for name, v in super().evaluate(theta, split).items()}


class CountsWrong(Good):
    def correct(self, theta, split):
        return ~super().correct(theta, split)


class LosesMetric(Good):
    metrics = ("loss", "accuracy", "recall")


class NoLoss(Good):
    metrics = ("accuracy",)


class OwnSplits(Good):
    splits = ("train", "held_out")

    def __init__(self, name, dataset):
        arrays = dataset.arrays | {
            f"held_out_{x}": dataset[f"test_{x}"] for x in ("inputs", "labels")
        }
        super().__init__(name, type(dataset)(arrays, dataset.about, dataset.fingerprint))


class ReturnsArray(Good):
    def loss_and_grad(self, theta, batch, grad):
        return np.array(super().loss_and_grad(theta, batch, grad))


class Refuses(Good):
    def loss_and_grad(self, theta, batch, grad):
        if not np.isfinite(theta).all():
            raise FloatingPointError("diverged")
        return super().loss_and_grad(theta, batch, grad)


class Half(Good):
    def __init__(self, name, dataset):
        super().__init__(name, dataset)
        self.dtype = np.float64


class TooFew(Good):
    def __init__(self, name, dataset):
        super().__init__(name, dataset)
        self.size -= 1


class Renamed(Good):
    def __init__(self, name, dataset):
        super().__init__("own", dataset)


#: What is found in each, and what is said of it.
FAULTS = {
    ForgetsPenalty: ("has the gradient of its loss", "in a direction of W the gradient says"),
    ForgetsBias: ("has the gradient of its loss", "gradient of b has NaN or components that were"),
    SumsLosses: ("has the gradient of its loss", "in a direction of W"),
    AddsUp: ("is deterministic", "added to what the gradient held"),
    DrawsNoise: ("is deterministic", "nothing may be drawn at random"),
    Remembers: ("is deterministic", "kept between calls"),
    DrawsData: ("is deterministic", "two problems of the same settings differ"),
    WritesParameters: ("leaves what it is given alone", "the parameters were written to"),
    WritesBatch: ("leaves what it is given alone", "indices of the mini-batch were written to"),
    ForgetsSetting: ("has a fingerprint of all its settings", "depth of 3 and of 4 have one"),
    ForgetsUnset: ("has a fingerprint of all its settings", "bound of None and of 1 have one"),
    ForgetsData: ("has a fingerprint of all its settings", "other data have the same"),
    OwnStart: ("starts where its seed says", "two starts for one seed"),
    OneStart: ("starts where its seed says", "a new vector each time"),
    WrongType: ("starts where its seed says", "must return float64. Received: float32"),
    TooShort: ("starts where its seed says", r"a vector of size 21. Received: \(20,\)"),
    OwnOrder: ("yields the mini-batches of an epoch", "two orders for one seed"),
    DropsLast: ("yields the mini-batches of an epoch", "5, mini-batches. Received: 4"),
    Masks: ("yields the mini-batches of an epoch", "vector of indices. .* of float64"),
    Evaluates32: ("evaluates every split", "train loss must be a float.*Received: float32"),
    CountsWrong: ("evaluates every split", "correct must give the accuracy of train"),
    LosesMetric: ("evaluates every split", "must return loss, accuracy, recall"),
    NoLoss: ("says what it is", "metrics must have loss and the headline, accuracy"),
    OwnSplits: ("says what it is", "some of validation, test. Received: .*held_out"),
    ReturnsArray: ("evaluates every split", "loss_and_grad must return a float.*ndarray"),
    Refuses: (
        "diverges in silence",
        "raised FloatingPointError in test_problem_conf.*, line",
    ),
    Half: ("says what it is", "dtype must be numpy.dtype of float32 or float64"),
    TooFew: ("says what it is", "layout must cover all 20 parameters. Received: 21"),
    Renamed: ("says what it is", "name must be what it was given, 'checked'. Received: 'own'"),
}


@pytest.mark.parametrize("cls", FAULTS, ids=lambda cls: cls.__name__)
def test_a_fault_is_found_by_the_check_that_is_meant_for_it(cls):
    check, message = FAULTS[cls]
    assert re.search(message, faults(cls, dense())[check])


def test_every_check_finds_something():
    found = {finding.check for finding in check_problem(Good, dense())}
    assert found - {"can be made"} == {check for check, _ in FAULTS.values()}


class Raises(Good):
    def __init__(self, name, dataset):
        raise KeyError("images")


def test_what_cannot_be_made_is_one_finding():
    (finding,) = check_problem(Raises, dense())
    assert not finding.holds
    assert "raised KeyError in test_problem_conformance.py" in finding.explanation


def test_settings_are_those_of_the_class():
    with pytest.raises(ValueError, match=r"no setting 'minibatch'. Did you mean 'mini_batch'\?"):
        check_problem(Good, dense(), minibatch=1)


def test_the_command_says_what_holds(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["examples/small_conv_net.py:SmallConvNet", "--set", "filters=3"]) == 0
    out = capsys.readouterr().out
    assert "ok     can be made: with filters=3, mini_batch=32" in out
    assert "it depends on filters, mini_batch, dtype, the data\n" in out
    assert "SmallConvNet may join a study" in out


def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    right = (ROOT / "examples" / "small_conv_net.py").read_text(encoding="utf-8")
    wrong = right.replace('{"filters": filters}', "{}").replace("(maps > 0)", "1")
    assert wrong != right
    Path("wrong.py").write_text(wrong, encoding="utf-8")
    assert main(["wrong.py:SmallConvNet", "--set", "filters=3"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  has the gradient of its loss: in a direction of K" in out
    assert "WRONG  has a fingerprint of all its settings: filters of 3 and of 4" in out
    assert "2 of 10 checks failed" in out


def test_the_command_takes_prepared_data(tmp_path, capsys):
    save_dataset(dense(), tmp_path / "data")
    assert main(["mlp", "--set", "hidden=[2]", "--dataset", str(tmp_path / "data")]) == 0
    assert "23 parameters in 4 blocks" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mpl"], "there is no problem 'mpl'. Did you mean 'mlp'?"),
        (["mlp", "--set", "hiden=[2]"], "no setting 'hiden'. Did you mean 'hidden'?"),
        (["mlp", "--dataset", "absent"], "the dataset is not prepared"),
        (["absent.py:Net"], "there is no file"),
    ],
)
def test_the_command_answers_a_wrong_entry(arguments, message, capsys):
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_the_command_is_one_of_the_shell():
    done = subprocess.run(
        [sys.executable, "-m", "descent.problems.conformance", "parabola"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(descent.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    assert "parabola may join a study" in done.stdout
