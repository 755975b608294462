"""PyTorch's and Optax's optimizers as entrants, beside the libraries' own runs on named tensors."""

import importlib
import re
from pathlib import Path

import library_runs
import numpy as np
import pytest
from library_runs import (
    GRADIENTS,
    LAYOUT,
    START,
    STEPS,
    TASK,
    flat_of,
    optaxs_own,
    path_of,
    tensors_of,
    torchs_own,
)
from optimizer_forms import walk, wild_gradients

from descent.foundation.source_digest import own_sources
from descent.optimizers import OPTIMIZERS
from descent.optimizers.conformance import check_optimizer
from descent.optimizers.loading import EntrantError, entrant_sources, load_optimizer

ROOT = Path(__file__).resolve().parents[2]
SCHEDULE = {"use": "linear", "warmup_steps": 3}


@pytest.fixture(params=["torch", "optax"])
def library(request):
    pytest.importorskip(request.param)
    return request.param


def test_every_optimizer_of_pytorch_runs_as_its_own_users_run_it_or_is_refused():
    pytest.importorskip("torch")
    walked = library_runs.walk_torch()
    assert len(walked) > 10
    assert {one.use: one.difference for one in walked if one.difference} == {}
    refused = {one.use: one.refusal for one in walked if one.difference is None}
    assert set(refused) == {f"torch:{name}" for name in REFUSED_BY_TORCH}
    for name, reason in REFUSED_BY_TORCH.items():
        assert reason in refused[f"torch:{name}"]


#: Optax offers one that it calls deprecated.
DEPRECATED = pytest.mark.filterwarnings("ignore:.*is deprecated, please use:DeprecationWarning")


@DEPRECATED
def test_every_optimizer_of_optax_runs_as_its_own_users_run_it_or_is_refused():
    pytest.importorskip("optax")
    from descent.optimizers.adapters.optax import UNSUITABLE

    walked = library_runs.walk_optax()
    assert len(walked) > 30
    assert [one for one in walked if one.difference is not None and one.difference > 1e-12] == []
    refused = {one.use for one in walked if one.difference is None}
    assert refused <= {f"optax:{name}" for name in UNSUITABLE}


def test_an_optimizer_of_optax_that_cannot_be_an_entrant_is_refused_with_the_reason():
    adapter = pytest.importorskip("descent.optimizers.adapters.optax")
    for name, reason in adapter.UNSUITABLE.items():
        module, _, function = f"optax.{name}".rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))
        with pytest.raises(EntrantError, match=re.escape(reason)):
            load_optimizer({"use": f"optax:{name}"}, folder=ROOT)


@DEPRECATED
def test_the_page_of_all_library_optimizers_is_that_of_the_installed_ones(capsys):
    for package in ("torch", "optax"):
        pytest.importorskip(package)
    page = ROOT / "docs" / "reference" / "library_optimizers.md"
    library_runs.main()
    printed = capsys.readouterr().out
    assert _without_rounding(printed) == _without_rounding(page.read_text(encoding="utf-8"))


def _without_rounding(page):
    """The last digits depend on the processor, and the versions on the day."""
    page = re.sub(r"from PyTorch \S+ and Optax\n\S+", "", page)
    return re.sub(r"\| (the same to the bit|\de-1\d) \|", "| the same |", page)


#: What PyTorch offers that cannot run as named, and what is said of it.
REFUSED_BY_TORCH = {
    "SparseAdam": "needs sparse gradients",
    "Muon": "Muon only supports 2D parameters",
}


def test_pytorchs_muon_takes_the_matrices_and_another_the_rest(tmp_path):
    torch = pytest.importorskip("torch")

    entry = {
        "use": "torch:Muon",
        "learning_rate": 0.02,
        "rest": {"use": "torch:AdamW", "learning_rate": 0.003, "betas": [0.8, 0.9]},
    }
    found = path_of(load_optimizer(entry, folder=tmp_path))
    parameters = tensors_of(START)
    hidden = [parameters["W1"], parameters["W2"]]
    others = [t for name, t in parameters.items() if name not in {"W1", "W2"}]
    pair = [torch.optim.Muon(hidden, lr=0.02), torch.optim.AdamW(others, 0.003, betas=(0.8, 0.9))]
    for g, expected in zip(GRADIENTS, found, strict=True):
        for name, gradient in tensors_of(g).items():
            parameters[name].grad = gradient
        for optimizer in pair:
            optimizer.step()
        assert np.array_equal(flat_of(parameters.values()), expected)
    everything = load_optimizer({**entry, "kinds": ["matrix", "output"]}, folder=tmp_path)
    assert not np.array_equal(path_of(everything), found)


