"""Optimizers of PyTorch and Optax: the adapters' paths, and the libraries' own on named tensors.

What the two offer is walked through, and docs/reference/library_optimizers.md is written, by

    python tests/support/library_runs.py > docs/reference/library_optimizers.md
"""

import inspect
import math
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from descent.arrays import Layout
from descent.optimizers.loading import EntrantError, load_optimizer
from descent.optimizers.state import Task

LAYOUT = Layout(
    {"W1": (5, 3), "b1": (3,), "W2": (3, 3), "b2": (3,), "w": (3, 1), "b3": (1,)},
    kinds={"w": "output"},
)
STEPS = 12
TASK = Task(LAYOUT, steps=STEPS)
START = np.random.default_rng(1).normal(size=LAYOUT.size)
GRADIENTS = np.random.default_rng(2).normal(size=(STEPS, LAYOUT.size))


def path_of(rule, *, loss=1.0):
    """Return the evaluated parameters after every step."""
    theta = START.copy()
    state = rule.init(theta, TASK)
    path = []
    for g in GRADIENTS:
        state.loss = loss
        state.loss_and_gradient = bowl
        rule.step(theta, g, state)
        path.append(rule.evaluation_point(theta, state).copy())
    return np.array(path)


def bowl(theta, gradient):
    gradient[...] = theta
    return 0.5 * float(theta @ theta)


# --- the libraries' own runs, on the tensors that their users would have ---


def tensors_of(flat):
    import torch

    return {
        name: torch.tensor(view.T.copy() if view.ndim == 2 else view.copy())
        for name, view in LAYOUT.views(flat).items()
    }


def flat_of(tensors):
    return np.concatenate(
        [np.ravel(t.detach().numpy().T if t.ndim == 2 else t.detach().numpy()) for t in tensors]
    )


def evaluated(optimizer, parameters):
    """Return what the library evaluates; the parameters stay as they are, to the bit."""
    if not hasattr(optimizer, "eval"):
        return flat_of(parameters.values())
    before = [t.detach().clone() for t in parameters.values()]
    optimizer.eval()
    shown = flat_of(parameters.values())
    optimizer.train()
    for tensor, kept in zip(parameters.values(), before, strict=True):
        tensor.data.copy_(kept)
    return shown


def torchs_own(cls, lr=None, factors=None, **options):
    """Return the path of a PyTorch optimizer on (outputs, inputs) matrices and biases."""
    parameters = tensors_of(START)
    rate = {} if lr is None else {"lr": lr}
    optimizer = cls(list(parameters.values()), **rate, **options)
    first = optimizer.param_groups[0]["lr"]
    path = []
    if hasattr(optimizer, "train"):
        optimizer.train()
    for step, g in enumerate(GRADIENTS):
        for name, gradient in tensors_of(g).items():
            parameters[name].grad = gradient
        if factors is not None:
            optimizer.param_groups[0]["lr"] = first * factors[step]
        optimizer.step()
        path.append(evaluated(optimizer, parameters))
    return np.array(path)


def optaxs_own(function, **options):
    """Return the path of an Optax optimizer on a dict of (inputs, outputs) matrices and biases."""
    import jax
    import optax

    def arrays(flat):
        return {name: jax.numpy.array(view) for name, view in LAYOUT.views(flat).items()}

    transformation = optax.with_extra_args_support(function(**options))
    update = jax.jit(lambda g, s, p: transformation.update(g, s, p, value=1.0, grad=g))
    params = arrays(START)
    tree = transformation.init(params)
    path = []
    for g in GRADIENTS:
        changes, tree = update(arrays(g), tree, params)
        params = optax.apply_updates(params, changes)
        shown = params
        if isinstance(tree, optax.contrib.ScheduleFreeState):
            shown = optax.contrib.schedule_free_eval_params(tree, params)
        path.append(np.concatenate([np.ravel(shown[name]) for name in LAYOUT.shapes]))
    return np.array(path)


@dataclass(frozen=True)
class Walked:
    """What became of one optimizer of a library.

    Attributes
    ----------
    use : str
        How a config entry names it.
    learning_rate : float or None
        The library's default, or ours where it has none.
    difference : float or None
        Largest relative difference between the adapter's path and the library's own; None for one
        that is refused.
    refusal : str
        Why it is; empty for one that runs.
    """

    use: str
    learning_rate: float | None = None
    difference: float | None = None
    refusal: str = ""


def walk_torch():
    """Return what becomes of every optimizer of PyTorch but LBFGS, which chooses its gradients."""
    import torch

    base = torch.optim.Optimizer
    classes = {
        name: cls
        for name, cls in sorted(vars(torch.optim).items())
        if inspect.isclass(cls) and issubclass(cls, base) and cls is not base
    }
    return [
        _walked(f"torch:{name}", lambda rule, cls=cls: torchs_own(cls, rule.learning_rate))
        for name, cls in classes.items()
        if name != "LBFGS"
    ]


def walk_optax():
    """Return what becomes of every optimizer of Optax."""
    import optax

    from descent.optimizers.adapters.options import takes_learning_rate

    def own(rule, function):
        (rate,) = set(inspect.signature(function).parameters) & {
            "learning_rate",
            "max_learning_rate",
        }
        return optaxs_own(function, **{rate: rule.learning_rate})

    places = {"": optax, "contrib.": optax.contrib}
    functions = {
        prefix + name: function
        for prefix, module in places.items()
        for name, function in vars(module).items()
        if takes_learning_rate(function) and not name.startswith("_")
    }
    return [
        _walked(f"optax:{name}", lambda rule, function=function: own(rule, function))
        for name, function in sorted(functions.items())
    ]


def _walked(use, own):
    try:
        rule = load_optimizer({"use": use}, folder=Path())
    except EntrantError as error:
        return Walked(use, refusal=str(error))
    found, theirs = path_of(rule), own(rule)
    moved = np.abs(theirs - START).max()
    difference = float(np.abs(found - theirs).max() / moved) if moved else math.inf
    return Walked(use, rule.learning_rate, difference)


def main():
    """Print the page of all optimizers of the installed PyTorch and Optax."""
    print(PAGE.format(torch=version("torch").partition("+")[0], optax=version("optax")))
    for one in [*walk_torch(), *walk_optax()]:
        if one.refusal:
            print(f"| `{one.use}` | | refused: {one.refusal} |")
        else:
            told = "the same to the bit" if one.difference == 0 else f"{one.difference:.0e}"
            print(f"| `{one.use}` | {one.learning_rate:g} | {told} |")


PAGE = """# Optimizers of PyTorch and Optax

This page is written by `python tests/support/library_runs.py`, from PyTorch {torch} and Optax
{optax}. It lists every optimizer that the two offer.

Each was run through its adapter and as its own users run it, on the named weight matrices and
biases of a small network, for twelve float64 steps with the same gradients. The last column shows
the largest difference between the two paths, relative to how far the path went, or why the
optimizer is refused. Two are compared in tests of their own and are the same to the bit:
`torch:LBFGS`, which chooses the points of its gradients, and `torch:Muon` with a `rest:`, the entry
that trains what is no matrix.

| `use:` | learning rate by default | difference from the library |
| --- | --- | --- |"""


if __name__ == "__main__":
    main()
