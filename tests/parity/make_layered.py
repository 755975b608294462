"""Write layered/<rule>.npz: what other libraries do with matrices and vectors of several shapes.

    python tests/parity/make_layered.py             # every rule
    python tests/parity/make_layered.py lamb lars   # these

needs the libraries of these rules and the package on the path. A library is imported when it runs.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import library_calls
import numpy as np

from descent.arrays import Layout
from descent.optimizers import OPTIMIZERS
from descent.optimizers.parity import Case, Trajectories

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

LAYOUT = Layout(
    {
        "embedding": (6, 2),
        "tall": (5, 3),
        "bias": (3,),
        "wide": (3, 6),
        "square": (4, 4),
        "one": (1, 1),
        "output": (3, 2),
    },
    kinds={"embedding": "embedding", "output": "output"},
)
STEPS = 200
KEPT = np.array([1, 2, 3, 5, 10, 30, 31, 60, 100, 150, 200])
FOLDER = Path(__file__).with_name("layered")
#: The package that a library is installed as, where that is not its name.
PACKAGES = {"pytorch": "torch"}
#: Halves the learning rate every 30 steps.
SCHEDULED = {"schedule": {"use": "step", "step_size": 30, "gamma": 0.5}}
#: What PyTorch is handed to orthogonalise; its embeddings lie the other way round.
ALL_LAYERS = {"orthogonalized": ["matrix", "output"]}


@dataclass(frozen=True)
class Planned:
    """One case: our entry beside the call of a library.

    Attributes
    ----------
    library : str
        ``pytorch``, ``optax``, ``keras`` or the name of another package.
    name : str
        Of the case, unique for the rule and the library.
    function : str or callable
        Dotted path of what is called, within the package; or a function that calls it.
    arguments : dict
        What it is called with.
    settings : dict
        Our hyper-parameters beside the flavour; with ``SCHEDULED`` the library's learning rate
        is halved on the way too.
    within : callable
        Context in which the library runs: one of its steps is replaced there by one in float64.
    run : callable or None
        What returns the library's parameters after each step, where that is not as for its others.
    """

    library: str
    name: str
    function: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    within: Callable[[], AbstractContextManager[Any]] = nullcontext
    run: Any = None

    def case(self, rule):
        """Return the case as it is frozen."""
        given = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        flavour = {"flavour": self.library} if self.library in OPTIMIZERS[rule].flavours else {}
        return Case(
            name=f"{rule}-{self.library}-{self.name}",
            library=self.library,
            entry={"use": rule, **flavour, **self.settings},
            call=f"{getattr(self.function, '__name__', self.function)}({given})",
            tolerance=1e-12,
        )

    def factor(self, step):
        """Return the factor on the learning rate at a step counted from 0."""
        return 0.5 ** (step // 30) if "schedule" in self.settings else 1.0

    def make(self, *parameters, **changed):
        """Call the library's function."""
        if callable(self.function):
            return self.function(*parameters, **{**self.arguments, **changed})
        path = f"{PACKAGES.get(self.library, self.library)}.{self.function}"
        module, _, name = path.rpartition(".")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function = getattr(importlib.import_module(module), name)
        return function(*parameters, **{**self.arguments, **changed})


def beta2_in_float64():
    """Let Optax's Adafactor compute its beta2 in float64 instead of float32."""
    from optax._src import factorized

    def decay(step, exponent):
        return 1.0 - (step + 1.0) ** -exponent

    exact = partial(factorized.scale_by_factored_rms, decay_rate_fn=decay)
    return mock.patch.object(factorized, "scale_by_factored_rms", exact)


def means_in_float64():
    """Let Keras take means of float64 arrays in float64; on JAX it takes them in float32."""
    from jax import numpy
    from keras.src import ops

    def mean(x, **options):
        return numpy.mean(numpy.array(x), **options)

    return mock.patch.object(ops, "mean", mean)


