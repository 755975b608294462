"""Check whether a rule keeps the contract of an optimizer, before hours are spent on it.

From the shell::

    python -m descent.optimizers.conformance my_rules/lookahead.py:Lookahead --set interval=5
"""

from __future__ import annotations

import copy
import dataclasses
import io
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from descent.arrays import Array, Layout
from descent.foundation.command_line import command_parser, fails_on
from descent.foundation.conformance import (
    Fault,
    Finding,
    add_settings_option,
    print_findings,
    run_checks,
)
from descent.optimizers.base import CHUNK_BYTES, Optimizer, State, Task
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import EntrantError, load_optimizer
from descent.optimizers.schedules import LinearWarmup
from descent.optimizers.wrapper import Wrapper

STEPS = 20
SIZE = 12
#: A network of SIZE parameters: a hidden layer, an output, a bias.
LAYOUT = Layout({"W1": (3, 2), "b1": (2,), "W2": (2, 2)}, kinds={"W2": "output"})


def check_optimizer(rule: Optimizer | type[Optimizer]) -> list[Finding]:
    """Check whether a rule keeps the contract of an update rule.

    Parameters
    ----------
    rule : Optimizer or class
        The rule; a class is taken with its defaults.

    Returns
    -------
    list of Finding
        One for each check, in a fixed order. The rule may join a study if all of them hold.

    Examples
    --------
    >>> from descent.optimizers import RMSprop
    >>> all(finding.holds for finding in check_optimizer(RMSprop()))
    True
    """
    return run_checks(_CHECKS, lambda: rule() if isinstance(rule, type) else copy.deepcopy(rule))


def difference(rule: Optimizer, other: Optimizer) -> float:
    """Return how far two rules are from each other after the same gradients of a small network.

    Parameters
    ----------
    rule, other : Optimizer
        Two rules, for instance one's own and another library's.

    Returns
    -------
    float
        Largest difference of a parameter over the longest way that a parameter went.
    """
    ends = []
    for one in (rule, other):
        theta, state = _walk(one, _gradients(), Task(LAYOUT, steps=STEPS))
        ends.append(one.evaluation_point(theta, state))
    way = np.abs(ends[1] - _start()).max()
    return float(np.abs(ends[0] - ends[1]).max() / way)


def _gradients(dtype: type = np.float64, size: int = SIZE) -> Array:
    """Return gradients whose scale varies and some of which are zero, (STEPS, size)."""
    return _drawn(size).astype(dtype)  # a copy, which a faulty rule may write to


@cache
def _drawn(size: int) -> Array:
    rng = np.random.default_rng(0)
    scale = 10.0 ** rng.uniform(-3.0, 2.0, size=(STEPS, size))
    gradients: Array = rng.normal(size=(STEPS, size)) * scale
    gradients[rng.random(size=gradients.shape) < 0.1] = 0.0
    return gradients


def _start(dtype: type = np.float64, size: int = SIZE) -> Array:
    return np.linspace(-1.0, 1.0, size).astype(dtype)


def _walk(rule: Optimizer, gradients: Array, task: Task | None = None) -> tuple[Array, State]:
    """Return where a rule gets from the start along gradients, and its state there."""
    theta = _start(gradients.dtype.type, gradients.shape[1])
    state = rule.init(theta, task)
    _follow(rule, theta, gradients, state)
    return theta, state


def _follow(rule: Optimizer, theta: Array, gradients: Array, state: State) -> None:
    for g in gradients:
        set_mini_batch(rule, state, theta, g)
        rule.step(theta, g, state)


def _allocates(rule: Optimizer) -> str:
    theta, gradients = _start(np.float32), _gradients(np.float32)
    state = rule.init(theta)
    if not isinstance(state, State):
        raise Fault(f"init must return a State. Received: {type(state).__name__}")
    if not np.array_equal(theta, _start(np.float32)):
        raise Fault("init changed the parameters; it may only look at them")
    if state.step != 0:
        raise Fault(f"state.step must be 0 after init, the base counts. Received: {state.step}")
    slots = dict(state.slots) if type(state) is State else {}  # a library has its own ways
    _follow(rule, theta, gradients[:1], state)
    size = state.nbytes
    _follow(rule, theta, gradients, state)
    if state.nbytes != size:
        raise Fault(f"the slots grew from {size} to {state.nbytes} bytes in {STEPS} steps")
    for name, array in slots.items():
        if state.slots.get(name) is not array:
            raise Fault(
                f"the slot {name!r} was replaced by another array; write into it with +=, out= or "
                "[...] = instead"
            )
    share = size / theta.nbytes
    return f"{share:.3g} numbers a parameter, {share * theta.itemsize:.3g} bytes in float32"


