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
    Finding,
    add_settings_option,
    expect,
    print_findings,
    run_checks,
)
from descent.optimizers.base import CHUNK_BYTES, Optimizer, State, Task
from descent.optimizers.given_gradients import set_mini_batch
from descent.optimizers.loading import EntrantError, load_optimizer
from descent.optimizers.repeatable import REASON, changing
from descent.optimizers.schedules import LinearWarmup
from descent.optimizers.wrapper import Wrapper

STEPS = 20
SIZE = 12
#: A network of SIZE parameters: a hidden layer, an output, a bias.
LAYOUT = Layout({"W1": (3, 2), "b1": (2,), "W2": (2, 2)}, kinds={"W2": "output"})
DRAWS = (
    "the same steps from the same start differ the second time; a rule may not draw random numbers "
    "or read a clock, nor keep anything on itself: its memory is the state"
)


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


def _follow(
    rule: Optimizer,
    theta: Array,
    gradients: Array,
    state: State,
    part: slice = slice(None),
    whole: int | None = None,
) -> None:
    for g in gradients:
        set_mini_batch(rule, state, theta, g, part, whole)
        rule.step(theta, g, state)


def _allocates(rule: Optimizer) -> str:
    theta, gradients = _start(np.float32), _gradients(np.float32)
    state = rule.init(theta)
    expect(isinstance(state, State), "init must return a State", type(state).__name__)
    same = np.array_equal(theta, _start(np.float32))
    expect(same, "init changed the parameters; it may only look at them")
    expect(state.step == 0, "state.step must be 0 after init, the base counts", state.step)
    slots = dict(state.slots) if type(state) is State else {}  # a library has its own ways
    _follow(rule, theta, gradients[:1], state)
    size = state.nbytes
    _follow(rule, theta, gradients, state)
    grown = f"the slots grew from {size} to {state.nbytes} bytes in {STEPS} steps"
    expect(state.nbytes == size, grown)
    for name, array in slots.items():
        expect(
            state.slots.get(name) is array,
            f"the slot {name!r} was replaced by another array; write into it with +=, out= or "
            "[...] = instead",
        )
    share = size / theta.nbytes
    return f"{share:.3g} numbers a parameter, {share * theta.itemsize:.3g} bytes in float32"


def _in_place(rule: Optimizer) -> None:
    theta, gradients = _start(), _gradients()
    state = rule.init(theta)
    step: Callable[..., object] = rule.step
    set_mini_batch(rule, state, theta, gradients[0])
    returned = step(theta, gradients[0], state)
    message = "step must return None and update theta itself"
    expect(returned is None, message, type(returned).__name__)
    expect(state.step == 1, "state.step must be 1 after the first step", state.step)
    _follow(rule, theta, gradients, state)
    expect(
        not np.array_equal(theta, _start()),
        f"theta did not change in {STEPS + 1} steps; write into it with theta -= ..., "
        "np.subtract(..., out=theta) or theta[...] = ..., since theta = ... only rebinds a name",
    )
    same = np.array_equal(gradients, _gradients())
    expect(same, "the gradient was written to; it belongs to the problem, use state.work")


def _keeps_dtype(rule: Optimizer) -> None:
    original = rule.direction

    def judged(g: Array, state: State) -> Array:
        d = original(g, state)
        expect(
            getattr(d, "dtype", g.dtype) == g.dtype,
            f"direction must keep the gradient's dtype {g.dtype}. Received: {d.dtype}; keep "
            "hyper-parameters Python floats, and results in state.work",
        )
        return d

    setattr(rule, "direction", judged)  # noqa: B010 - mypy has assignments to methods for errors
    for dtype in (np.float32, np.float64):
        for name, array in _walk(rule, _gradients(dtype))[1].slots.items():
            kept = array.dtype.kind != "f" or array.dtype == dtype
            expect(kept, f"the slot {name!r} of {dtype.__name__} parameters is {array.dtype}")


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
    expect(
        losses[best] < start,
        f"the loss of a quadratic rose from {start:.3g} at all {tried}; the direction is "
        "subtracted, so it must point along the gradient: is its sign reversed?",
    )
    fell = f"from {start:.3g} to {losses[best]:.3g} in 1000 steps at"
    expect(
        losses[best] <= 0.1 * start,
        f"the loss of a quadratic only fell {fell} the best of {tried}; set learning_rate_centre "
        "to where the rule lives",
    )
    return f"{fell} learning rate {best:g}"


def _deterministic(rule: Optimizer) -> None:
    expect(
        np.array_equal(_walk(rule, _gradients())[0], _walk(rule, _gradients())[0]),
        DRAWS,
    )


