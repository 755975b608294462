"""How stable a choice is, against every bootstrap sample counted one by one."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from descent.analysis.tuning_stability import ALL_SAMPLES, tuning_stability


def by_brute_force(values):
    """Choose anew on every one of the ``seeds ** seeds`` samples."""
    names, seeds = list(values), len(next(iter(values.values())))
    wins = Counter()
    for sample in itertools.product(range(seeds), repeat=seeds):

        def place(name, sample=sample):
            drawn = [values[name][i] for i in sample]
            finished = [v for v in drawn if math.isfinite(v)]
            mean = sum(finished) / len(finished) if finished else -math.inf
            return len(drawn) - len(finished), -mean, names.index(name)

        wins[min(names, key=place)] += 1
    return {name: count / seeds**seeds for name, count in wins.items()}


@pytest.mark.parametrize("seeds", [2, 3, 4])
@pytest.mark.parametrize("lost", [False, True])
def test_winners_are_counted_as_by_hand(seeds, lost):
    draw = np.random.default_rng(seeds)
    values = {f"lr-{i}": list(draw.normal(i / 3, 1.0, seeds)) for i in range(4)}
    if lost:
        values["lr-3"][0] = values["lr-1"][1] = -math.inf
    found = tuning_stability(values)
    assert found.winners == pytest.approx(by_brute_force(values))
    assert list(found.winners.values()) == sorted(found.winners.values(), reverse=True)


def test_the_cost_is_what_other_winners_are_worse_on_all_seeds():
    values = {"a": [1.0, 1.0], "b": [1.5, 0.3], "c": [0.0, 0.0]}
    found = tuning_stability(values)
    assert found.winners == {"a": 0.75, "b": 0.25}
    assert found.largest_cost == pytest.approx(1.0 - 0.9)
    assert found.expected_cost == pytest.approx(0.25 * 0.1)


def test_a_sure_choice_costs_nothing_and_one_seed_says_nothing():
    found = tuning_stability({"a": [1.0, 1.1, 1.2], "b": [0.0, 0.1, 0.2]})
    assert (found.winners, found.expected_cost, found.largest_cost) == ({"a": 1.0}, 0.0, 0.0)
    assert tuning_stability({"a": [1.0], "b": [0.0]}) is None
    assert tuning_stability({"a": [-math.inf, 1.0], "b": [0.0, -math.inf]}) is None


def test_many_seeds_are_sampled_the_same_way_each_time():
    draw = np.random.default_rng(3)
    values = {name: list(draw.normal(size=ALL_SAMPLES + 4)) for name in "abc"}
    assert tuning_stability(values) == tuning_stability(values)
    # a normal mean of twelve: the share of the choice follows from the two best means alone
    a, b = np.full(ALL_SAMPLES + 4, 0.0), draw.normal(size=ALL_SAMPLES + 4)
    b += 0.3 - b.mean()
    resampled = draw.choice(b, size=(20_000, len(b))).mean(axis=1)
    share = tuning_stability({"a": list(a), "b": list(b)}).winners["b"]
    assert share == pytest.approx(np.mean(resampled > 0), abs=0.03)
