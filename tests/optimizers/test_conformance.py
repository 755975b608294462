"""The conformance check: good rules pass it, and every fault is found by the check meant for it."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import descent
from descent.optimizers import OPTIMIZERS, SGD, Adam, Momentum, Optimizer, State
from descent.optimizers.conformance import check_optimizer, difference, main
from descent.optimizers.repeatable import changing

ROOT = Path(__file__).parents[2]


def faults(rule):
    return {f.check: f.explanation for f in check_optimizer(rule) if not f.holds}


def test_every_built_in_rule_in_every_form_keeps_the_contract(form):
    assert faults(form()) == {}


def test_a_class_is_taken_with_its_defaults():
    assert [f.check for f in check_optimizer(SGD)] == [f.check for f in check_optimizer(SGD())]


def test_the_rule_itself_is_left_as_it_was():
    rule = OPTIMIZERS["rmsprop"](learning_rate=0.125)
    check_optimizer(rule)
    assert rule == OPTIMIZERS["rmsprop"](learning_rate=0.125)


@dataclass
class Ascends(Optimizer):
    def direction(self, g, state):
        return np.negative(g, out=state.work[0])


@dataclass
class Crawls(Optimizer):
    learning_rate_centre = 1e-9

    def direction(self, g, state):
        return g


@dataclass
class WritesGradient(Optimizer):
    def direction(self, g, state):
        g *= 0.5
        return g


@dataclass
class Widens(Optimizer):
    def direction(self, g, state):
        return g * np.float64(0.5)


@dataclass
class Flattens(Optimizer):
    def direction(self, g, state):
        return np.array([g.sum()])


@dataclass
class ReturnsNumber(Optimizer):
    def direction(self, g, state):
        return float(g.sum())


@dataclass
class Rebinds(Optimizer):
    def direction(self, g, state):
        return g

    def step(self, theta, gradient, state):
        state.step += 1
        theta = theta - self.learning_rate * gradient


@dataclass
class ReturnsTheta(Optimizer):
    def direction(self, g, state):
        return g

    def step(self, theta, gradient, state):
        super().step(theta, gradient, state)
        return theta


@dataclass
class ReplacesSlot(Momentum):
    def direction(self, g, state):
        state.slots["velocity"] = self.momentum * state["velocity"] + g
        return state["velocity"]


@dataclass
class KeepsOnItself(Optimizer):
    def __post_init__(self):
        super().__post_init__()
        self.velocity = 0.0

    def direction(self, g, state):
        if np.size(self.velocity) != g.size:
            self.velocity = np.zeros_like(g)
        self.velocity = 0.9 * self.velocity + g
        return np.copyto(state.work[0], self.velocity) or state.work[0]


@dataclass
class Draws(Optimizer):
    def direction(self, g, state):
        noise = np.random.default_rng().normal(size=g.shape)
        return np.multiply(g, 1.0 + 0.1 * noise, out=state.work[0])


@dataclass
class Divides(Optimizer):
    def direction(self, g, state):
        return np.divide(g, np.abs(g), out=state.work[0])


@dataclass
class CountsOnItself(Optimizer):
    def __post_init__(self):
        super().__post_init__()
        self.steps = 0

    def init(self, theta, task=None):
        self.steps = 0
        return super().init(theta, task)

    def direction(self, g, state):
        self.steps += 1
        return np.divide(g, self.steps, out=state.work[0])


@dataclass
class ClaimsElementwise(Optimizer):
    elementwise = True

    def direction(self, g, state):
        return np.divide(g, 1.0 + np.linalg.norm(g), out=state.work[0])


@dataclass
class AdvancesInDirection(Optimizer):
    elementwise = True
    scalars = {"count": 0.0}

    def direction(self, g, state):
        state.scalars["count"] += 1.0
        return g


@dataclass
class Hoards(Optimizer):
    def direction(self, g, state):
        state.slots[f"gradient{state.step}"] = g.copy()
        return g


@dataclass
class MovesInInit(Optimizer):
    def init(self, theta, task=None):
        theta += 1.0
        return super().init(theta, task)

    def direction(self, g, state):
        return g


@dataclass
class NoState(Optimizer):
    def init(self, theta, task=None):
        return {}

    def direction(self, g, state):
        return g


@dataclass
class CountsTwice(Optimizer):
    def direction(self, g, state):
        state.step += 1
        return g


@dataclass
class NeedsTwo(Optimizer):
    def direction(self, g, state):
        return np.subtract(g, 0.1 * g[1], out=state.work[0])


@dataclass
class WideSlots(Momentum):
    def init(self, theta, task=None):
        state = super().init(theta, task)
        return State({"velocity": np.zeros(theta.shape)}, {}, state.work)

    def direction(self, g, state):
        return np.copyto(state.work[0], g) or state.work[0]


@dataclass
class IgnoresCommonSettings(SGD):
    def step(self, theta, gradient, state):
        state.step += 1
        theta -= self.learning_rate * gradient


@dataclass
class OverridesStepInChunks(Momentum):
    """Elementwise, and reads theta in a step of its own: fails where chunks begin."""

    def step(self, theta, gradient, state):
        np.multiply(theta, 0.0, out=state.work[-1])
        super().step(theta, gradient, state)


@dataclass
class RemembersOtherBlocks(Optimizer):
    blockwise = True
    scalars = {"norm": 0.0}

    def direction(self, g, state):
        state.scalars["norm"] += float(np.linalg.norm(g))
        return np.divide(g, 1.0 + state.scalars["norm"], out=state.work[0])


@dataclass
class Extragradient(Optimizer):
    extra_gradients = True
    work_arrays = 2

    def direction(self, g, state):
        point, there = state.work[:2]
        np.multiply(g, -state.step_size, out=point)
        point += state.theta
        state.loss_and_gradient(point, there)
        return there


@dataclass
class WritesTheta(Optimizer):
    def direction(self, g, state):
        state.theta -= self.learning_rate * g
        return np.zeros_like(g)


@dataclass
class ReturnsList(Optimizer):
    def direction(self, g, state):
        return g.tolist()


@dataclass
class Masks(Optimizer):
    def direction(self, g, state):
        return np.ma.masked_where(np.abs(g) < 1e-3, g)


@dataclass
class MultipliesTwice(Optimizer):
    def direction(self, g, state):
        return np.multiply(g, self.learning_rate, out=state.work[0])


@dataclass
class NormOfAdam(Adam):
    def direction(self, g, state):
        d = super().direction(g, state)
        return np.divide(d, 1.0 + np.linalg.norm(d), out=state.work[0])


@dataclass
class ReadsClock(Optimizer):
    def direction(self, g, state):
        return np.multiply(g, 1.0 + time.perf_counter() % 1.0, out=state.work[0])


MUTANTS = [
    (WritesTheta, "updates in place", "read-only; what it is given is only to be read"),
    (ReturnsList, "updates in place", r"array of the gradient's shape, \(12,\). Received: list$"),
    (Masks, "updates in place", r"Received: MaskedArray \(12,\)"),
    (MultipliesTwice, "is multiplied by its learning rate once", "leave it out of direction"),
    (NormOfAdam, "is elementwise if it says so", "inherited from Adam.*False in NormOfAdam"),
    (ReadsClock, "is deterministic", "read a clock"),
    (IgnoresCommonSettings, "applies weight decay, clipping and schedule", "has no effect"),
    (OverridesStepInChunks, "takes any number of parameters", "raised ValueError"),
    (RemembersOtherBlocks, "says what it sees of a network", "moves otherwise beside others"),
    (Ascends, "descends on a quadratic", "is its sign reversed"),
    (Crawls, "descends on a quadratic", "only fell from .* set learning_rate_centre"),
    (WritesGradient, "updates in place", "use state.work"),
    (Widens, "keeps the dtype", "dtype float32. Received: float64"),
    (Flattens, "updates in place", r"shape, \(12,\). Received: ndarray \(1,\)"),
    (ReturnsNumber, "updates in place", r"shape, \(12,\). Received: float$"),
    (Rebinds, "updates in place", "theta = ... only rebinds a name"),
    (ReturnsTheta, "updates in place", "step must return None"),
    (ReplacesSlot, "allocates its state once", "slot 'velocity' was replaced"),
    (KeepsOnItself, "is deterministic", "its memory is the state"),
    (Draws, "is deterministic", "may not draw random numbers"),
    (Divides, "stays finite", "denominator without its epsilon"),
    (CountsOnItself, "can be resumed", "must be in its slots and scalars"),
    (ClaimsElementwise, "is elementwise if it says so", "move otherwise on their own"),
    (AdvancesInDirection, "is elementwise if it says so", "do that in advance"),
    (Hoards, "allocates its state once", "slots grew"),
    (MovesInInit, "allocates its state once", "init changed the parameters"),
    (NoState, "allocates its state once", "must return a State. Received: dict"),
    (CountsTwice, "updates in place", "must be 1 after the first step. Received: 2"),
    (NeedsTwo, "takes any number of parameters", r"raised IndexError in test_conformance.py, line"),
    (WideSlots, "keeps the dtype", "'velocity' of float32 parameters is float64"),
]


@pytest.mark.parametrize(
    ("rule", "check", "message"), MUTANTS, ids=lambda x: getattr(x, "__name__", "")
)
def test_each_fault_is_found_and_explained(rule, check, message):
    found = faults(rule)
    assert check in found
    assert re.search(message, found[check]), found[check]


def test_a_rule_that_cannot_be_made_is_a_finding():
    class Demanding(Adam):
        def __init__(self, needed):
            raise NotImplementedError

    assert all("TypeError" in explanation for explanation in faults(Demanding).values())
    assert len(faults(Demanding)) == len(check_optimizer(SGD))


def test_the_command_says_what_holds(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["examples/sign_momentum.py:SignMomentum", "--set", "momentum=0.5"]) == 0
    out = capsys.readouterr().out
    assert "ok     descends on a quadratic: from" in out
    assert "examples/sign_momentum.py:SignMomentum may join a study: all 13 checks hold" in out


def test_the_command_says_what_is_wrong(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    source = (ROOT / "examples" / "sign_momentum.py").read_text(encoding="utf-8")
    (tmp_path / "wrong.py").write_text(source.replace("sign(velocity", "sign(-velocity"), "utf-8")
    assert main(["wrong.py:SignMomentum"]) == 1
    out = capsys.readouterr().out
    assert "WRONG  descends on a quadratic: the loss of a quadratic rose" in out
    assert "1 of 13 checks failed" in out


OWN = """
from descent.optimizers import SGD
class Sets(SGD):
    def direction(self, g, state):
        return g * (1.0 + 0.1 * list({"a", "b", "c", "d", "e"}).index("c"))