#: Cases by rule.
CASES = {
    "muon": [
        Planned(
            "pytorch",
            "default",
            library_calls.muon_and_adamw,
            {},
            ALL_LAYERS,
            within=library_calls.newton_schulz_in_float64,
        ),
        Planned(
            "pytorch",
            "rms",
            library_calls.muon_and_adamw,
            {
                "lr": 0.1,
                "momentum": 0.5,
                "adjust_lr_fn": "match_rms_adamw",
                "nesterov": False,
                "adamw_lr": 1e-3,
            },
            {
                "learning_rate": 0.1,
                "momentum": 0.5,
                "consistent_rms": 0.2,
                "nesterov": False,
                **ALL_LAYERS,
                "adam_learning_rate_factor": 0.01,
            },
            within=library_calls.newton_schulz_in_float64,
        ),
        Planned(
            "pytorch",
            "scheduled",
            library_calls.muon_and_adamw,
            {"lr": 0.02, "weight_decay": 0.5, "eps": 1e-3, "ns_steps": 3, "adamw_lr": 1e-3},
            {
                "learning_rate": 0.02,
                "weight_decay": 0.5,
                "norm_epsilon": 1e-3,
                "iterations": 3,
                "adam_learning_rate_factor": 0.05,
                **ALL_LAYERS,
                **SCHEDULED,
            },
            within=library_calls.newton_schulz_in_float64,
        ),
        Planned("optax", "default", "contrib.muon", {"learning_rate": 0.02}),
        Planned(
            "optax",
            "plain",
            "contrib.muon",
            {
                "learning_rate": 0.02,
                "beta": 0.5,
                "nesterov": False,
                "weight_decay": 0.1,
                "adam_weight_decay": 0.1,
                "consistent_rms": 0.2,
                "eps": 1e-3,
            },
            {
                "learning_rate": 0.02,
                "momentum": 0.5,
                "nesterov": False,
                "adam_nesterov": False,
                "weight_decay": 0.1,
                "consistent_rms": 0.2,
                "norm_epsilon": 1e-3,
                "epsilon": 1e-3,
            },
        ),
        Planned(
            "optax",
            "scheduled",
            "contrib.muon",
            {"learning_rate": 0.02},
            {"learning_rate": 0.02, **SCHEDULED},
        ),
        Planned("keras", "default", "optimizers.Muon", within=library_calls.norms_in_float64),
        Planned(
            "keras",
            "scheduled",
            "optimizers.Muon",
            {
                "learning_rate": 0.02,
                "momentum": 0.5,
                "weight_decay": 0.1,
                "adam_weight_decay": 0.1,
                "nesterov": False,
                "rms_rate": 1.0,
            },
            {
                "learning_rate": 0.02,
                "momentum": 0.5,
                "norm_epsilon": 5e-8,
                "weight_decay": 0.1,
                "nesterov": False,
                "consistent_rms": 1.0,
                **SCHEDULED,
            },
            within=library_calls.norms_in_float64,
        ),
    ],
    "schedule_free_sgd": [
        Planned("schedulefree", "default", "SGDScheduleFree"),
        Planned(
            "schedulefree",
            "warm",
            "SGDScheduleFree",
            {
                "lr": 0.1,
                "momentum": 0.5,
                "weight_decay": 0.1,
                "warmup_steps": 50,
                "r": 0.5,
                "weight_lr_power": 1.0,
            },
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "weight_decay": 0.1,
                "warmup_steps": 50,
                "step_power": 0.5,
                "rate_power": 1.0,
                **SCHEDULED,
            },
        ),
        Planned("optax", "default", "contrib.schedule_free_sgd"),
        Planned(
            "optax",
            "decay",
            "contrib.schedule_free_sgd",
            {"learning_rate": 0.1, "b1": 0.98, "weight_decay": 0.1},
            {"learning_rate": 0.1, "beta1": 0.98, "weight_decay": 0.1},
        ),
    ],
    "schedule_free_adamw": [
        Planned("schedulefree", "default", "AdamWScheduleFree"),
        Planned(
            "schedulefree",
            "warm",
            "AdamWScheduleFree",
            {
                "lr": 0.1,
                "betas": (0.5, 0.9),
                "eps": 1e-3,
                "weight_decay": 0.1,
                "warmup_steps": 50,
                "r": 0.5,
                "weight_lr_power": 1.0,
            },
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "beta2": 0.9,
                "epsilon": 1e-3,
                "weight_decay": 0.1,
                "warmup_steps": 50,
                "step_power": 0.5,
                "rate_power": 1.0,
                **SCHEDULED,
            },
        ),
        Planned("optax", "default", "contrib.schedule_free_adamw"),
        Planned(
            "optax",
            "decay",
            "contrib.schedule_free_adamw",
            {"learning_rate": 0.1, "b1": 0.98, "b2": 0.9, "eps": 1e-3, "weight_decay": 0.1},
            {
                "learning_rate": 0.1,
                "beta1": 0.98,
                "beta2": 0.9,
                "epsilon": 1e-3,
                "weight_decay": 0.1,
            },
        ),
    ],
    "soap": [
        Planned(
            "pytorch_optimizer",
            "default",
            "SOAP",
            {"weight_decay": 0.0, "max_precondition_dim": 4},
            {"weight_decay": 0.0, "largest_dimension": 4},
            within=library_calls.qr_in_float64,
        ),
        Planned(
            "pytorch_optimizer",
            "scheduled",
            "SOAP",
            {
                "lr": 0.1,
                "betas": (0.5, 0.8),
                "eps": 1e-3,
                "shampoo_beta": 0.9,
                "precondition_frequency": 3,
                "weight_decay": 0.0,
                "max_precondition_dim": 4,
            },
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "beta2": 0.8,
                "epsilon": 1e-3,
                "shampoo_beta": 0.9,
                "interval": 3,
                "weight_decay": 0.0,
                "largest_dimension": 4,
                **SCHEDULED,
            },
            within=library_calls.qr_in_float64,
        ),
    ],
    "lbfgs": [Planned("pytorch", "default", "optim.LBFGS", run=library_calls.run_lbfgs)],
    "sam": [
        Planned(
            "optax",
            "momentum",
            library_calls.sam_around,
            {"base": "sgd", "rho": 0.05, "learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "base": {"use": "momentum", "flavour": "optax"}},
            run=library_calls.run_optax_whole,
        ),
        Planned(
            "optax",
            "adamw",
            library_calls.sam_around,
            {"base": "adamw", "rho": 5.0, "learning_rate": 0.1, "weight_decay": 0.1},
            {
                "rho": 5.0,
                "learning_rate": 0.1,
                "weight_decay": 0.1,
                "base": {"use": "adamw", "flavour": "optax"},
                **SCHEDULED,
            },
            run=library_calls.run_optax_whole,
        ),
    ],
    "lookahead": [
        Planned(
            "optax",
            "momentum",
            library_calls.lookahead_around,
            {
                "base": "sgd",
                "interval": 5,
                "slow_step_size": 0.5,
                "learning_rate": 0.1,
                "momentum": 0.9,
            },
            {"learning_rate": 0.1, "base": {"use": "momentum", "flavour": "optax"}},
            run=library_calls.run_optax_whole,
        ),
        Planned(
            "optax",
            "adamw",
            library_calls.lookahead_around,
            {
                "base": "adamw",
                "interval": 3,
                "slow_step_size": 0.8,
                "learning_rate": 0.1,
                "weight_decay": 0.1,
            },
            {
                "interval": 3,
                "slow_step_size": 0.8,
                "learning_rate": 0.1,
                "weight_decay": 0.1,
                "base": {"use": "adamw", "flavour": "optax"},
                **SCHEDULED,
            },
            run=library_calls.run_optax_whole,
        ),
    ],
    "lamb": [
        Planned("optax", "default", "lamb", {"learning_rate": 1e-3}),
        Planned(
            "optax",
            "short",
            "lamb",
            {"learning_rate": 0.1, "b1": 0.0, "b2": 0.5, "eps": 0.1, "weight_decay": 0.5},
            {
                "learning_rate": 0.1,
                "beta1": 0.0,
                "beta2": 0.5,
                "epsilon": 0.1,
                "weight_decay": 0.5,
            },
        ),
        Planned(
            "optax",
            "scheduled",
            "lamb",
            {"learning_rate": 0.1, "weight_decay": 0.01},
            {"learning_rate": 0.1, "weight_decay": 0.01, **SCHEDULED},
        ),
        Planned("keras", "default", "optimizers.Lamb"),
        Planned(
            "keras",
            "scheduled",
            "optimizers.Lamb",
            {"learning_rate": 0.1, "beta_2": 0.99, "weight_decay": 0.1},
            {"learning_rate": 0.1, "beta2": 0.99, "weight_decay": 0.1, **SCHEDULED},
        ),
    ],
    "lars": [
        Planned("optax", "default", "lars", {"learning_rate": 1.0}),
        Planned(
            "optax",
            "decay",
            "lars",
            {"learning_rate": 30.0, "weight_decay": 0.1, "momentum": 0.5, "eps": 1e-3},
            {"learning_rate": 30.0, "weight_decay": 0.1, "momentum": 0.5, "epsilon": 1e-3},
        ),
        Planned(
            "optax",
            "scheduled",
            "lars",
            {"learning_rate": 1.0, "weight_decay": 1e-3, "trust_coefficient": 0.1},
            {"weight_decay": 1e-3, "trust_coefficient": 0.1, **SCHEDULED},
        ),
        Planned(
            "optax",
            "nesterov",
            "lars",
            {"learning_rate": 1.0, "nesterov": True, "weight_decay": 0.01},
            {"nesterov": True, "weight_decay": 0.01, **SCHEDULED},
        ),
    ],
    "adafactor": [
        Planned("pytorch", "default", "optim.Adafactor"),
        Planned(
            "pytorch",
            "all",
            "optim.Adafactor",
            {
                "lr": 1.0,
                "beta2_decay": -0.5,
                "eps": (1e-3, 0.1),
                "d": 2.0,
                "weight_decay": 0.1,
            },
            {
                "learning_rate": 1.0,
                "decay_exponent": 0.5,
                "epsilon1": 1e-3,
                "epsilon2": 0.1,
                "threshold": 2.0,
                "weight_decay": 0.1,
            },
        ),
        Planned(
            "pytorch",
            "scheduled",
            "optim.Adafactor",
            {"lr": 0.1, "weight_decay": 0.1},
            {"learning_rate": 0.1, "weight_decay": 0.1, **SCHEDULED},
        ),
        Planned(
            "optax",
            "default",
            "adafactor",
            {"learning_rate": 0.01},
            within=beta2_in_float64,
        ),
        Planned(
            "optax",
            "factored",
            "adafactor",
            {
                "learning_rate": 0.1,
                "min_dim_size_to_factor": 2,
                "decay_rate": 0.5,
                "clipping_threshold": 2.0,
                "weight_decay_rate": 0.01,
            },
            {
                "learning_rate": 0.1,
                "smallest_factored": 2,
                "decay_exponent": 0.5,
                "threshold": 2.0,
                "weight_decay": 0.1,
            },
            within=beta2_in_float64,
        ),
        Planned(
            "optax",
            "scheduled",
            "adafactor",
            {"learning_rate": 0.1, "min_dim_size_to_factor": 1},
            {"learning_rate": 0.1, "smallest_factored": 1, **SCHEDULED},
            within=beta2_in_float64,
        ),
        Planned("keras", "default", "optimizers.Adafactor", within=means_in_float64),
        Planned(
            "keras",
            "all",
            "optimizers.Adafactor",
            {
                "learning_rate": 0.5,
                "beta_2_decay": -0.5,
                "epsilon_1": 1e-3,
                "epsilon_2": 0.1,
                "clip_threshold": 0.5,
                "weight_decay": 0.1,
            },
            {
                "learning_rate": 0.5,
                "decay_exponent": 0.5,
                "epsilon1": 1e-3,
                "epsilon2": 0.1,
                "threshold": 0.5,
                "weight_decay": 0.1,
                **SCHEDULED,
            },
            within=means_in_float64,
        ),
    ],
    "adan": [
        Planned("pytorch_optimizer", "default", "Adan"),
        Planned(
            "pytorch_optimizer",
            "decay",
            "Adan",
            {"lr": 0.1, "betas": (0.5, 0.9, 0.99), "eps": 0.1, "weight_decay": 0.5},
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "beta2": 0.9,
                "beta3": 0.99,
                "epsilon": 0.1,
                "weight_decay": 0.5,
                **SCHEDULED,
            },
        ),
        Planned(
            "pytorch_optimizer",
            "multiplied-decay",
            "Adan",
            {"weight_decay": 0.5, "weight_decouple": True},
            {"weight_decay": 0.5, "proximal_decay": False},
        ),
        Planned("optax", "default", "adan", {"learning_rate": 1e-3}),
        Planned(
            "optax",
            "decay",
            "adan",
            {"learning_rate": 0.1, "b1": 0.5, "b2": 0.9, "eps": 0.1, "weight_decay": 0.5},
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "beta2": 0.9,
                "epsilon": 0.1,
                "weight_decay": 0.5,
                **SCHEDULED,
            },
        ),
    ],
    "ademamix": [
        Planned(
            "pytorch_optimizer",
            "warmup",
            "AdEMAMix",
            {"lr": 1e-3, "betas": (0.9, 0.999, 0.9999), "alpha": 5.0, "t_alpha_beta3": STEPS},
        ),
        Planned(
            "pytorch_optimizer",
            "short-warmup",
            "AdEMAMix",
            {
                "lr": 0.1,
                "betas": (0.5, 0.9, 0.99),
                "alpha": 8.0,
                "t_alpha_beta3": 50,
                "weight_decouple": True,
                "weight_decay": 0.1,
                "eps": 0.1,
            },
            {
                "learning_rate": 0.1,
                "beta1": 0.5,
                "beta2": 0.9,
                "beta3": 0.99,
                "alpha": 8.0,
                "warmup_steps": 50,
                "weight_decay": 0.1,
                "epsilon": 0.1,
                **SCHEDULED,
            },
        ),
        Planned("optax", "default", "contrib.ademamix", {"learning_rate": 1e-3}),
        Planned(
            "optax",
            "decay",
            "contrib.ademamix",
            {"learning_rate": 0.1, "b3": 0.99, "alpha": 2.0, "weight_decay": 0.1, "eps": 1e-3},
            {
                "learning_rate": 0.1,
                "beta3": 0.99,
                "alpha": 2.0,
                "weight_decay": 0.1,
                "epsilon": 1e-3,
                **SCHEDULED,
            },
        ),
    ],
    "prodigy": [
        Planned("prodigyopt", "default", "Prodigy"),
        Planned(
            "prodigyopt",
            "decay",
            "Prodigy",
            {"betas": (0.5, 0.9), "beta3": 0.99, "d0": 1e-3, "d_coef": 0.5, "weight_decay": 0.1},
            {
                "beta1": 0.5,
                "beta2": 0.9,
                "beta3": 0.99,
                "d0": 1e-3,
                "growth": 0.5,
                "weight_decay": 0.1,
                **SCHEDULED,
            },
        ),
        Planned(
            "prodigyopt",
            "l2",
            "Prodigy",
            {
                "weight_decay": 0.1,
                "decouple": False,
                "use_bias_correction": True,
                "safeguard_warmup": True,
                "eps": 1e-3,
            },
            {
                "weight_decay": 0.1,
                "decoupled_weight_decay": False,
                "bias_correction": True,
                "safeguard_warmup": True,
                "epsilon": 1e-3,
                **SCHEDULED,
            },
        ),
        Planned("optax", "default", "contrib.prodigy"),
        Planned(
            "optax",
            "decay",
            "contrib.prodigy",
            {"learning_rate": 0.5, "weight_decay": 0.1, "estim_lr0": 1e-3, "beta3": 0.9},
            {
                "learning_rate": 0.5,
                "weight_decay": 0.1,
                "d0": 1e-3,
                "beta3": 0.9,
                **SCHEDULED,
            },
        ),
    ],
    "rprop": [
        Planned("pytorch", "default", "optim.Rprop"),
        Planned(
            "pytorch",
            "limits",
            "optim.Rprop",
            {"lr": 1.0, "etas": (0.3, 2.0), "step_sizes": (0.01, 0.5)},
            {
                "learning_rate": 1.0,
                "eta_minus": 0.3,
                "eta_plus": 2.0,
                "smallest_step": 0.01,
                "largest_step": 0.5,
            },
        ),
    ],
}