def test_a_rest_without_a_learning_rate_has_the_one_that_is_swept(tmp_path):
    pytest.importorskip("torch")
    entry = {"use": "torch:Muon", "rest": {"use": "torch:AdamW"}}
    slow, fast = (
        path_of(load_optimizer(entry, learning_rate=rate, folder=tmp_path))[0]
        for rate in (0.001, 0.1)
    )
    moved = [
        np.abs(LAYOUT.views(at)["b1"] - LAYOUT.views(START)["b1"]).max() for at in (slow, fast)
    ]
    assert moved == pytest.approx([0.001, 0.1], rel=0.1)


def test_where_no_parameter_is_of_its_kind_it_is_said(tmp_path):
    pytest.importorskip("torch")
    rule = load_optimizer({"use": "torch:Muon", "rest": {"use": "torch:Adam"}}, folder=tmp_path)
    assert rule.remarks(rule.init(START.copy(), TASK)) == []
    (remark,) = rule.remarks(rule.init(np.ones(3)))
    assert remark == "no parameter of the kind matrix: all were trained by torch:Adam"


def test_a_closure_gives_losses_and_gradients_elsewhere_and_they_are_counted(tmp_path):
    torch = pytest.importorskip("torch")
    rule = load_optimizer(
        {"use": "torch:LBFGS", "line_search_fn": "strong_wolfe", "max_iter": 5}, folder=tmp_path
    )
    curvature = np.logspace(-1, 1, LAYOUT.size)
    calls = []

    def valley(theta, gradient):
        calls.append(theta.copy())
        np.multiply(curvature, theta, out=gradient)
        return 0.5 * float(theta @ gradient)

    theta, gradient = START.copy(), np.empty_like(START)
    state = rule.init(theta, TASK)
    state.loss, state.loss_and_gradient = valley(theta, gradient), valley
    rule.step(theta, gradient, state)

    parameters = tensors_of(START)
    optimizer = torch.optim.LBFGS(
        list(parameters.values()), line_search_fn="strong_wolfe", max_iter=5
    )
    own_calls = []

    def closure():
        own_calls.append(1)
        at, out = flat_of(parameters.values()), np.empty_like(START)
        loss = valley_of(at, out)
        for name, g in tensors_of(out).items():
            parameters[name].grad = g
        return torch.tensor(loss)

    def valley_of(at, out):
        np.multiply(curvature, at, out=out)
        return 0.5 * float(at @ out)

    optimizer.step(closure)
    assert np.array_equal(theta, flat_of(parameters.values()))
    assert len(calls) == len(own_calls) > 5


def test_a_schedule_is_the_librarys_own_and_is_compiled(tmp_path):
    jax, optax = pytest.importorskip("jax"), pytest.importorskip("optax")
    rule = load_optimizer(
        {"use": "optax:adamw", "learning_rate": 0.1, "schedule": SCHEDULE}, folder=tmp_path
    )
    factors = [rule.schedule.over(STEPS)(step) for step in range(STEPS)]
    table = jax.numpy.array([0.1 * factor for factor in factors])
    theirs = optaxs_own(optax.adamw, learning_rate=lambda count: table[count])
    np.testing.assert_allclose(path_of(rule), theirs, rtol=1e-12)
    assert type(rule.init(START.copy(), TASK).update).__name__ == "PjitFunction"


def test_a_schedule_scales_pytorchs_learning_rate(tmp_path):
    torch = pytest.importorskip("torch")
    rule = load_optimizer({"use": "torch:NAdam", "schedule": SCHEDULE}, folder=tmp_path)
    factors = [rule.schedule.over(STEPS)(step) for step in range(STEPS)]
    assert np.array_equal(path_of(rule), torchs_own(torch.optim.NAdam, factors=factors))


def test_groups_are_pytorchs_parameter_groups(tmp_path):
    torch = pytest.importorskip("torch")
    groups = {"bias": {"weight_decay": 0.0, "learning_rate": 0.5}}
    rule = load_optimizer(
        {"use": "torch:AdamW", "weight_decay": 0.3, "groups": groups}, folder=tmp_path
    )
    found = path_of(rule)
    parameters = tensors_of(START)
    biases = [t for t in parameters.values() if t.ndim == 1]
    weights = [t for t in parameters.values() if t.ndim == 2]
    optimizer = torch.optim.AdamW(
        [{"params": weights}, {"params": biases, "lr": 5e-4, "weight_decay": 0.0}],
        weight_decay=0.3,
    )
    for g in GRADIENTS:
        for name, gradient in tensors_of(g).items():
            parameters[name].grad = gradient
        optimizer.step()
    assert np.array_equal(found[-1], flat_of(parameters.values()))


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("schedulefree", "AdamWScheduleFree"),
        ("schedulefree", "SGDScheduleFree"),
        ("prodigyopt", "Prodigy"),
        ("pytorch_optimizer", "SOAP"),
        ("pytorch_optimizer", "Lion"),
    ],
)
def test_other_libraries_for_pytorch_run_as_their_own_users_run_them(package, name, tmp_path):
    module = pytest.importorskip(package)
    rule = load_optimizer({"use": f"torch:{package}.{name}"}, folder=tmp_path)
    assert np.array_equal(path_of(rule), torchs_own(getattr(module, name), rule.learning_rate))


