"""Does a rule keep the contract? Asked before hours are spent on it.

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
        theta = _start()
        state = one.init(theta, Task(LAYOUT, steps=STEPS))
        _run(one, theta, _gradients(), state)
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


def _run(rule: Optimizer, theta: Array, gradients: Array, state: State | None = None) -> State:
    state = rule.init(theta) if state is None else state
    for g in gradients:
        set_mini_batch(rule, state, theta, g)
        rule.step(theta, g, state)
    return state


def _allocates(rule: Optimizer) -> str:
    theta = _start(np.float32)
    before = theta.copy()
    state = rule.init(theta)
    if not isinstance(state, State):
        raise Fault(f"init must return a State. Received: {type(state).__name__}")
    if not np.array_equal(theta, before):
        raise Fault("init changed the parameters; it may only look at them")
    if state.step != 0:
        raise Fault(f"state.step must be 0 after init, the base counts. Received: {state.step}")
    _run(rule, theta, _gradients(np.float32)[:1], state)
    size = state.nbytes
    _run(rule, theta, _gradients(np.float32), state)
    if state.nbytes != size:
        raise Fault(f"the slots grew from {size} to {state.nbytes} bytes in {STEPS} steps")
    share = size / theta.nbytes
    return f"{share:.3g} numbers a parameter, {share * theta.itemsize:.3g} bytes in float32"


def _in_place(rule: Optimizer) -> str:
    theta = _start()
    before = theta.copy()
    state = rule.init(theta)
    step: Callable[..., object] = rule.step
    set_mini_batch(rule, state, theta, _gradients()[0])
    returned = step(theta, _gradients()[0], state)
    if returned is not None:
        raise Fault(
            f"step must return None and update theta itself. Received: {type(returned).__name__}"
        )
    if state.step != 1:
        raise Fault(f"state.step must be 1 after the first step. Received: {state.step}")
    _run(rule, theta, _gradients(), state)
    if np.array_equal(theta, before):
        raise Fault(
            f"theta did not change in {STEPS + 1} steps; write into it with theta -= ..., "
            "np.subtract(..., out=theta) or theta[...] = ..., since theta = ... only rebinds a name"
        )
    return "theta changes in its own memory"


def _keeps_slots(rule: Optimizer) -> str:
    theta = _start()
    state = rule.init(theta)
    slots = dict(state.slots)
    _run(rule, theta, _gradients(), state)
    if type(state) is not State:  # another library's, which has its own ways
        return "the slots are another library's"
    for name, array in slots.items():
        if state.slots.get(name) is not array:
            raise Fault(
                f"the slot {name!r} was replaced by another array; write into it with +=, out= or "
                "[...] = instead"
            )
    return f"{', '.join(slots) or 'no slots'}"


def _leaves_gradient(rule: Optimizer) -> str:
    theta, gradients = _start(), _gradients()
    before = gradients.copy()
    _run(rule, theta, gradients)
    if not np.array_equal(gradients, before):
        raise Fault("the gradient was written to; it belongs to the problem, use state.work")
    return "the gradient is only read"


def _direction_fits(rule: Optimizer) -> str:
    if type(rule).step is not Optimizer.step:
        return "the rule takes its steps itself"
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
    _run(rule, _start(np.float32), _gradients(np.float32)[:1])
    return "its shape and dtype are the gradient's"


def _keeps_dtype(rule: Optimizer) -> str:
    for dtype in (np.float32, np.float64):
        theta = _start(dtype)
        state = _run(rule, theta, _gradients(dtype))
        for name, array in state.slots.items():
            if np.issubdtype(array.dtype, np.floating) and array.dtype != dtype:
                raise Fault(f"the slot {name!r} of {dtype.__name__} parameters is {array.dtype}")
    return "float32 and float64 slots for float32 and float64 parameters"


def _any_length(rule: Optimizer) -> str:
    # the last is the first of which an elementwise rule is handed chunks
    sizes = (1, 2, 1000, CHUNK_BYTES // 4 + 1)
    for size in sizes:
        theta = _start(np.float32, size=size)
        _run(rule, theta, _gradients(np.float32, size=size)[:2])
    return f"steps on {', '.join(map(str, sizes))} parameters"


def _descends(rule: Optimizer) -> str:
    curvature = np.logspace(-1.0, 1.0, SIZE)
    theta0 = np.ones(SIZE)
    start = 0.5 * float(curvature @ theta0**2)
    losses = {}

    def quadratic(at: Array, out: Array) -> float:
        np.multiply(curvature, at, out=out)
        return 0.5 * float(at @ out)

    for exponent in range(-3, 3):
        rule.learning_rate = rule.learning_rate_centre * 10.0**exponent
        theta = theta0.copy()
        state = rule.init(theta)
        state.loss_and_gradient = quadratic
        for _ in range(1000):
            g = np.empty_like(theta)
            state.loss = quadratic(theta, g)
            rule.step(theta, g, state)
        losses[rule.learning_rate] = 0.5 * float(curvature @ theta**2)
    finite = {rate: loss for rate, loss in losses.items() if np.isfinite(loss)}
    best = min(finite, key=lambda rate: finite[rate]) if finite else None
    tried = f"learning rates {min(losses):g} to {max(losses):g}"
    if best is None or finite[best] >= start:
        raise Fault(
            f"the loss of a quadratic rose from {start:.3g} at all {tried}; the direction is "
            "subtracted, so it must point along the gradient: is its sign reversed?"
        )
    if finite[best] > 0.1 * start:
        raise Fault(
            f"the loss of a quadratic only fell from {start:.3g} to {finite[best]:.3g} in 1000 "
            f"steps at the best of {tried}; set learning_rate_centre to where the rule lives"
        )
    return f"from {start:.3g} to {finite[best]:.3g} in 1000 steps at learning rate {best:g}"


def _deterministic(rule: Optimizer) -> str:
    first, second = _start(), _start()
    _run(rule, first, _gradients())
    _run(rule, second, _gradients())
    if not np.array_equal(first, second):
        raise Fault(
            "the same steps from the same start differ the second time; a rule may not draw random "
            "numbers, nor keep anything on itself: its memory is the state"
        )
    return "the same bits when run again"


def _independent(rule: Optimizer) -> str:
    alone, first, second = _start(), _start(), _start()
    _run(rule, alone, _gradients())
    states = rule.init(first), rule.init(second)
    for g in _gradients():
        _run(rule, first, g[None], states[0])
        _run(rule, second, -g[None], states[1])
    if not np.array_equal(alone, first):
        raise Fault(
            "two runs in turn disturb each other; the memory of a rule is the state, not the rule"
        )
    return "two runs in turn do not disturb each other"


def _resumable(rule: Optimizer) -> str:
    fresh = copy.deepcopy(rule)
    through, stopped = _start(), _start()
    gradients, half = _gradients(), STEPS // 2
    _run(rule, through, gradients)
    state = _run(rule, stopped, gradients[:half])
    file = io.BytesIO()
    np.savez(file, **state.to_mapping())
    file.seek(0)
    with np.load(file) as saved:
        _run(fresh, stopped, gradients[half:], fresh.restore(stopped, dict(saved)))
    if not np.array_equal(through, stopped):
        raise Fault(
            "stopping, saving the state and going on gives another result than not stopping; "
            "everything a rule remembers must be in its slots and scalars"
        )
    return "the same bits after saving and loading the state"


def _finite(rule: Optimizer) -> str:
    for words, scale in (("zero", 0.0), ("tiny", 1e-15), ("huge", 1e10)):
        for dtype in (np.float32, np.float64):
            theta = _start(dtype)
            gradients: Array = _gradients(dtype)[:5]
            gradients *= scale
            _run(rule, theta, gradients)
            if not np.isfinite(theta).all():
                raise Fault(
                    f"{words} gradients in {dtype.__name__} lead to NaN or infinity; is a "
                    "denominator without its epsilon?"
                )
    return "with zero, tiny and huge gradients"


def _elementwise(rule: Optimizer) -> str:
    if not rule.elementwise:
        return "not claimed; the rule always sees the whole gradient"
    theta, gradients = _start(), _gradients()
    head, tail = theta[: SIZE // 2].copy(), theta[SIZE // 2 :].copy()
    state = _run(rule, theta, gradients)
    _run(rule, head, gradients[:, : SIZE // 2])
    _run(rule, tail, gradients[:, SIZE // 2 :])
    if not np.array_equal(theta, np.concatenate([head, tail])):
        raise Fault("elementwise = True, but the parts of a vector move otherwise on their own")
    before = dict(state.scalars)
    rule.direction(gradients[0], state)
    if state.scalars != before:
        raise Fault("elementwise = True, but direction changes a scalar: do that in advance")
    return "part by part as the whole, bit for bit"


def _blocks(rule: Optimizer) -> str:
    """Say whether the weight matrices and biases of a network influence each other."""
    together, gradients = _start(), _gradients()
    _run(rule, together, gradients, rule.init(together, Task(LAYOUT)))
    alone = _start()
    for name, shape in LAYOUT.shapes.items():
        stretch = LAYOUT.slices[name]
        block = alone[stretch].copy()
        task = Task(Layout({name: shape}, kinds={name: LAYOUT.kinds[name]}))
        _run(rule, block, gradients[:, stretch], rule.init(block, task))
        alone[stretch] = block
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
    plain = _start()
    _run(rule, plain, _gradients(), rule.init(plain, Task(LAYOUT)))
    tried: dict[str, Any] = {"clip_norm": 1e-3, "schedule": LinearWarmup(STEPS, start_factor=0.1)}
    if "weight_decay" in {f.name for f in dataclasses.fields(rule)} - _foreign(rule):
        tried["weight_decay"] = 0.1
    for name, value in tried.items():
        theta = _start()
        changed = dataclasses.replace(rule, **{name: value})
        _run(changed, theta, _gradients(), changed.init(theta, Task(LAYOUT)))
        if np.array_equal(theta, plain):
            raise Fault(
                f"{name} has no effect: the rule overrides step and never applies it. Write the "
                "rule as direction, or call super().step"
            )
    return f"{', '.join(tried)} change the steps that the rule takes itself"


def _foreign(rule: Optimizer) -> set[str]:
    """Return the common settings that an adapter leaves to the library."""
    return {"weight_decay"} if hasattr(rule, "options") else set()


_CHECKS: dict[str, Callable[[Optimizer], str]] = {
    "allocates its state once": _allocates,
    "updates in place": _in_place,
    "keeps its slots": _keeps_slots,
    "leaves the gradient alone": _leaves_gradient,
    "returns a direction that fits": _direction_fits,
    "keeps the dtype": _keeps_dtype,
    "takes any number of parameters": _any_length,
    "descends on a quadratic": _descends,
    "is deterministic": _deterministic,
    "keeps its memory in the state": _independent,
    "can be resumed": _resumable,
    "stays finite": _finite,
    "is elementwise if it says so": _elementwise,
    "says what it sees of a network": _blocks,
    "applies weight decay, clipping and schedule": _common_settings,
}


@fails_on(EntrantError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Check the rule that the command line names; return 1 if anything is wrong."""
    parser = command_parser(
        "descent.optimizers.conformance",
        "Check whether an update rule keeps the contract of an optimizer.",
    )
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
        other = load_optimizer(
            {"use": options.against}, learning_rate=rule.learning_rate, folder=Path.cwd()
        )
        print(f"differs from {options.against} by {difference(rule, other):.1e} of the way taken")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