def inputs(rule=""):
    """Return the start, one bias zero, and gradients over nine orders of magnitude.

    Pairs of L-BFGS compare gradients, so its own are those of a path down a convex function.
    Numbers of ten bits times powers of two: exact, and small in a compressed file.
    """
    rng = np.random.default_rng(20260412)

    def rounded(size):
        return np.round(rng.normal(size=size) * 256.0) / 256.0

    start = rounded(LAYOUT.size)
    gradients = rounded((STEPS, LAYOUT.size))
    gradients *= 2.0 ** rng.integers(-3, 4, size=gradients.shape)
    gradients[rng.random(gradients.shape) < 0.15] = 0.0
    for stretch in LAYOUT.slices.values():
        gradients[:, stretch] *= 2.0 ** rng.integers(-18, 9, size=(STEPS, 1))
    LAYOUT.views(start)["bias"][...] = 0.0
    gradients[:50, LAYOUT.slices["one"]] = 0.0  # a matrix that gets its gradient late
    gradients[:, -1] = 0.0  # a parameter that never has one
    if rule == "lbfgs":
        gradients = library_calls.descent_of_lbfgs(start, STEPS)
    return start, gradients


def transposed(name):
    """Return whether a block lies the other way round in PyTorch's layers: (outputs, inputs)."""
    return LAYOUT.kinds[name] in ("matrix", "output")


