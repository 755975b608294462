"""Write trajectories.npz: what PyTorch, Optax and Keras do on one fixed sequence of gradients.

    python tests/parity/make_trajectories.py

needs the three libraries (the extra ``libraries`` of this project) and the package on the path.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import contextlib
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras
    import optax
    import torch

from descent.optimizers.parity import Case, Trajectories  # noqa: E402

keras.config.set_floatx("float64")

STEPS, SIZE = 200, 8
KEPT = np.array([*range(1, 21), *range(25, STEPS + 1, 5)])
FILE = Path(__file__).with_name("trajectories.npz")

#: What each library calls a rule, with the arguments that make it that rule.
CALLS = {
    "pytorch": {
        "sgd": ("SGD", {}),
        "momentum": ("SGD", {"momentum": 0.9}),
        "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
        "adagrad": ("Adagrad", {}),
        "adadelta": ("Adadelta", {}),
        "rmsprop": ("RMSprop", {}),
        "adam": ("Adam", {}),
        "amsgrad": ("Adam", {"amsgrad": True}),
        "adamax": ("Adamax", {}),
        "nadam": ("NAdam", {}),
        "adamw": ("AdamW", {}),
        "radam": ("RAdam", {}),
    },
    "optax": {
        "sgd": ("sgd", {"learning_rate": 1e-3}),
        "momentum": ("sgd", {"learning_rate": 1e-3, "momentum": 0.9}),
        "nesterov": ("sgd", {"learning_rate": 1e-3, "momentum": 0.9, "nesterov": True}),
        "adagrad": ("adagrad", {"learning_rate": 1e-2}),
        "adadelta": ("adadelta", {"learning_rate": 1.0}),
        "rmsprop": ("rmsprop", {"learning_rate": 1e-2}),
        "adam": ("adam", {"learning_rate": 1e-3}),
        "amsgrad": ("amsgrad", {"learning_rate": 1e-3}),
        "adamax": ("adamax", {"learning_rate": 2e-3}),
        "nadam": ("nadam", {"learning_rate": 2e-3}),
        "adamw": ("adamw", {"learning_rate": 1e-3}),
        "radam": ("radam", {"learning_rate": 1e-3}),
        "adabelief": ("adabelief", {"learning_rate": 1e-3}),
        "yogi": ("yogi", {"learning_rate": 1e-2}),
        "lion": ("lion", {"learning_rate": 1e-4}),
    },
    "keras": {
        "sgd": ("SGD", {}),
        "momentum": ("SGD", {"momentum": 0.9}),
        "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
        "adagrad": ("Adagrad", {}),
        "adadelta": ("Adadelta", {}),
        "rmsprop": ("RMSprop", {}),
        "adam": ("Adam", {}),
        "amsgrad": ("Adam", {"amsgrad": True}),
        "adamax": ("Adamax", {}),
        "nadam": ("Nadam", {}),
        "adamw": ("AdamW", {}),
        "lion": ("Lion", {}),
    },
}

#: Our names in the libraries' words; the betas of PyTorch are put together below.
WORDS = {
    "pytorch": {
        "learning_rate": "lr",
        "epsilon": "eps",
        "initial_accumulator": "initial_accumulator_value",
        "learning_rate_decay": "lr_decay",
    },
    "optax": {
        "epsilon": "eps",
        "epsilon_root": "eps_root",
        "beta1": "b1",
        "beta2": "b2",
        "initial_accumulator": "initial_accumulator_value",
    },
    "keras": {
        "beta1": "beta_1",
        "beta2": "beta_2",
        "decay_rate": "rho",
        "initial_accumulator": "initial_accumulator_value",
    },
}
DECAY_RATE = {
    ("pytorch", "rmsprop"): "alpha",
    ("pytorch", "adadelta"): "rho",
    ("optax", "rmsprop"): "decay",
    ("optax", "adadelta"): "rho",
}

SHORT = {"learning_rate": 1.0, "beta1": 0.0, "beta2": 0.5, "epsilon": 0.1}
LONG = {"learning_rate": 1e-5, "beta1": 0.999, "beta2": 0.9999, "epsilon": 1e-15}
#: Hyper-parameters beside the defaults, which are a case of their own.
VARIANTS = {
    "sgd": {"long": {"learning_rate": 100.0}},
    "momentum": {
        "long": {"learning_rate": 10.0, "momentum": 0.999},
        "scheduled": {"learning_rate": 0.1, "momentum": 0.95},
    },
    "nesterov": {
        "long": {"learning_rate": 10.0, "momentum": 0.999},
        "scheduled": {"learning_rate": 0.1, "momentum": 0.95},
    },
    "adagrad": {
        "short": {"learning_rate": 10.0, "initial_accumulator": 0.0, "epsilon": 0.1},
        "long": {"learning_rate": 1e-5, "initial_accumulator": 5.0, "epsilon": 1e-15},
    },
    "adadelta": {
        "short": {"learning_rate": 100.0, "decay_rate": 0.5, "epsilon": 0.1},
        "long": {"learning_rate": 0.1, "decay_rate": 0.9999, "epsilon": 1e-12},
    },
    "rmsprop": {
        "short": {"learning_rate": 1.0, "decay_rate": 0.5, "epsilon": 0.1},
        "long": {"learning_rate": 1e-5, "decay_rate": 0.9999, "epsilon": 1e-15},
        "centered": {"centered": True},
        "momentum": {"momentum": 0.9},
        "all": {"centered": True, "momentum": 0.99, "decay_rate": 0.95, "epsilon": 1e-3},
        "scheduled": {"learning_rate": 0.1, "momentum": 0.9},
    },
    "adam": {"short": SHORT, "long": LONG, "scheduled": {"learning_rate": 0.1}},
    "amsgrad": {"short": SHORT, "long": LONG},
    "adamax": {"short": SHORT, "long": LONG},
    "nadam": {"short": SHORT, "long": LONG},
    "adamw": {
        "short": {**SHORT, "weight_decay": 0.5},
        "long": {**LONG, "weight_decay": 0.0},
        "scheduled": {"learning_rate": 0.1, "weight_decay": 0.1},
    },
    "radam": {
        "short": SHORT,
        "long": LONG,
        "early": {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
    },
    "adabelief": {"short": {**SHORT, "beta1": 0.1}, "long": {**LONG, "epsilon_root": 1e-3}},
    "yogi": {"short": SHORT, "long": LONG},
    "lion": {
        "short": {"learning_rate": 1.0, "beta1": 0.01, "beta2": 0.5},
        "long": {"learning_rate": 1e-5, "beta1": 0.99, "beta2": 0.9999, "weight_decay": 0.5},
    },
}
#: Weight decay, for every rule of a library that has it.
DECAYED = {
    "pytorch": set(CALLS["pytorch"]),
    "optax": {"adadelta", "adamw", "lion"},
    "keras": set(CALLS["keras"]),
}
#: Cases of one library: (library, case, our entry, the library's arguments).
SINGLE = [
    ("pytorch", "dampened", {"use": "momentum", "dampening": 0.7}, {"dampening": 0.7}),
    (
        "pytorch",
        "decaying",
        {"use": "adagrad", "learning_rate_decay": 0.1},
        {"lr_decay": 0.1},
    ),
    ("pytorch", "warming", {"use": "nadam", "momentum_decay": 0.2}, {"momentum_decay": 0.2}),
    (
        "optax",
        "tensorflow1",
        {"use": "rmsprop", "flavour": "tensorflow1", "momentum": 0.9},
        {"decay": 0.9, "eps": 1e-10, "initial_scale": 1.0, "momentum": 0.9},
    ),
    (
        "optax",
        "tutorial",
        {"use": "rmsprop", "flavour": "tutorial"},
        {"decay": 0.9, "eps_in_sqrt": False},
    ),
    ("pytorch", "tutorial", {"use": "rmsprop", "flavour": "tutorial"}, {"alpha": 0.9}),
]


def inputs():
    """Return the start, half of it zero, and gradients over nine orders of magnitude."""
    rng = np.random.default_rng(20150507)
    start = np.where(np.arange(SIZE) % 2, rng.normal(size=SIZE), 0.0)
    gradients = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-6, 3, size=(STEPS, SIZE))
    gradients[rng.random(gradients.shape) < 0.15] = 0.0
    gradients[:, -1] = 0.0  # a parameter that never has a gradient
    gradients[:50, -2] = 0.0  # and one that gets it late
    return start, gradients


def arguments(library, rule, settings):
    """Translate our hyper-parameters."""
    words = {**WORDS[library], "decay_rate": DECAY_RATE.get((library, rule), "rho")}
    translated = {words.get(name, name): value for name, value in settings.items()}
    if library == "pytorch" and "beta1" in translated:
        translated["betas"] = (translated.pop("beta1"), translated.pop("beta2"))
    return translated


def plan():
    """Return every case with what the library is called with: (case, function, arguments)."""
    cases = []

    def add(library, name, entry, given, tolerance=1e-12):
        function, always = CALLS[library][entry["use"]]
        given = {**always, **given}
        call = f"{function}({', '.join(f'{key}={value!r}' for key, value in given.items())})"
        case = Case(f"{entry['use']}-{library}-{name}", library, entry, call, tolerance)
        cases.append((case, function, given))

    for rule, variants in VARIANTS.items():
        for library, calls in CALLS.items():
            if rule not in calls:
                continue
            entry = {"use": rule, "flavour": library}
            add(library, "default", entry, {})
            for name, settings in variants.items():
                ours = {**entry, **settings}
                if name == "scheduled":
                    ours["schedule"] = {"use": "step", "step_size": 30, "gamma": 0.5}
                add(library, name, ours, arguments(library, rule, settings))
            if rule in DECAYED[library]:
                decay = {"weight_decay": 0.1}
                add(library, "decay", {**entry, **decay}, decay)
    for library, name, entry, given in SINGLE:
        add(library, name, entry, given)
    # PyTorch keeps the product of NAdam's momenta in float32 where that is the default dtype.
    add("pytorch", "float32", {"use": "nadam"}, {}, tolerance=1e-7)
    return cases


def factor(case, step):
    """Return the scheduled factor of a step counted from 0, in the libraries' own arithmetic."""
    return 0.5 ** (step // 30) if "schedule" in case.entry else 1.0


@contextlib.contextmanager
def torch_default(dtype):
    """Set PyTorch's default dtype for a while."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def run_pytorch(case, function, given, start, gradients):
    """Return the parameters after each step."""
    path = []
    with torch_default(torch.float32 if case.tolerance > 1e-12 else torch.float64):
        parameter = torch.tensor(start.copy(), requires_grad=True)
        optimizer = getattr(torch.optim, function)([parameter], **given)
        rate = optimizer.param_groups[0]["lr"]
        for step, g in enumerate(gradients):
            optimizer.param_groups[0]["lr"] = rate * factor(case, step)
            parameter.grad = torch.tensor(g)
            optimizer.step()
            path.append(parameter.detach().numpy().copy())
    return np.array(path)


def run_optax(case, function, given, start, gradients):
    """Return the parameters after each step."""
    given = dict(given)
    if "schedule" in case.entry:
        rate = given["learning_rate"]
        given["learning_rate"] = lambda count: rate * 0.5 ** (count // 30)
    transformation = getattr(optax, function)(**given)
    update = jax.jit(transformation.update)
    parameter = jax.numpy.array(start)
    state = transformation.init(parameter)
    path = []
    for g in gradients:
        change, state = update(jax.numpy.array(g), state, parameter)
        parameter = optax.apply_updates(parameter, change)
        path.append(np.array(parameter))
    return np.array(path)


def run_keras(case, function, given, start, gradients):
    """Return the parameters after each step."""
    optimizer = getattr(keras.optimizers, function)(**given)
    variable = keras.Variable(start.copy(), dtype="float64")
    optimizer.build([variable])
    rate = float(optimizer.learning_rate)
    path = []
    for step, g in enumerate(gradients):
        optimizer.learning_rate = rate * factor(case, step)
        optimizer.apply([jax.numpy.array(g)], [variable])
        path.append(np.array(variable.value))
    return np.array(path)


RUN = {"pytorch": run_pytorch, "optax": run_optax, "keras": run_keras}


def main():
    """Run every case and write the file."""
    start, gradients = inputs()
    trajectories = Trajectories(
        versions={name: version(name) for name in ("torch", "optax", "keras", "jax", "numpy")},
        start=start,
        gradients=gradients,
        kept=KEPT,
    )
    for case, function, given in plan():
        path = RUN[case.library](case, function, given, start, gradients)
        trajectories.cases.append(case)
        trajectories.parameters[case.name] = path[KEPT - 1]
    trajectories.save(FILE)
    print(f"{len(trajectories.cases)} cases, {FILE.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