def test_a_schedule_free_method_is_evaluated_at_its_average(tmp_path):
    pytest.importorskip("optax")
    rule = load_optimizer({"use": "optax:contrib.schedule_free_adamw"}, folder=tmp_path)
    theta = START.copy()
    state = rule.init(theta, TASK)
    assert rule.evaluation_point(theta, state) is theta
    for g in GRADIENTS:
        rule.step(theta, g, state)
    assert not np.allclose(rule.evaluation_point(theta, state), theta)


def test_an_entrant_keeps_the_contract(library, tmp_path):
    for use in {"torch": ["RAdam", "LBFGS", "Adafactor"], "optax": ["lion", "contrib.muon"]}[
        library
    ]:
        rule = load_optimizer({"use": f"{library}:{use}"}, folder=tmp_path)
        broken = [str(finding) for finding in check_optimizer(rule) if not finding.holds]
        # PyTorch's history grows until it has its length; ours is allocated once
        allowed = ["WRONG  allocates its state once"] if use == "LBFGS" else []
        assert [finding.partition(":")[0] for finding in broken] == allowed, use


PAIRS = [
    ("torch:RAdam", {"betas": [0.8, 0.9]}, "radam", {"beta1": 0.8, "beta2": 0.9}),
    ("torch:SGD", {"momentum": 0.9, "weight_decay": 0.1}, "momentum", {"weight_decay": 0.1}),
    ("optax:rmsprop", {"momentum": 0.9}, "rmsprop", {"flavour": "optax", "momentum": 0.9}),
]
COMMON = {
    "scheduled": {"schedule": {"use": "step", "step_size": 4}},
    "clipped": {"clip_norm": 1.0, "clip_value": 0.9},
}


@pytest.mark.parametrize("common", sorted(COMMON))
def test_schedule_and_clipping_are_those_of_our_own_rules(library, common, tmp_path):
    gradients, start = wild_gradients(20, 6), np.linspace(-1.0, 2.0, 6)
    for use, theirs, name, ours in PAIRS:
        if not use.startswith(library):
            continue
        entries = {"use": use, **theirs, **COMMON[common]}, {"use": name, **ours, **COMMON[common]}
        one, other = (load_optimizer(e, learning_rate=0.01, folder=tmp_path) for e in entries)
        np.testing.assert_allclose(
            walk(one, start, gradients), walk(other, start, gradients), rtol=1e-12, atol=1e-13
        )


def test_the_learning_rate_is_the_librarys_default_and_its_centre_the_rules(library, tmp_path):
    defaults = {
        "torch": {"NAdam": 2e-3, "Adafactor": 1e-2, "LBFGS": 1.0},
        "optax": {
            "contrib.prodigy": 1.0,
            "contrib.dog": 1.0,
            "contrib.schedule_free_adamw": 2.5e-3,
        },
    }
    for name, default in defaults[library].items():
        assert (
            load_optimizer({"use": f"{library}:{name}"}, folder=tmp_path).learning_rate == default
        )
    name = {"torch": "Adadelta", "optax": "adadelta"}[library]
    rule = load_optimizer({"use": f"{library}:{name}"}, folder=tmp_path)
    assert rule.learning_rate_centre == OPTIMIZERS["adadelta"].learning_rate_centre


def test_the_state_shows_what_the_library_holds(library, tmp_path):
    use = {"torch": "torch:Adam", "optax": "optax:adam"}[library]
    rule = load_optimizer({"use": use}, folder=tmp_path)
    theta = START.copy()
    state = rule.init(theta, TASK)
    rule.step(theta, GRADIENTS[0], state)
    assert state.nbytes == 2 * START.nbytes
    with pytest.raises(TypeError, match="state must be what init returned"):
        rule.step(START.copy(), GRADIENTS[0], OPTIMIZERS["adam"]().init(START))