def run_torch(planned, start, gradients):
    """Return the parameters after each step of an optimizer in PyTorch's form."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        ours = {name: view.copy() for name, view in LAYOUT.views(start).items()}
        tensors = {  # which share memory with ours
            name: torch.from_numpy(value.T if transposed(name) else value).requires_grad_()
            for name, value in ours.items()
        }
        optimizer = planned.make(list(tensors.values()))
        rates = [group["lr"] for group in optimizer.param_groups]
        averages = hasattr(optimizer, "eval")
        if averages:
            optimizer.train()
        path = []
        for step, g in enumerate(gradients):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * planned.factor(step)
            for name, view in LAYOUT.views(g).items():
                value = view.T.copy() if transposed(name) else view.copy()
                tensors[name].grad = torch.from_numpy(value)
            optimizer.step()
            before_evaluation = {name: value.copy() for name, value in ours.items()}
            if averages:
                optimizer.eval()
            path.append(np.concatenate([value.ravel() for value in ours.values()]))
            if averages:  # and back, without the rounding of two interpolations
                optimizer.train()
                for name, value in before_evaluation.items():
                    ours[name][...] = value
        return np.array(path)
    finally:
        torch.set_default_dtype(before)


def run_optax(planned, start, gradients):
    """Return the parameters after each step of an optimizer in Optax's form."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    rate = planned.arguments.get("learning_rate")
    changed = (
        {"learning_rate": lambda count: rate * 0.5 ** (count // 30)}
        if "schedule" in planned.settings
        else {}
    )
    transformation = planned.make(**changed)
    update = jax.jit(transformation.update)
    parameters = {name: jax.numpy.array(view) for name, view in LAYOUT.views(start).items()}
    state = transformation.init(parameters)
    path = []
    for g in gradients:
        grads = {name: jax.numpy.array(view) for name, view in LAYOUT.views(g).items()}
        change, state = update(grads, state, parameters)
        parameters = optax.apply_updates(parameters, change)
        evaluated = parameters
        if "schedule_free" in planned.function:
            evaluated = optax.contrib.schedule_free_eval_params(state, parameters)
        path.append(np.concatenate([np.ravel(evaluated[name]) for name in LAYOUT.shapes]))
    return np.array(path)


def run_keras(planned, start, gradients):
    """Return the parameters after each step of an optimizer in Keras's form."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")
    optimizer = planned.make()
    variables = [
        keras.Variable(view.copy(), dtype="float64", name=name)
        for name, view in LAYOUT.views(start).items()
    ]
    optimizer.build(variables)
    rate = float(optimizer.learning_rate)
    path = []
    for step, g in enumerate(gradients):
        optimizer.learning_rate = rate * planned.factor(step)
        optimizer.apply([jax.numpy.array(view) for view in LAYOUT.views(g).values()], variables)
        path.append(np.concatenate([np.ravel(variable.value) for variable in variables]))
    return np.array(path)


def run(planned, start, gradients):
    """Return the library's parameters after each step, of shape (steps, n)."""
    runs = {"optax": run_optax, "keras": run_keras}
    chosen = planned.run or runs.get(planned.library, run_torch)
    with planned.within():
        return chosen(planned, start, gradients)


def versions(cases):
    """Return the versions of the packages that the cases ran."""
    packages = {PACKAGES.get(planned.library, planned.library) for planned in cases}
    beneath = {
        "jax" if package in ("optax", "keras") else "torch" for package in packages - {"torch"}
    }
    return {package: version(package) for package in sorted({*packages, *beneath, "numpy"})}


def main(rules):
    """Run the cases of these rules, or of all, and write their files."""
    FOLDER.mkdir(exist_ok=True)
    for rule in rules or CASES:
        start, gradients = inputs(rule)
        trajectories = Trajectories(
            versions=versions(CASES[rule]),
            start=start,
            gradients=gradients,
            kept=KEPT,
            shapes=LAYOUT.shapes,
            kinds=LAYOUT.kinds,
        )
        for planned in CASES[rule]:
            case = planned.case(rule)
            trajectories.cases.append(case)
            trajectories.parameters[case.name] = run(planned, start, gradients)[KEPT - 1]
        file = FOLDER / f"{rule}.npz"
        trajectories.save(file)
        print(f"{rule}: {len(trajectories.cases)} cases, {file.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
