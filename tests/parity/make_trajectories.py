"""Write the frozen trajectories: what other libraries do on one fixed sequence of gradients.

    python tests/parity/make_trajectories.py               # every file
    python tests/parity/make_trajectories.py lamb soap     # these files of cases.yaml

needs the libraries of the cases and the package on the path. A library is imported when it runs.
"""

import ast
import importlib
import json
import os
import sys
import warnings
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import library_calls
import numpy as np
import yaml
from trajectories import Case, Trajectories

from descent.arrays import Layout
from descent.optimizers.given_gradients import CURVATURES

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

#: The file of the rules that see one vector; each other file is one rule's, which sees layers.
VECTOR = "trajectories"
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
STEPS, SIZE = 200, 8
KEPT = {True: np.array([*range(1, 21), *range(25, STEPS + 1, 5)])}
KEPT[False] = np.array([1, 2, 3, 5, 10, 30, 31, 60, 100, 150, 200])
FOLDER = Path(__file__).parent
SCHEDULES = FOLDER / "schedules.json"
#: The package that a library is installed as, where that is not its name.
PACKAGES = {"pytorch": "torch"}
#: Where the functions of a library are, where that is not the package itself.
MODULES = {"pytorch": ("torch.optim", "torch"), "keras": ("keras.optimizers", "keras")}
#: Contexts in which one step of a library is replaced by the same in float64.
WITHIN = {
    ("muon", "pytorch"): library_calls.newton_schulz_in_float64,
    ("muon", "keras"): library_calls.norms_in_float64,
    ("soap", "pytorch_optimizer"): library_calls.qr_in_float64,
    ("adafactor", "optax"): library_calls.beta2_in_float64,
    ("adafactor", "keras"): library_calls.means_in_float64,
}


def read_cases():
    """Return the cases of each file, and those of the schedules."""
    table = yaml.safe_load((FOLDER / "cases.yaml").read_text(encoding="utf-8"))
    del table["halved"]
    schedules = table.pop("schedules")
    files = {}
    for file, cases in table.items():
        files[file] = [
            Case(
                name=name,
                library=name.split("-")[1],
                entry={"use": name.split("-")[0], **case["ours"]},
                call=case["call"],
                tolerance=case.get("tolerance", 1e-12),
            )
            for name, case in cases.items()
        ]
    return files, schedules


FILES, SCHEDULE_CASES = read_cases()


def path_of(file):
    """Return where the trajectories of a file lie."""
    return FOLDER / ("" if file == VECTOR else "layered") / f"{file}.npz"


def package_of(case):
    """Return the name of the package that a case needs."""
    return PACKAGES.get(case.library, case.library)


def arguments(call):
    """Return the keyword arguments of a call that is written as Python."""
    return {k.arg: ast.literal_eval(k.value) for k in ast.parse(call, mode="eval").body.keywords}


def made(case, *parameters, **changed):
    """Return what a case's call returns, some of its arguments changed."""
    name = case.call.partition("(")[0]
    found = getattr(library_calls, name, None)
    for module in MODULES.get(case.library, (package_of(case),)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            place = importlib.import_module(module)
            for part in name.split("."):
                place = getattr(place, part, None)
        found = found or place
    return found(*parameters, **{**arguments(case.call), **changed})


def inputs(file):
    """Return start and gradients: over nine orders of magnitude, some of them exact zeros."""
    if file == VECTOR:
        rng = np.random.default_rng(20150507)
        start = np.where(np.arange(SIZE) % 2, rng.normal(size=SIZE), 0.0)
        gradients = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-6, 3, size=(STEPS, SIZE))
        gradients[rng.random(gradients.shape) < 0.15] = 0.0
        gradients[:, -1] = 0.0  # a parameter that never has a gradient
        gradients[:50, -2] = 0.0  # and one that gets it late
        return start, gradients
    rng = np.random.default_rng(20260412)

    def rounded(size):  # numbers of ten bits: exact, and small in a compressed file
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
    if file == "lbfgs":  # it compares gradients, so its own are those of a convex function
        gradients = library_calls.descent_of_lbfgs(start, STEPS)
    return start, gradients


def layout_of(start):
    """Return the blocks of the parameters."""
    return LAYOUT if start.size == LAYOUT.size else Layout({"theta": start.shape})


def factor(case, step):
    """Return the factor on the learning rate at a step counted from 0."""
    return 0.5 ** (step // 30) if "schedule" in case.entry else 1.0


def run_torch(case, start, gradients):
    """Return the parameters after each step of an optimizer in PyTorch's form."""
    import torch

    layout = layout_of(start)
    # a matrix of PyTorch's layers lies the other way round: (outputs, inputs)
    turned = {name for name, kind in layout.kinds.items() if kind in ("matrix", "output")}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32 if case.tolerance > 1e-12 else torch.float64)
    try:
        ours = {name: view.copy() for name, view in layout.views(start).items()}
        tensors = {  # which share memory with ours
            name: torch.from_numpy(value.T if name in turned else value).requires_grad_()
            for name, value in ours.items()
        }
        optimizer = made(case, list(tensors.values()))
        rates = [group["lr"] for group in optimizer.param_groups]
        averages = hasattr(optimizer, "eval")
        if averages:
            optimizer.train()
        path = []
        for step, g in enumerate(gradients):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor(case, step)
            for name, view in layout.views(g).items():
                tensors[name].grad = torch.from_numpy((view.T if name in turned else view).copy())
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


