"""Intervals, tests and ties, against hand-computed cases and independent implementations."""

import importlib.util
import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from descent.analysis import inference


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def few_resamples(monkeypatch):
    monkeypatch.setattr(inference, "RESAMPLES", 999)


# Three standard errors of a binomial proportion over 600 samples; five values fall a little short.
@pytest.mark.parametrize(("seeds", "least"), [(5, 0.90), (10, 0.923), (20, 0.923)])
@pytest.mark.usefixtures("few_resamples")
def test_the_interval_of_the_mean_covers_as_promised(seeds, least):
    draw = rng(seeds)
    covered = 0
    for _ in range(600):
        interval = inference.mean_interval(draw.normal(3.0, 0.1, seeds), draw)
        covered += interval.low <= 3.0 <= interval.high
    assert least <= covered / 600 <= 0.977


@pytest.mark.usefixtures("few_resamples")
def test_the_interval_of_a_skewed_mean_keeps_most_of_its_coverage():
    draw = rng(1)
    covered = 0
    for _ in range(600):
        interval = inference.mean_interval(draw.exponential(1.0, 20), draw)
        covered += interval.low <= 1.0 <= interval.high
    assert covered / 600 > 0.88


def test_the_interval_is_nearly_student_s_for_a_normal_sample():
    x = rng(3).normal(size=40)
    interval = inference.mean_interval(x, rng())
    student = stats.t.interval(0.95, 39, x.mean(), stats.sem(x))
    assert interval.estimate == pytest.approx(x.mean(), rel=1e-12)
    assert interval.low == pytest.approx(student[0], abs=0.05)
    assert interval.high == pytest.approx(student[1], abs=0.05)


def test_the_interval_of_one_value_does_not_exist_and_of_equal_values_is_a_point():
    assert inference.mean_interval([2.0], rng()) == inference.Interval(2.0, None, None)
    assert inference.mean_interval([2.0, 2.0, 2.0], rng()) == inference.Interval(2.0, 2.0, 2.0)


def test_the_same_generator_gives_the_same_interval():
    x = [1.0, 2.0, 4.0, 3.0]
    assert inference.mean_interval(x, rng(5)) == inference.mean_interval(x, rng(5))


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1.0, 2.0, 3.0], 2 / 8),  # only +++ and --- are as extreme
        ([1.0, 2.0, -0.5], 4 / 8),  # sums 2.5, 3.5 and their negatives
        ([1.0, 1.0, 1.0, 1.0, 1.0], 2 / 32),
        ([1.0, -1.0], 1.0),
        ([0.0, 0.0, 0.0], 1.0),
    ],
)
def test_sign_flips_counted_by_hand(differences, p):
    assert inference.sign_flip_test(differences, rng()) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_sign_flip_test_enumerates_every_pattern(seed):
    d = rng(seed).normal(0.4, 1.0, 9)
    sums = np.array(list(itertools.product([-1, 1], repeat=9))) @ d
    brute = np.mean(np.abs(sums) >= abs(d.sum()) - 1e-12)
    assert inference.sign_flip_test(d, rng()) == pytest.approx(brute, abs=1e-12)


def test_an_infinite_difference_is_the_largest_rank():
    # ranks 4, 3, 2, 1, all of one sign: the Wilcoxon signed-rank test with its exact null
    assert inference.sign_flip_test([math.inf, 3.0, 2.0, 0.1], rng()) == pytest.approx(2 / 16)
    mixed = inference.sign_flip_test([math.inf, 3.0, -2.0, 0.1], rng())
    assert mixed == pytest.approx(stats.wilcoxon([9.0, 3.0, -2.0, 0.1], method="exact").pvalue)


def test_many_pairs_are_tested_by_sampled_patterns():
    d = rng(8).normal(0.5, 1.0, 30)
    p = inference.sign_flip_test(d, rng())
    assert p == pytest.approx(stats.ttest_1samp(d, 0).pvalue, abs=0.02)
    assert p == inference.sign_flip_test(d, rng())


