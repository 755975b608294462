"""How often the interval of a speed-up holds the true one, and how wide it is, in simulation.

``python tests/verdicts/speed_up_coverage.py 2000`` prints the tables; tests call its functions.
"""

import sys

import numpy as np
from verdict_error_rates import tuned_scores

from descent.verdicts.speed_up import horizon_reached

HORIZONS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
SPEED_UPS = (0.8, 1.0, 1.3, 2.0)
#: Finalists and how much neighbours on the grid differ, as in the simulation of the verdicts.
TUNING = ({}, {"slope": 0.1, "finalists": 7}, {"slope": 0.2, "finalists": 3})


def power_law(horizon):
    """Loss of a run of some length: what no run gets under, and what falls with its length."""
    return 0.5 + 0.5 * np.asarray(horizon) ** -0.6


def runs(rng, speed_up, horizons, seeds, noise, **tuning):
    """Return negative log losses of the other, (seeds,), and of the baseline, (seeds, horizons).

    Half of the variance is of the seed and the same in all of its runs. With ``tuning`` the other
    half is that of a run that each seed has chosen, see ``tuned_scores``.
    """
    loss = power_law(np.append(horizons, speed_up))
    shared, own = rng.normal(size=(seeds, 1)), rng.normal(size=(seeds, len(loss)))
    if tuning:
        own = tuned_scores(rng, len(loss), seeds, **tuning).T
    results = -np.log(loss) + noise * np.sqrt(0.5) * (shared + own)
    return results[:, -1], results[:, :-1]


def coverage(speed_up, studies, *, horizons=HORIZONS, seeds=10, noise=0.01, seed=0, **tuning):
    """Return how often the interval holds the speed-up, and the median ratio of its ends."""
    rng = np.random.default_rng(seed)
    held, ratios = [], []
    for _ in range(studies):
        found = horizon_reached(*runs(rng, speed_up, horizons, seeds, noise, **tuning), horizons)
        low, high = found.low or 0.0, found.high or np.inf
        held.append(found.known != "saturated" and low <= speed_up <= high)
        ratios.append(high / low if low else np.inf)
    return np.mean(held), np.median(ratios)


def main(studies):
    print(f"coverage in {studies} studies, %, and the upper end of the interval by the lower\n")
    heads = " | ".join(map(str, SPEED_UPS))
    print(f"| horizons | seeds | noise | tuning | {heads} |\n{'| --- ' * 8}|")
    designs = [
        (horizons, seeds, noise, TUNING[0])
        for horizons in (HORIZONS, (0.5, 1.0, 2.0, 2.8), (0.5, 1.0, 2.8))
        for seeds in (5, 10, 20)
        for noise in (0.003, 0.01)
    ]
    designs += [(HORIZONS, 10, 0.01, tuning) for tuning in TUNING[1:]]
    for horizons, seeds, noise, tuning in designs:
        found = [
            coverage(each, studies, horizons=horizons, seeds=seeds, noise=noise, **tuning)
            for each in SPEED_UPS
        ]
        cells = " | ".join(f"{100 * held:.1f}, {ratio:.3f}" for held, ratio in found)
        print(f"| {len(horizons)} | {seeds} | {noise} | {tuning or ''} | {cells} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