def _resumable(rule: Optimizer) -> None:
    _deterministic(rule)
    fresh, half = copy.deepcopy(rule), STEPS // 2
    through, _ = _walk(rule, _gradients())
    stopped, state = _walk(rule, _gradients()[:half])
    file = io.BytesIO()
    np.savez(file, **state.to_mapping())
    file.seek(0)
    with np.load(file) as saved:
        _follow(fresh, stopped, _gradients()[half:], fresh.restore(stopped, dict(saved)))
    expect(
        np.array_equal(through, stopped),
        "stopping, saving the state and going on gives another result than not stopping; "
        "everything a rule remembers must be in its slots and scalars",
    )


def _finite(rule: Optimizer) -> None:
    for words, scale in (("zero", 0.0), ("tiny", 1e-15), ("huge", 1e10)):
        for dtype in (np.float32, np.float64):
            gradients: Array = (_gradients(dtype)[:5] * scale).astype(dtype)
            expect(
                np.isfinite(_walk(rule, gradients)[0]).all(),
                f"{words} gradients in {dtype.__name__} lead to NaN or infinity; is a denominator "
                "without its epsilon?",
            )


def _elementwise(rule: Optimizer) -> str:
    if not rule.elementwise:
        return "not claimed; the rule always sees the whole gradient"
    owner = next(c.__name__ for c in type(rule).__mro__ if "elementwise" in vars(c))
    inherited = "" if owner == type(rule).__name__ else f", inherited from {owner}"
    claim = f"elementwise = True{inherited}"
    remedy = f"set elementwise = False in {type(rule).__name__}"
    gradients = _gradients()
    theta, state = _walk(rule, gradients)
    for part in (slice(None, SIZE // 2), slice(SIZE // 2, None)):
        alone = _start()[part].copy()
        _follow(rule, alone, gradients[:, part], rule.init(alone), part, SIZE)
        same = np.array_equal(theta[part], alone)
        expect(same, f"{claim}, but the parts of a vector move otherwise on their own; {remedy}")
    before = dict(state.scalars)
    rule.direction(gradients[0], state)
    same = state.scalars == before
    expect(same, f"{claim}, but direction changes a scalar: do that in advance")
    return "part by part as the whole, bit for bit"


def _blocks(rule: Optimizer) -> str:
    """Say whether the weight matrices and biases of a network influence each other."""
    together, _ = _walk(rule, _gradients(), Task(LAYOUT))
    alone = _start()
    for name, block in LAYOUT.views(alone).items():
        task = Task(Layout({name: block.shape}, kinds={name: LAYOUT.kinds[name]}))
        flat, part = block.reshape(-1), LAYOUT.slices[name]
        _follow(rule, flat, _gradients()[:, part], rule.init(flat, task), part, SIZE)
    if np.array_equal(together, alone):
        return "every weight matrix and bias moves as it would on its own"
    expect(
        not rule.blockwise or isinstance(rule, Wrapper),
        "blockwise = True, but a block moves otherwise beside others; what a block remembers must "
        "be in its own state",
    )
    return (
        "it sees all parameters at once, as one norm over the whole network does. If the paper "
        "treats each weight matrix on its own, set blockwise = True"
    )


def _learning_rate_once(rule: Optimizer) -> None:
    ways = []
    for factor in (1.0, 2.0):
        scaled = dataclasses.replace(rule, learning_rate=factor * rule.learning_rate_centre)
        ways.append(_walk(scaled, _gradients()[:1])[0] - _start())
    expect(
        not ways[0].any() or not np.allclose(ways[1], 4.0 * ways[0], rtol=1e-6, atol=0.0),
        "twice the learning rate makes the first step four times as long: the base multiplies what "
        "direction returns by state.step_size, which is the learning rate; leave it out of "
        "direction",
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
        expect(
            not np.array_equal(_walk(changed, _gradients(), Task(LAYOUT))[0], plain),
            f"{name} has no effect: the rule overrides step and never applies it. Write the rule "
            "as direction, or call super().step",
        )
    return f"{', '.join(tried)} change the steps that the rule takes itself"


_CHECKS: dict[str, Callable[[Optimizer], str | None]] = {
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
    "is multiplied by its learning rate once": _learning_rate_once,
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
    entry = {"use": options.use, **dict(options.set)}
    findings = check_optimizer(rule)
    if not any(finding.cause == DRAWS for finding in findings):
        changed = changing({"rule": entry}, Path.cwd())
        findings.append(
            Finding("is the same in each process", not changed, REASON if changed else "")
        )
    exit_code = print_findings(options.use, findings)
    if options.against is not None:
        entry = {"use": options.against, "learning_rate": rule.learning_rate}
        other = load_optimizer(entry, folder=Path.cwd())
        print(f"differs from {options.against} by {difference(rule, other):.1e} of the way taken")
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