class Lists(SGD):
    def direction(self, g, state):
        return g.tolist()
"""


def test_a_rule_that_depends_on_the_order_of_a_set_is_found_in_other_processes(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    assert main(["own.py:Sets"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WRONG")]
    assert line.startswith("WRONG  is the same in each process: ")
    assert "the order of a set" in line
    entries = {name: {"use": f"own.py:{name}"} for name in ("Sets", "Lists")}
    assert changing(entries | {"sgd": {"use": "sgd"}}, tmp_path) == ["Sets"]


def test_one_cause_is_told_once(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    assert main(["own.py:Lists"]) == 1
    out = capsys.readouterr().out
    assert out.count("must return an array of the gradient's shape") == 1
    assert "for the same cause, not: updates in place, takes any number of parameters" in out


def test_a_rule_of_two_gradients_that_is_elementwise_mixes_no_parameters():
    found = {f.check: f.explanation for f in check_optimizer(Extragradient)}
    assert found["says what it sees of a network"].startswith("every weight matrix and bias moves")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["adaam"], "no optimizer 'adaam'. Did you mean 'adam'?"),
        (["adam", "--set", "beta1=1.5"], "beta1 must be in [0, 1). Received: 1.5"),
        (["adam", "--set", "beta1=much"], "beta1 must be a number in [0, 1). Received: 'much'"),
    ],
)
def test_the_command_answers_a_wrong_entry(arguments, message, capsys):
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_the_command_wants_name_and_value(capsys):
    with pytest.raises(SystemExit):
        main(["adam", "--set", "beta1"])
    assert "--set needs NAME=VALUE. Received: beta1" in capsys.readouterr().err


def test_it_runs_from_the_shell():
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "descent.optimizers.conformance", "lion"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(descent.__file__).parents[1])},
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "lion may join a study" in result.stdout


@dataclass
class WholeNetworkNorm(Optimizer):
    """What a hand-written LAMB or LARS is if it is not blockwise."""

    def direction(self, g, state):
        norm = np.linalg.norm(g)
        return np.divide(g, norm or 1.0, out=state.work[0])


def test_a_rule_is_told_what_it_sees_of_a_network():
    def seen(rule):
        found = {finding.check: finding.explanation for finding in check_optimizer(rule)}
        return found["says what it sees of a network"]

    assert "set blockwise = True" in seen(WholeNetworkNorm)
    assert seen(SGD) == "every weight matrix and bias moves as it would on its own"
    assert seen(OPTIMIZERS["lamb"]) == seen(SGD)


def test_two_rules_can_be_compared():
    assert difference(Adam(), Adam()) == 0.0
    assert difference(Adam(), OPTIMIZERS["adamw"](weight_decay=0.0)) == 0.0
    assert difference(Adam(), OPTIMIZERS["nadam"](learning_rate=1e-3)) > 0.01


def test_the_command_compares_with_another_entrant(capsys):
    assert main(["adam", "--against", "amsgrad"]) == 0
    assert "differs from amsgrad by " in capsys.readouterr().out