def _in_place(rule: Optimizer) -> str:
    theta, gradients = _start(), _gradients()
    state = rule.init(theta)
    step: Callable[..., object] = rule.step
    set_mini_batch(rule, state, theta, gradients[0])
    returned = step(theta, gradients[0], state)
    if returned is not None:
        raise Fault(
            f"step must return None and update theta itself. Received: {type(returned).__name__}"
        )
    if state.step != 1:
        raise Fault(f"state.step must be 1 after the first step. Received: {state.step}")
    _follow(rule, theta, gradients, state)
    if np.array_equal(theta, _start()):
        raise Fault(
            f"theta did not change in {STEPS + 1} steps; write into it with theta -= ..., "
            "np.subtract(..., out=theta) or theta[...] = ..., since theta = ... only rebinds a name"
        )
    if not np.array_equal(gradients, _gradients()):
        raise Fault("the gradient was written to; it belongs to the problem, use state.work")
    return "theta changes in its own memory, and the gradient is only read"


def _keeps_dtype(rule: Optimizer) -> str:
    original = rule.direction

    def judged(g: Array, state: State) -> Array:
        d: object = original(g, state)
        if not isinstance(d, np.ndarray):
            raise Fault(f"direction must return an array. Received: {type(d).__name__}")
        if d.shape != g.shape:
            raise Fault(f"direction must have the gradient's shape {g.shape}. Received: {d.shape}")
        if d.dtype != g.dtype:
            raise Fault(
                f"direction must keep the gradient's dtype {g.dtype}. Received: {d.dtype}; keep "
                "hyper-parameters Python floats, and results in state.work"
            )
        return d

    setattr(rule, "direction", judged)  # noqa: B010 - mypy has assignments to methods for errors
    for dtype in (np.float32, np.float64):
        for name, array in _walk(rule, _gradients(dtype))[1].slots.items():
            if np.issubdtype(array.dtype, np.floating) and array.dtype != dtype:
                raise Fault(f"the slot {name!r} of {dtype.__name__} parameters is {array.dtype}")
    return "direction and slots are float32 for float32 parameters, and float64 for float64"