@pytest.mark.parametrize("pairs", [6, 10])
def test_the_sign_flip_test_keeps_its_level_under_the_null(pairs):
    draw = rng(pairs)
    rejected = sum(
        inference.sign_flip_test(draw.normal(size=pairs) ** 3, draw) <= 0.05 for _ in range(800)
    )
    exact = math.floor(0.05 * 2 ** (pairs - 1)) / 2 ** (pairs - 1)
    assert rejected / 800 == pytest.approx(exact, abs=3 * math.sqrt(exact / 800))


def test_the_least_p_value_is_what_the_test_gives_at_best():
    for seeds in range(1, 9):
        best = inference.sign_flip_test(np.arange(1.0, seeds + 1), rng())
        assert inference.least_p_value(seeds) == pytest.approx(best)


@pytest.mark.parametrize("comparisons", [1, 5, 7, 14])
def test_the_least_number_of_seeds_is_the_first_that_can_win(comparisons):
    seeds = inference.least_seeds(comparisons)

    def adjusted(n):
        p = inference.sign_flip_test(np.ones(n), rng())
        return inference.holm([p] * comparisons)[0]

    assert adjusted(seeds) <= 0.05 < adjusted(seeds - 1)


@pytest.mark.parametrize("seed", range(5))
def test_holm_agrees_with_statsmodels(seed):
    p = rng(seed).beta(0.3, 2, 7)
    p[2] = p[4]
    expected = multipletests(p, method="holm")[1]
    np.testing.assert_allclose(inference.holm(p), expected, rtol=1e-12)


@pytest.mark.parametrize(("wins", "losses"), [(7, 3), (10, 0), (0, 6), (1, 1)])
def test_the_interval_of_winning_is_clopper_and_pearson_s(wins, losses):
    d = [1.0] * wins + [-1.0] * losses
    found = inference.probability_of_beating(d)
    n = wins + losses
    expected = stats.binomtest(wins, n).proportion_ci(0.95, method="exact")
    assert found.estimate == wins / n
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_draw_is_half_a_win():
    assert inference.probability_of_beating([1.0, 0.0, -1.0, 0.0]).estimate == 0.5
    assert inference.probability_of_beating([0.0, math.inf]).estimate == 0.75


@pytest.mark.parametrize("p", [0.5, 0.8, 0.95])
def test_the_interval_of_winning_covers_at_least_as_promised(p):
    n = 10
    wins = np.arange(n + 1)
    intervals = [inference.probability_of_beating([1.0] * w + [-1.0] * (n - w)) for w in wins]
    covers = np.array([i.low <= p <= i.high for i in intervals])
    assert stats.binom.pmf(wins, n, p) @ covers >= 0.95


def test_ranking_puts_unfinished_runs_last_and_counts_them():
    scores = {
        "steady": [0.8, 0.8, 0.8],
        "brilliant once": [0.99, -math.inf, 0.99],
        "never": [-math.inf] * 3,
        "good": [0.9, 0.9, 0.9],
    }
    assert inference.rank(scores) == ["good", "steady", "brilliant once", "never"]


def test_two_unfinished_runs_draw():
    d = inference.paired_differences([-math.inf, 1.0, -math.inf], [-math.inf, -math.inf, 2.0])
    assert d.tolist() == [0.0, math.inf, -math.inf]


def test_ties_are_grouped_from_the_best_down():
    draw = rng(4)
    seed_effect = draw.normal(size=10)
    scores = {
        name: level + seed_effect + 0.01 * draw.normal(size=10)
        for name, level in {"a": 1.0, "b": 1.0, "c": 0.5, "d": 0.5, "e": 0.0}.items()
    }
    groups = inference.tie_groups(scores, rng())
    assert [sorted(group) for group in groups] == [["a", "b"], ["c", "d"], ["e"]]


def test_five_seeds_tie_whatever_they_say():
    scores = {"a": [9.0] * 5, "b": [1.0] * 5, "c": [0.0] * 5}
    assert inference.tie_groups(scores, rng()) == [["a", "b", "c"]]


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("effect", [0.3, 0.7, 1.1])
def test_the_number_of_seeds_to_separate_agrees_with_statsmodels(effect, alpha):
    z = rng(2).normal(size=12)
    d = effect + (z - z.mean()) / z.std(ddof=1)
    expected = TTestPower().solve_power(effect, alpha=alpha, power=0.8, alternative="two-sided")
    found = inference.seeds_to_separate(d, alpha)
    assert found == max(math.ceil(expected), inference.least_seeds(1, alpha))