def run_optax(case, start, gradients):
    """Return the parameters after each step of an optimizer in Optax's form."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    layout, changed = layout_of(start), {}
    if "schedule" in case.entry:
        rate = arguments(case.call)["learning_rate"]
        changed["learning_rate"] = lambda count: rate * 0.5 ** (count // 30)
    transformation = made(case, **changed)
    update = jax.jit(transformation.update)
    parameters = {name: jax.numpy.array(view) for name, view in layout.views(start).items()}
    state = transformation.init(parameters)
    path = []
    for g in gradients:
        grads = {name: jax.numpy.array(view) for name, view in layout.views(g).items()}
        change, state = update(grads, state, parameters)
        parameters = optax.apply_updates(parameters, change)
        evaluated = parameters
        if "schedule_free" in case.call:
            evaluated = optax.contrib.schedule_free_eval_params(state, parameters)
        path.append(np.concatenate([np.ravel(evaluated[name]) for name in layout.shapes]))
    return np.array(path)


def run_keras(case, start, gradients):
    """Return the parameters after each step of an optimizer in Keras's form."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")
    optimizer, layout = made(case), layout_of(start)
    variables = [
        keras.Variable(view.copy(), dtype="float64", name=name)
        for name, view in layout.views(start).items()
    ]
    optimizer.build(variables)
    rate = float(optimizer.learning_rate)
    path = []
    for step, g in enumerate(gradients):
        optimizer.learning_rate = rate * factor(case, step)
        optimizer.apply([jax.numpy.array(view) for view in layout.views(g).values()], variables)
        path.append(np.concatenate([np.ravel(variable.value) for variable in variables]))
    return np.array(path)


def run_lbfgs(case, start, gradients):
    """Return the parameters after each step of PyTorch's L-BFGS along the given gradients."""
    import torch

    theta = torch.tensor(start, requires_grad=True)
    optimizer = made(case, [theta], max_iter=1, tolerance_grad=0.0, tolerance_change=-np.inf)
    path = []
    for g in gradients:

        def closure(g=g):
            theta.grad = torch.tensor(g)
            return torch.tensor(0.0)

        optimizer.step(closure)
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def run_optax_wrapper(case, start, gradients):
    """Return the parameters after each step of a wrapper of Optax's, on one flat vector.

    The mini-batch is the one that our rules are handed along given gradients.
    """
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    rate = arguments(case.call)["learning_rate"]
    transformation = made(case, learning_rate=lambda count: rate * factor(case, count))
    curvature = jax.numpy.linspace(*CURVATURES, start.size)
    slow = case.entry["use"] == "lookahead"
    theta = jax.numpy.array(start)
    theta = optax.LookaheadParams.init_synced(theta) if slow else theta
    state = transformation.init(theta)

    @jax.jit
    def step(g, state, theta):
        def elsewhere(at, _):
            return g + curvature * (at - theta)

        more = {} if slow else {"grad_fn": elsewhere}
        change, state = transformation.update(g, state, theta, **more)
        return optax.apply_updates(theta, change), state

    path = []
    for g in gradients:
        theta, state = step(jax.numpy.array(g), state, theta)
        path.append(np.array(theta.slow if slow else theta))
    return np.array(path)


#: What runs a case: that of its rule, or that of its library; by default PyTorch's.
RUNS = {
    "lbfgs": run_lbfgs,
    "sam": run_optax_wrapper,
    "lookahead": run_optax_wrapper,
    "optax": run_optax,
    "keras": run_keras,
}


def run(case, start, gradients):
    """Return the library's parameters after each step, of shape (steps, n)."""
    rule = case.entry["use"]
    with WITHIN.get((rule, case.library), nullcontext)():
        chosen = RUNS.get(rule) or RUNS.get(case.library, run_torch)
        return chosen(case, start, gradients)


def schedules():
    """Return every case of the schedules: our entry, what makes PyTorch's, how long they agree."""
    from torch.optim import lr_scheduler

    def after_warmup(make):
        def sequential(optimizer):
            line = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10)
            return lr_scheduler.SequentialLR(optimizer, [line, make(optimizer)], milestones=[10])

        return sequential

    def making(call):
        function = getattr(lr_scheduler, call.partition("(")[0])
        return lambda optimizer: function(optimizer, **arguments(call))

    plain = [(case["ours"], making(case["call"]), case["steps"]) for case in SCHEDULE_CASES]
    warm = {"warmup_steps": 10, "warmup_start_factor": 0.1}
    return plain + [
        ({**entry, **warm}, after_warmup(make), min(60, steps + 10))
        for entry, make, steps in plain[1:8]
    ]


def factors(make, steps):
    """Return the learning rate of PyTorch in each step, one without a schedule."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=1.0)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR still passes the epoch, which is deprecated
        scheduler = make(optimizer)
        for _ in range(steps):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            scheduler.step()
    return rates


def main(files):
    """Run the cases of these files, or of all, and write them."""
    for file in files or FILES:
        start, gradients = inputs(file)
        packages = {package_of(case) for case in FILES[file]}
        beneath = {"jax" if p in ("optax", "keras") else "torch" for p in packages - {"torch"}}
        trajectories = Trajectories(
            versions={name: version(name) for name in sorted({*packages, *beneath, "numpy"})},
            start=start,
            gradients=gradients,
            kept=KEPT[file == VECTOR],
            shapes={} if file == VECTOR else LAYOUT.shapes,
            kinds={} if file == VECTOR else LAYOUT.kinds,
            cases=FILES[file],
        )
        for case in FILES[file]:
            path = run(case, start, gradients)
            trajectories.parameters[case.name] = path[trajectories.kept - 1]
        trajectories.save(path_of(file))
    if not files:
        cases = [
            {"entry": entry, "factors": factors(make, steps)} for entry, make, steps in schedules()
        ]
        content = {"torch": version("torch"), "cases": cases}
        SCHEDULES.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
