"""PyTorch's and Optax's optimizers as entrants, where the libraries are installed."""

import numpy as np
import pytest
from optimizer_forms import walk, wild_gradients

from descent.optimizers import OPTIMIZERS
from descent.optimizers.conformance import check_optimizer
from descent.optimizers.loading import EntrantError, entrant_sources, load_optimizer

GRADIENTS = wild_gradients(20, 6)
START = np.linspace(-1.0, 2.0, 6)

PAIRS = [
    ("torch:RAdam", {"betas": [0.8, 0.9]}, "radam", {"beta1": 0.8, "beta2": 0.9}),
    ("torch:SGD", {"momentum": 0.9, "weight_decay": 0.1}, "momentum", {"weight_decay": 0.1}),
    ("torch:RMSprop", {"centered": True}, "rmsprop", {"centered": True}),
    ("optax:lion", {"b1": 0.8}, "lion", {"beta1": 0.8}),
    ("optax:adam", {}, "adam", {"flavour": "optax"}),
    ("optax:rmsprop", {"momentum": 0.9}, "rmsprop", {"flavour": "optax", "momentum": 0.9}),
]
COMMON = {
    "plain": {},
    "scheduled": {"schedule": {"use": "step", "step_size": 4}},
    "clipped": {"clip_norm": 1.0, "clip_value": 0.9},
}


@pytest.fixture(params=["torch", "optax"])
def library(request):
    pytest.importorskip(request.param)
    return request.param


def pairs(library):
    return [pair for pair in PAIRS if pair[0].startswith(library)]


@pytest.mark.parametrize("common", sorted(COMMON))
def test_an_entrant_takes_the_steps_of_our_own_rule(library, common, tmp_path):
    for use, theirs, name, ours in pairs(library):
        one = load_optimizer(
            {"use": use, **theirs, **COMMON[common]}, learning_rate=0.01, folder=tmp_path
        )
        other = load_optimizer(
            {"use": name, **ours, **COMMON[common]}, learning_rate=0.01, folder=tmp_path
        )
        np.testing.assert_allclose(
            walk(one, START, GRADIENTS), walk(other, START, GRADIENTS), rtol=1e-12, atol=1e-13
        )


def test_an_entrant_keeps_the_contract(library, tmp_path):
    for use, settings, _, _ in pairs(library):
        rule = load_optimizer({"use": use, **settings}, folder=tmp_path)
        assert [str(finding) for finding in check_optimizer(rule) if not finding.holds] == []


def test_the_learning_rate_is_the_librarys_default_and_its_centre_the_rules(library, tmp_path):
    for use, settings, name, _ in pairs(library):
        rule = load_optimizer({"use": use, **settings}, folder=tmp_path)
        if use != "torch:SGD":
            assert rule.learning_rate_centre == OPTIMIZERS[name].learning_rate_centre
    if library == "torch":
        assert load_optimizer({"use": "torch:NAdam"}, folder=tmp_path).learning_rate == 2e-3
        assert load_optimizer({"use": "torch:Rprop"}, folder=tmp_path).learning_rate_centre == 1e-2


def test_the_state_shows_what_the_library_holds(library, tmp_path):
    use = {"torch": "torch:Adam", "optax": "optax:adam"}[library]
    rule = load_optimizer({"use": use}, folder=tmp_path)
    state = rule.init(START)
    walk(rule, START, GRADIENTS, state)
    assert state.nbytes == 2 * START.nbytes
    assert state.step == len(GRADIENTS)
    with pytest.raises(TypeError, match="state must be what init returned"):
        rule.step(START.copy(), GRADIENTS[0], OPTIMIZERS["adam"]().init(START))


FAULTS = [
    ("torch", {"use": "torch:RAdm"}, r"no optimizer 'RAdm'. Did you mean 'RAdam'\?"),
    ("torch", {"use": "torch:LBFGS"}, "torch:LBFGS needs a closure"),
    ("torch", {"use": "torch:Adam", "beta": 1}, r"no hyper-parameter 'beta'. Did you mean 'betas'"),
    ("torch", {"use": "torch:Adam", "lr": 1}, r"no hyper-parameter 'lr'"),
    ("torch", {"use": "torch:Adam", "eps": -1}, "Invalid epsilon value: -1"),
    ("torch", {"use": "torch:Muon"}, "torch:Muon: Muon only supports 2D"),
    ("torch", {"use": "torch:Adam", "flavour": "keras"}, "has no flavours"),
    ("torch", {"use": "torch:Adam", "learning_rate": -1}, "learning_rate must be in"),
    ("optax", {"use": "optax:lyon"}, r"no optimizer 'lyon'. Did you mean 'lion'\?"),
    ("optax", {"use": "optax:adam", "beta1": 1}, r"no hyper-parameter 'beta1'.*Valid: .*b1"),
    ("optax", {"use": "optax:adam", "b1": "x"}, "optax:adam: "),
    ("optax", {"use": "optax:lbfgs"}, "optax:lbfgs: .*value"),
]


@pytest.mark.parametrize(("needs", "entry", "message"), FAULTS)
def test_one_clear_error(needs, entry, message, tmp_path):
    pytest.importorskip(needs)
    with pytest.raises(EntrantError, match=message):
        load_optimizer(entry, folder=tmp_path)


def test_the_source_is_the_adapter(library, tmp_path):
    (path,) = entrant_sources({"use": f"{library}:adam"}, tmp_path)
    assert path.name == f"{library}_adapter.py"
