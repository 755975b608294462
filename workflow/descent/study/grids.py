"""The settings that tuning tries: grids of learning rates, random trials."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from descent.foundation.seeding import generator

#: Keys of an optimizer's config entry that are the study's; all others are the rule's.
OPTIMIZER_KEYS = ("title", "learning_rates", "grid", "search_space")
#: Steps of this share of a circle spread most evenly over it.
GOLDEN = (math.sqrt(5) - 1) / 2


def log_grid(centre: float, decades: float, points: int) -> list[float]:
    """Return learning rates evenly spaced on a log scale, rounded to three significant digits.

    Parameters
    ----------
    centre : float
        Geometric middle of the grid, > 0.
    decades : float
        Width of the grid as a power of ten, > 0.
    points : int
        The number of learning rates, >= 1; a single one is the centre.

    Returns
    -------
    list of float
        In increasing order.

    Examples
    --------
    >>> log_grid(1e-3, 2, 5)
    [0.0001, 0.000316, 0.001, 0.00316, 0.01]
    """
    if points == 1:
        exponents = [0.0]
    else:
        exponents = [decades * (i / (points - 1) - 0.5) for i in range(points)]
    return [float(f"{centre * 10.0**e:.3g}") for e in exponents]


def candidate_of(settings: Mapping[str, Any]) -> str:
    """Return the name of a point of the grid: ``lr-0.001``, ``lr-0.001_weight_decay-0.01``.

    Parameters
    ----------
    settings : mapping of str to object
        ``learning_rate`` and other hyper-parameters of the grid.
    """
    others = (f"_{key}-{_spelled(v)}" for key, v in settings.items() if key != "learning_rate")
    return "".join([f"lr-{_spelled(settings['learning_rate'])}", *others])


def _spelled(value: Any) -> str:
    """Return a value as it can stand in a path and in a command: ``1e+16`` as ``1e16``."""
    text = value if isinstance(value, str) else repr(value).replace("e+", "e")
    return re.sub(r"[^\w.-]", "-", text)


def grid_points(
    learning_rates: Sequence[float], grid: Mapping[str, Sequence[Any]], below: int = 0
) -> dict[str, dict[str, Any]]:
    """Return the candidates of a grid, as many as learning rates.

    The combinations of the other values are spread over the learning rates by a fixed, balanced
    pattern: each is tried with as many rates as any other, to within one, and neighbouring rates
    have unlike ones. So an optimizer with more hyper-parameters has no larger budget.

    Parameters
    ----------
    learning_rates : sequence of float
        The learning rates, increasing.
    grid : mapping of str to sequence
        Values of other hyper-parameters.
    below : int, default 0
        By how many of the learning rates the grid has grown at its lower end. The pattern starts
        above them, so that what was tried before stays.

    Returns
    -------
    dict of str to dict
        What each candidate sets, by its name, in the order of the learning rates.

    Examples
    --------
    >>> list(grid_points([0.01, 0.1, 1.0], {"weight_decay": [0, 0.1]}))
    ['lr-0.01_weight_decay-0', 'lr-0.1_weight_decay-0.1', 'lr-1.0_weight_decay-0']
    """
    combinations = list(itertools.product(*grid.values()))
    many = len(combinations)
    stride = min(
        (step for step in range(1, many + 1) if math.gcd(step, many) == 1),
        key=lambda step: abs(step - GOLDEN * many),
    )
    points = [
        {"learning_rate": rate}
        | dict(zip(grid, combinations[(i - below) * stride % many], strict=True))
        for i, rate in enumerate(learning_rates)
    ]
    return {candidate_of(point): point for point in points}


def draw_trial(trial: int, space: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Draw the hyper-parameters of one trial of a random search.

    Parameters
    ----------
    trial : int
        Number of the trial, >= 0. The random stream depends on it and on the search space, so that
        trials of optimizers with the same space are paired.
    space : mapping of str to mapping
        For each hyper-parameter ``low``, ``high`` and ``prior``: ``log`` (log-uniform, the
        default), ``uniform``, or ``log_one_minus`` (log-uniform in 1 - x, for decay rates).

    Returns
    -------
    dict of str to float
        Values, rounded to six significant digits.
    """
    rng = generator(json.dumps(space, sort_keys=True), trial, "search")
    values: dict[str, float] = {}
    for name in sorted(space):
        low, high = float(space[name]["low"]), float(space[name]["high"])
        prior = space[name].get("prior", "log")
        u = float(rng.uniform())
        if prior == "log":
            value = math.exp(math.log(low) + u * math.log(high / low))
        elif prior == "log_one_minus":
            value = 1.0 - math.exp(math.log(1.0 - low) + u * math.log((1.0 - high) / (1.0 - low)))
        else:
            value = low + u * (high - low)
        values[name] = float(f"{value:.6g}")
    return values


def with_grids(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config with the learning rates of every problem and optimizer written out.

    Parameters
    ----------
    config : mapping
        A validated config. The grid of a problem's entry overrides that of the optimizer.

    Returns
    -------
    dict
        The config, and under ``grids`` a list of learning rates by problem and optimizer.
    """
    grids: dict[str, dict[str, list[float]]] = {}
    for problem, entry in config["problems"].items():
        chosen = {name: rule["learning_rates"] for name, rule in config["optimizers"].items()}
        chosen |= entry.get("learning_rates", {})
        grids[problem] = {
            name: log_grid(**grid) if isinstance(grid, Mapping) else [float(lr) for lr in grid]
            for name, grid in chosen.items()
        }
    return {**config, "grids": grids}