def test_no_number_of_seeds_separates_equals():
    assert inference.seeds_to_separate([0.0, 0.0, 0.0]) is None
    assert inference.seeds_to_separate([1.0, -1.0, 1e-6]) is None
    assert inference.seeds_to_separate([1.0, 1.0]) == 6  # 2 ** (1 - 6) <= 0.05


def test_the_planned_power_is_what_simulation_finds():
    draw = rng(9)
    power = inference.power_of_paired_t(0.8, 12, 0.05)
    hits = stats.ttest_1samp(draw.normal(0.8, 1.0, (4000, 12)), 0, axis=1).pvalue < 0.05
    assert hits.mean() == pytest.approx(power, abs=0.02)


def test_the_interquartile_mean_drops_a_quarter_at_each_end():
    assert inference.interquartile_mean([[0.0, 1.0], [2.0, 100.0]]) == 1.5
    assert inference.interquartile_mean(np.arange(8.0).reshape(2, 4)) == 3.5


def test_the_stratified_interval_resamples_seeds_within_problems():
    # problems differ, seeds do not: whatever is drawn, the scores are the same
    scores = np.tile([0.1, 0.5, 0.9], (6, 1))
    interval = inference.interquartile_mean_interval(scores, rng())
    assert interval.low == interval.high == pytest.approx(interval.estimate)


def test_the_interval_of_the_interquartile_mean_covers_nearly_as_promised(monkeypatch):
    monkeypatch.setattr(inference, "RESAMPLES", 400)
    draw = rng(11)
    levels = np.array([0.2, 0.5, 0.8])
    truth = np.mean(
        [
            inference.interquartile_mean(levels + 0.1 * draw.normal(size=(20, 3)))
            for _ in range(4000)
        ]
    )
    covered = 0
    for _ in range(300):
        scores = levels + 0.1 * draw.normal(size=(20, 3))
        interval = inference.interquartile_mean_interval(scores, draw)
        covered += interval.low <= truth <= interval.high
    assert 0.90 <= covered / 300 <= 0.99


def test_the_performance_profile_divides_by_the_fastest():
    profile = inference.performance_profile(
        {"a": [10, 30, math.inf, math.inf], "b": [20, 10, 50, math.inf]}
    )
    assert profile["a"].tolist() == [1.0, 3.0, math.inf, math.inf]
    assert profile["b"].tolist() == [1.0, 1.0, 2.0, math.inf]


def many_problems(seed=0, problems=14):
    draw = rng(seed)
    difficulty = draw.normal(size=problems)
    levels = {"a": 2.0, "b": 1.9, "c": 0.4, "d": 0.0}
    return {n: difficulty + v + 0.3 * draw.normal(size=problems) for n, v in levels.items()}


def test_the_critical_difference_agrees_with_scipy_and_statsmodels():
    scores = many_problems()
    found = inference.critical_difference(scores)
    pairs = list(itertools.combinations(scores, 2))
    raw = [stats.wilcoxon(scores[a], scores[b]).pvalue for a, b in pairs]
    expected = dict(zip(pairs, multipletests(raw, method="holm")[1], strict=True))
    assert found.p_values == pytest.approx(expected)
    assert found.friedman == pytest.approx(stats.friedmanchisquare(*scores.values()).pvalue)
    assert sum(found.mean_ranks.values()) == pytest.approx(1 + 2 + 3 + 4)
    assert max(found.mean_ranks, key=found.mean_ranks.get) == "d"
    assert ["a", "b"] in [sorted(clique) for clique in found.cliques]


@pytest.mark.skipif(
    importlib.util.find_spec("scikit_posthocs") is None, reason="scikit-posthocs is not installed"
)
def test_the_critical_difference_agrees_with_scikit_posthocs():
    import scikit_posthocs

    scores = many_problems(1)
    found = inference.critical_difference(scores)
    table = scikit_posthocs.posthoc_wilcoxon(
        list(scores.values()), p_adjust="holm", zero_method="pratt"
    )
    names = list(scores)
    for (a, b), p in found.p_values.items():
        assert p == pytest.approx(table.iloc[names.index(a), names.index(b)])
