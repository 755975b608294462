"""How many times longer a baseline runs to reach what another optimizer reaches.

The baseline is run at several horizons, each with its own decay and its own tuning, the other at
its own. Between the horizons the baseline's mean result is interpolated, monotonically and on the
logarithm of the horizon (PCHIP: Fritsch and Butland 1984).

The interval holds every horizon at which the two are not told apart (Fieller 1954): at each horizon
the gap between the other's result and the interpolated one has a standard error by the jackknife
over the seeds, which pairs them and knows that the curve moves with the same seeds. How far the
monotone curve may be from the true one is taken from its distance to a smooth one through the same
points. What lies beyond the outermost horizons is open. Nothing is said where running longer does
not improve the baseline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.interpolate import CubicSpline, PchipInterpolator

from descent.verdicts.folds import Folds
from descent.verdicts.looks import ALPHA
from descent.verdicts.simultaneous import FloatArray, deviation_within, error_of_mean, seed_groups

#: Places at which the two are compared, from one horizon to the next.
POINTS = 50
#: How far the monotone curve may be from the true one, in distances from the smooth one.
DOUBT = 2.0
#: What is known by which ends of the interval there are.
_KNOWN = {
    (True, True): "between",
    (True, False): "at least",
    (False, True): "at most",
    (False, False): "unknown",
}


@dataclass(frozen=True)
class SpeedUp:
    """The horizon at which a baseline reaches the result of another.

    Attributes
    ----------
    known : str
        ``between``: both ends of the interval; ``at least``, ``at most``: one, since it goes on
        beyond the longest or the shortest horizon; ``unknown``: neither; ``saturated``: a longer
        run does not improve the baseline where that matters; ``unfinished``: a run of the other was
        lost, or one of the baseline at all horizons but one.
    horizon : float or None
        The least at which its mean does; None if it does at none, or already at the shortest.
    low, high : float or None
        The ends of its interval.
    """

    known: str
    horizon: float | None = None
    low: float | None = None
    high: float | None = None


def horizon_reached(
    other: ArrayLike,
    baseline: ArrayLike,
    horizons: ArrayLike,
    own: float = 1.0,
    *,
    step: float = 0.0,
    folds: Folds | None = None,
    alpha: float = ALPHA,
) -> SpeedUp:
    """Return the horizon at which a baseline reaches the result of another, with its interval.

    Parameters
    ----------
    other : array_like of shape (n,)
        Results of the other by seed, higher is better, ``-inf`` for a run that did not finish.
    baseline : array_like of shape (n, h)
        The same of the baseline at each horizon. One at which a run was lost is left out.
    horizons : array_like of shape (h,)
        Increasing and positive; h >= 2.
    own : float, default 1.0
        The horizon of the other, between the first and the last.
    step : float, default 0.0
        The least amount by which two results can differ: a standard deviation under it is not
        believed.
    folds : Folds or None, default None
        Where the seeds share the folds of one corpus.
    alpha : float, default 0.05
        One minus the coverage.

    Returns
    -------
    SpeedUp
        In the unit of the horizons; the speed-up is its number divided by ``own``.
    """
    g, b = np.asarray(other, dtype=float), np.asarray(baseline, dtype=float)
    kept = np.isfinite(b).all(axis=0)
    if not np.isfinite(g).all() or kept.sum() < 2:
        return SpeedUp("unfinished")
    if len(g) < 2:
        return SpeedUp("unknown")
    b, x = b[:, kept], np.log(np.asarray(horizons, dtype=float)[kept])
    places = np.unique([np.linspace(*ends, POINTS) for ends in pairwise(x)])
    groups = seed_groups(len(g), folds)
    student = float(stats.t.isf(alpha / 2, len(g) - len(groups)))

    def left_out(results: FloatArray) -> FloatArray:
        """Return the means over all seeds, and over all but each in turn; (1 + n, ...)."""
        total = results.sum(axis=0)
        return np.vstack([total / len(g), (total - results) / (len(g) - 1)])

    def half_width(gaps: FloatArray) -> FloatArray:
        """Return how far the interval of each gap reaches; (1 + n, p) to (p,)."""
        pseudo_values = len(g) * gaps[0] - (len(g) - 1) * gaps[1:]  # (n, p)
        deviation = np.maximum(deviation_within(pseudo_values.T, groups), step)
        half: FloatArray = student * error_of_mean(groups) * deviation
        return half

    means = left_out(b)
    gaps = left_out(g[:, np.newaxis]) - PchipInterpolator(x, means, axis=-1)(places)
    curvature = CubicSpline(x, means[0])(places) - PchipInterpolator(x, means[0])(places)
    gap, half = gaps[0], np.hypot(half_width(gaps), DOUBT * curvature)
    high = _first_fall(places[::-1], -(gap + half)[::-1])
    if high is None:
        gained = np.diff(PchipInterpolator(x, means, axis=-1)([min(math.log(own), x[-2]), x[-1]]))
        if gained[0] <= half_width(gained):
            return SpeedUp("saturated")
    middle = _first_fall(places, gap) if gap.min() <= 0 else None
    found = (middle, _first_fall(places, gap - half), high)
    horizon, low, high = (None if place is None else math.exp(place) for place in found)
    known = _KNOWN[low is not None, high is not None]
    return SpeedUp(known, horizon, low, high)


def _first_fall(x: FloatArray, y: FloatArray) -> float | None:
    """Return where y first falls to zero: None if it is there at once, the last x if never."""
    below = np.flatnonzero(y <= 0)
    if not below.size:
        return float(x[-1])
    i = below[0]
    return None if i == 0 else float(x[i] + (x[i - 1] - x[i]) * y[i] / (y[i] - y[i - 1]))
