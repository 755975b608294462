"""A line search for the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

#: ``loss, slope = along(t)`` of a function on a line.
Along: TypeAlias = Callable[[float], tuple[float, float]]

#: Factor by which a step is lengthened that may be too short.
LENGTHENING = 4.0
#: Relative width at which closing in has come to rounding.
SMALLEST_BRACKET = 1e-9


@dataclass(frozen=True)
class Point:
    """A point on the line: where it is, the loss there and its slope."""

    t: float
    loss: float
    slope: float


def strong_wolfe(
    along: Along,
    loss: float,
    slope: float,
    first: float,
    *,
    c1: float = 1e-4,
    c2: float = 0.9,
    evaluations: int = 25,
) -> float:
    """Return a step that decreases the loss enough and leaves little slope.

    Algorithms 3.5 and 3.6 of Nocedal and Wright: lengthen the step until it brackets such a point,
    then close in on it by cubic interpolation.

    Parameters
    ----------
    along : callable
        ``loss, slope = along(t)`` at the step t > 0.
    loss, slope : float
        Both at t = 0; the slope must be negative.
    first : float
        The step that is tried first, > 0.
    c1, c2 : float, defaults 1e-4 and 0.9
        ``loss(t) <= loss + c1 * t * slope`` and ``abs(slope(t)) <= c2 * abs(slope)``, with
        ``0 < c1 < c2 < 1``.
    evaluations : int, default 25
        How often ``along`` may be called.

    Returns
    -------
    float
        The step; where the evaluations do not suffice the best that decreases the loss enough,
        and 0 if there is none.

    References
    ----------
    J. Nocedal and S. J. Wright, "Numerical optimization", 2nd edition, 2006, section 3.5.
    """
    low, high = Point(0.0, loss, slope), Point(math.inf, math.inf, math.nan)
    t = first
    for _ in range(evaluations):
        p = Point(t, *along(t))
        # low decreases the loss enough, and a point that will do lies between low and high
        if not (p.loss <= loss + c1 * t * slope and p.loss < low.loss):
            high = p
        elif abs(p.slope) <= -c2 * slope:
            return t
        else:
            low, high = p, (low if p.slope * (high.t - low.t) >= 0.0 else high)
        if math.isinf(high.t):
            t *= LENGTHENING
            continue
        left, right = min(low.t, high.t), max(low.t, high.t)
        width = right - left
        if width <= SMALLEST_BRACKET * right:
            break
        t = _minimum_of_cubic(low, high)
        if not left + 0.1 * width <= t <= right - 0.1 * width:  # or NaN
            t = 0.5 * (left + right)
    return low.t


def _minimum_of_cubic(a: Point, b: Point) -> float:
    """Return where the cubic through two points has its minimum; NaN if it has none."""
    chord = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t)
    square = chord * chord - a.slope * b.slope
    if not square >= 0.0:
        return math.nan
    root = math.copysign(math.sqrt(square), b.t - a.t)
    denominator = b.slope - a.slope + 2.0 * root
    if denominator == 0.0:
        return math.nan
    return b.t - (b.t - a.t) * (b.slope + root - chord) / denominator