def _any_length(rule: Optimizer) -> str:
    # an elementwise rule is handed chunks from the last size on
    sizes = (1, 2, 1000, CHUNK_BYTES // 4 + 1)
    for size in sizes:
        _walk(rule, _gradients(np.float32, size=size)[:2])
    return f"steps on {', '.join(map(str, sizes))} parameters"


def _descends(rule: Optimizer) -> str:
    curvature = np.logspace(-1.0, 1.0, SIZE)

    def quadratic(at: Array, out: Array) -> float:
        np.multiply(curvature, at, out=out)
        return 0.5 * float(at @ out)

    losses = {}
    for exponent in range(-3, 3):
        rule.learning_rate = rule.learning_rate_centre * 10.0**exponent
        theta, g = np.ones(SIZE), np.empty(SIZE)
        state = rule.init(theta)
        state.loss_and_gradient = quadratic
        for _ in range(1000):
            state.loss = quadratic(theta, g)
            rule.step(theta, g, state)
        loss = quadratic(theta, g)
        losses[rule.learning_rate] = loss if np.isfinite(loss) else np.inf
    start, best = quadratic(np.ones(SIZE), np.empty(SIZE)), min(losses, key=losses.__getitem__)
    tried = f"learning rates {min(losses):g} to {max(losses):g}"
    if losses[best] >= start:
        raise Fault(
            f"the loss of a quadratic rose from {start:.3g} at all {tried}; the direction is "
            "subtracted, so it must point along the gradient: is its sign reversed?"
        )
    if losses[best] > 0.1 * start:
        raise Fault(
            f"the loss of a quadratic only fell from {start:.3g} to {losses[best]:.3g} in 1000 "
            f"steps at the best of {tried}; set learning_rate_centre to where the rule lives"
        )
    return f"from {start:.3g} to {losses[best]:.3g} in 1000 steps at learning rate {best:g}"


def _deterministic(rule: Optimizer) -> str:
    if not np.array_equal(_walk(rule, _gradients())[0], _walk(rule, _gradients())[0]):
        raise Fault(
            "the same steps from the same start differ the second time; a rule may not draw random "
            "numbers, nor keep anything on itself: its memory is the state"
        )
    return "the same bits when run again"


def _resumable(rule: Optimizer) -> str:
    fresh, half = copy.deepcopy(rule), STEPS // 2
    through, _ = _walk(rule, _gradients())
    stopped, state = _walk(rule, _gradients()[:half])
    file = io.BytesIO()
    np.savez(file, **state.to_mapping())
    file.seek(0)
    with np.load(file) as saved:
        _follow(fresh, stopped, _gradients()[half:], fresh.restore(stopped, dict(saved)))
    if not np.array_equal(through, stopped):
        raise Fault(
            "stopping, saving the state and going on gives another result than not stopping; "
            "everything a rule remembers must be in its slots and scalars"
        )
    return "the same bits after saving and loading the state"


def _finite(rule: Optimizer) -> str:
    for words, scale in (("zero", 0.0), ("tiny", 1e-15), ("huge", 1e10)):
        for dtype in (np.float32, np.float64):
            gradients: Array = (_gradients(dtype)[:5] * scale).astype(dtype)
            if not np.isfinite(_walk(rule, gradients)[0]).all():
                raise Fault(
                    f"{words} gradients in {dtype.__name__} lead to NaN or infinity; is a "
                    "denominator without its epsilon?"
                )
    return "with zero, tiny and huge gradients"


def _elementwise(rule: Optimizer) -> str:
    if not rule.elementwise:
        return "not claimed; the rule always sees the whole gradient"
    gradients = _gradients()
    theta, state = _walk(rule, gradients)
    for part in (slice(None, SIZE // 2), slice(SIZE // 2, None)):
        alone = _start()[part].copy()
        _follow(rule, alone, gradients[:, part], rule.init(alone))
        if not np.array_equal(theta[part], alone):
            raise Fault("elementwise = True, but the parts of a vector move otherwise on their own")
    before = dict(state.scalars)
    rule.direction(gradients[0], state)
    if state.scalars != before:
        raise Fault("elementwise = True, but direction changes a scalar: do that in advance")
    return "part by part as the whole, bit for bit"


def _blocks(rule: Optimizer) -> str:
    """Say whether the weight matrices and biases of a network influence each other."""
    together, _ = _walk(rule, _gradients(), Task(LAYOUT))
    alone = _start()
    for name, block in LAYOUT.views(alone).items():
        task = Task(Layout({name: block.shape}, kinds={name: LAYOUT.kinds[name]}))
        flat = block.reshape(-1)
        _follow(rule, flat, _gradients()[:, LAYOUT.slices[name]], rule.init(flat, task))
    if np.array_equal(together, alone):
        return "every weight matrix and bias moves as it would on its own"
    if rule.blockwise and not isinstance(rule, Wrapper):
        raise Fault(
            "blockwise = True, but a block moves otherwise beside others; what a block remembers "
            "must be in its own state"
        )
    return (
        "it sees all parameters at once, as one norm over the whole network does. If the paper "
        "treats each weight matrix on its own, set blockwise = True"
    )


def _common_settings(rule: Optimizer) -> str:
    if type(rule).step is Optimizer.step:
        return "the base applies weight decay, clipping and schedule"
    tried: dict[str, Any] = {"clip_norm": 1e-3, "schedule": LinearWarmup(STEPS, start_factor=0.1)}
    if not hasattr(rule, "options"):  # another library applies the weight decay itself
        tried["weight_decay"] = 0.1
    plain, _ = _walk(rule, _gradients(), Task(LAYOUT))
    for name, value in tried.items():
        changed = dataclasses.replace(rule, **{name: value})
        if np.array_equal(_walk(changed, _gradients(), Task(LAYOUT))[0], plain):
            raise Fault(
                f"{name} has no effect: the rule overrides step and never applies it. Write the "
                "rule as direction, or call super().step"
            )
    return f"{', '.join(tried)} change the steps that the rule takes itself"


_CHECKS: dict[str, Callable[[Optimizer], str]] = {
    "allocates its state once": _allocates,
    "updates in place": _in_place,
    "keeps the dtype": _keeps_dtype,
    "takes any number of parameters": _any_length,
    "descends on a quadratic": _descends,
    "is deterministic": _deterministic,
    "can be resumed": _resumable,
    "stays finite": _finite,
    "is elementwise if it says so": _elementwise,
    "says what it sees of a network": _blocks,
    "applies weight decay, clipping and schedule": _common_settings,
}


@fails_on(EntrantError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Check the rule that the command line names; return 1 if anything is wrong."""
    about = "Check whether an update rule keeps the contract of an optimizer."
    parser = command_parser("descent.optimizers.conformance", about)
    parser.add_argument("use", help="as in a config: rmsprop, my_rules/sophia.py:Sophia, ...")
    add_settings_option(parser, "a hyper-parameter")
    parser.add_argument(
        "--against",
        metavar="USE",
        help="another entrant, such as torch:Adam: how far the rule is from it after 20 steps",
    )
    options = parser.parse_args(arguments)
    rule = load_optimizer({"use": options.use, **dict(options.set)}, folder=Path.cwd())
    exit_code = print_findings(options.use, check_optimizer(rule))
    if options.against is not None:
        entry = {"use": options.against, "learning_rate": rule.learning_rate}
        other = load_optimizer(entry, folder=Path.cwd())
        print(f"differs from {options.against} by {difference(rule, other):.1e} of the way taken")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