FAULTS = [
    ("torch", {"use": "torch:RAdm"}, r"no optimizer 'RAdm'. Did you mean 'RAdam'\?"),
    ("torch", {"use": "torch:Adam", "beta": 1}, r"no hyper-parameter 'beta'. Did you mean 'betas'"),
    ("torch", {"use": "torch:Adam", "lr": 1}, r"no hyper-parameter 'lr'"),
    ("torch", {"use": "torch:Adam", "eps": -1}, "Invalid epsilon value: -1"),
    ("torch", {"use": "torch:Muon", "kinds": ["matrix"]}, "name the optimizer of b1, W2, b2 under"),
    ("torch", {"use": "torch:Muon", "rest": {"use": "adamw"}}, "must be an entry of PyTorch"),
    ("torch", {"use": "torch:Adam", "kinds": ["matrices"]}, "kinds must be of matrix"),
    ("torch", {"use": "torch:Adam", "flavour": "keras"}, "has no flavours"),
    ("torch", {"use": "torch:Adam", "learning_rate": -1}, "learning_rate must be in"),
    ("torch", {"use": "torch:no_such.Class"}, "the module no_such does not import"),
    ("torch", {"use": "torch:SGD", "nesterov": "no"}, "nesterov must be true or false.*'no'"),
    ("torch", {"use": "torch:RMSprop", "centered": 1}, "centered must be true or false.*1"),
    ("torch", {"use": "torch:Adam", "betas": "0.9,0.99"}, "betas must be a list .a number each."),
    ("torch", {"use": "torch:Adam", "foreach": "no"}, "foreach must be true or false or null"),
    ("torch", {"use": "torch:Adam", "capturable": True}, r"torch:Adam: \w+Error: .*capturable"),
    (
        "torch",
        {"use": "torch:Rprop", "groups": {"bias": {"weight_decay": 0}}},
        "no weight decay for groups to change",
    ),
    (
        "optax",
        {"use": "optax:lyon"},
        r"no function of a learning rate 'lyon'. Did you mean 'lion'\?",
    ),
    ("optax", {"use": "optax:adam", "beta1": 1}, r"no hyper-parameter 'beta1'.*Valid: .*b1"),
    ("optax", {"use": "optax:adam", "b1": "x"}, "b1 must be a number. Received: 'x'"),
    ("optax", {"use": "optax:sgd", "momentum": "x"}, "momentum must be .*number.*'x'"),
    ("optax", {"use": "optax:sgd", "nesterov": "off"}, "nesterov must be true or false.*'off'"),
    ("optax", {"use": "optax:adamw", "mask": True}, "so mask cannot be set"),
    ("optax", {"use": "optax:adamw", "groups": {}}, "so groups cannot be set"),
    ("optax", {"use": "optax:contrib.sam"}, "wraps another optimizer; write use: sam"),
    ("optax", {"use": "optax:no_such.function"}, "the module no_such does not import"),
]


@pytest.mark.parametrize(("needs", "entry", "message"), FAULTS)
def test_one_clear_error(needs, entry, message, tmp_path):
    pytest.importorskip(needs)
    with pytest.raises(EntrantError, match=message):
        load_optimizer(entry, folder=tmp_path)


def test_an_argument_of_any_type_is_handed_on(tmp_path):
    pytest.importorskip("optax")
    rule = load_optimizer({"use": "optax:adam", "mu_dtype": "bfloat16"}, folder=tmp_path)
    assert rule.options == {"mu_dtype": "bfloat16"}


def test_the_source_is_the_adapter(library, tmp_path):
    (path,) = entrant_sources({"use": f"{library}:{OWN[library][0]}"}, tmp_path)
    assert path.name == {"torch": "pytorch.py", "optax": "optax.py"}[library]


def test_the_source_has_the_module_of_an_optimizer_of_ones_own(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "own_torch.py").write_text(
        "from torch.optim import SGD\nclass Mine(SGD):\n  pass\n"
    )
    mine = {"use": "torch:own_torch.Mine"}
    for entry in (mine, {"use": "torch:Muon", "rest": mine}):
        assert tmp_path / "own_torch.py" in own_sources(entrant_sources(entry, tmp_path))


#: By library: an optimizer of its own, and how a user writes one.
OWN = {
    "torch": ("SGD", "class Mine(torch.optim.SGD):\n    pass\n"),
    "optax": (
        "sgd",
        "def Mine(learning_rate, nesterov=False):\n"
        "    return optax.sgd(learning_rate, nesterov=nesterov)\n",
    ),
}


def test_an_optimizer_of_ones_own_by_each_of_its_names(library, tmp_path):
    name, code = OWN[library]
    package = f"own_{library}_rules"
    (tmp_path / package).mkdir()
    file = tmp_path / package / "mine.py"
    file.write_text(f"import {library}\n\n{code}", encoding="utf-8")
    theirs = load_optimizer({"use": f"{library}:{name}"}, learning_rate=0.1, folder=tmp_path)
    places = [f"{package}/mine.py:Mine", f"{package}.mine:Mine"]
    places += [f"{library}:{place}" for place in (*places, f"{package}.mine.Mine")]
    for use in places:
        entry = {"use": use, "nesterov": "false"}
        found = load_optimizer(entry, learning_rate=0.1, folder=tmp_path)
        assert np.array_equal(path_of(found), path_of(theirs)), use
        assert file in entrant_sources(entry, tmp_path), use
