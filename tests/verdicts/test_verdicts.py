"""Verdicts: their error rates in simulation, and their intervals against other implementations."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired
from verdict_error_rates import (
    NOISE,
    error_rate_with_tuning,
    error_rates,
    normal,
    on_folds,
    power,
    sequential_study,
)

from descent.verdicts import resolution
from descent.verdicts.contenders import contenders, rivals_to_continue
from descent.verdicts.folds import Folds
from descent.verdicts.looks import ALPHA, look_at, plan_looks
from descent.verdicts.pairs import compare_all
from descent.verdicts.sampling_error import error_of_difference, with_test_error
from descent.verdicts.simultaneous import mean_and_half_width, typical_critical_value
from descent.verdicts.unfinished_runs import finishes_more_often, median_interval

ONE_LOOK = plan_looks(10, 10)


def rng(seed=0):
    return np.random.default_rng(seed)


def at_most(rate, studies):
    """Two standard errors over a rate."""
    return rate + 2 * math.sqrt(rate * (1 - rate) / studies)


@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.__name__)
@pytest.mark.parametrize(
    ("rivals", "design", "studies"),
    [(2, (10, 40), 1000), (3, (10, 20), 1000), (3, (10, 10), 1000), (20, (10, 10), 100)],
    ids=["two", "three", "three-at-one-look", "twenty"],
)
def test_wrong_verdicts_are_as_rare_as_promised(noise, rivals, design, studies):
    rates = error_rates(noise, rivals, plan_looks(*design), studies, step=NOISE[noise])
    assert max(rates) <= at_most(ALPHA, studies)


def test_wrong_verdicts_on_folds_with_two_seeds_each_are_as_rare_as_promised():
    folds = Folds(tuple(range(10)) * 4, 1 / 8)
    rates = error_rates(on_folds, 3, plan_looks(20, 40), 1000, folds=folds)
    assert max(rates) <= at_most(ALPHA, 1000)
    assert error_rates(on_folds, 3, plan_looks(20, 20), 100)[0] == 0  # folds as noise: no power


def test_the_pairs_of_a_named_rival_keep_the_error_rate_and_so_do_the_others():
    draw, wrong, studies = rng(12), np.zeros(2), 1000
    for _ in range(studies):
        scores = dict(zip("abcd", draw.normal(size=(4, 10)), strict=True))
        better = [p for p in compare_all(scores, 1.0, ONE_LOOK, named=["b"]) if p.better]
        with_b = sum("b" in (p.first, p.second) for p in better)
        wrong += with_b > 0, len(better) > with_b
    assert max(wrong) / studies <= at_most(ALPHA, studies)


def test_the_luck_of_tuning_is_covered_where_every_seed_chooses():
    # of all candidates, or of finalists that one seed could not get wrong
    for tuning in ({"slope": 0.1, "finalists": 7}, {"slope": 2.0, "finalists": 3}):
        assert error_rate_with_tuning(4, 1000, **tuning) <= at_most(ALPHA, 1000)
    # which candidates are finalists is not covered, and costs least
    assert error_rate_with_tuning(4, 1000, slope=0.2, finalists=3) <= 0.09
    assert error_rate_with_tuning(4, 1000, slope=0.2, finalists=1, tuning_seeds=2) > 0.13


def test_ten_seeds_see_a_difference_of_a_named_pair():
    found, _ = power(1.1, 6, ONE_LOOK, 1000, named=("rule 0", "rule 1"))
    assert found >= 0.8 - 2 * math.sqrt(0.16 / 1000)


def test_looks_double_and_spend_the_error_rate_among_them():
    looks = plan_looks(10, 80)
    assert [look.seeds for look in looks] == [10, 20, 40, 80]
    assert math.fsum(look.alpha for look in looks) == pytest.approx(ALPHA, rel=1e-12)
    assert [look.seeds for look in plan_looks(7, 30)] == [7, 14, 28, 30]
    assert plan_looks(5, 5) == ((plan_looks(5, 5)[0]),)
    assert look_at(looks, 39) == looks[1]
    assert look_at(looks, 9) is None
    with pytest.raises(ValueError, match=r"in \[1, 5\].*Received: 6"):
        plan_looks(6, 5)


def test_looks_spend_hardly_less_than_boundaries_that_know_their_correlation():
    """The chance that a pair is ever wrong, from the joint distribution of its four looks."""
    looks = plan_looks(10, 80)
    n = np.array([look.seeds for look in looks])
    correlation = np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    joint = stats.multivariate_normal(np.zeros(4), correlation, abseps=1e-9, releps=1e-6, seed=0)
    for pairs, least in [(1, 0.8), (45, 0.9)]:
        bound = stats.norm.isf(np.array([look.alpha for look in looks]) / (2 * pairs))
        ever = 1 - joint.cdf(bound, lower_limit=-bound)
        assert least <= ever / (ALPHA / pairs) <= 1


def test_intervals_of_very_few_seeds_are_bonferroni_s():
    d = rng().normal(size=(45, 5))
    mean, half = mean_and_half_width(d, ALPHA)
    expected = stats.ttest_1samp(d, 0, axis=1).confidence_interval(1 - ALPHA / 45)
    np.testing.assert_allclose(mean - half, expected.low, rtol=1e-9)
    np.testing.assert_allclose(mean + half, expected.high, rtol=1e-9)


def written_out(d, alpha):
    """The step-down flip test of a few pairs, one pattern and one pair at a time."""

    def scales(rows):
        errors = [stats.sem(row) for row in rows]
        return [error + np.median(errors) for error in errors]

    def largest(rows):
        return max(abs(np.mean(row)) / s for row, s in zip(rows, scales(rows), strict=True))

    centred = d - d.mean(axis=1, keepdims=True)
    centred *= math.sqrt(d.shape[1] / (d.shape[1] - 1))
    patterns = [(1, *rest) for rest in itertools.product([1, -1], repeat=d.shape[1] - 1)]
    left, half = list(range(len(d))), [0.0] * len(d)
    while left:
        by_chance = sorted(largest(centred[left] * signs) for signs in patterns)
        critical = by_chance[-1 - int(alpha * len(patterns))]
        for i, scale in zip(left, scales(d[left]), strict=True):
            half[i] = critical * scale
        found = [i for i in left if abs(np.mean(d[i])) > half[i]]
        left = [i for i in left if i not in found] if found else []
    return half


def test_intervals_are_those_of_the_flip_test_written_out():
    scores = rng(13).normal(size=(3, 8)) + np.array([[2.0], [0.3], [0.0]])
    d = scores[[0, 0, 1]] - scores[[1, 2, 2]]
    np.testing.assert_allclose(mean_and_half_width(d, 0.1)[1], written_out(d, 0.1), rtol=1e-12)
    # the pairs that stand out are taken away, so that the last is judged alone
    assert mean_and_half_width(d, 0.1)[1][2] < mean_and_half_width(d - d.mean(), 0.1)[1][2]


def test_intervals_widen_with_the_pairs_and_with_the_certainty_and_follow_the_unit():
    d = rng(14).normal(size=(6, 20))
    _, half = mean_and_half_width(d, 0.05)
    assert (mean_and_half_width(d, 0.01)[1] > half).all()
    assert mean_and_half_width(np.vstack([d, 5 * d[:1]]), 0.05)[1][0] > 0
    mean, scaled = mean_and_half_width(-100 * d, 0.05)
    np.testing.assert_allclose((mean, scaled), (-100 * d.mean(axis=1), 100 * half), rtol=1e-12)
    assert (mean_and_half_width(d, 0.05, step=9.0)[1] > half).all()


@pytest.mark.parametrize("difference", [0.0, 0.1, 0.25, 0.6, 1.2])
def test_the_verdict_agrees_with_paired_t_tests_and_tost(difference):
    draw = rng(3)
    a = draw.normal(size=200)
    b = a - difference + draw.normal(size=200)
    (pair,) = compare_all({"a": a, "b": b}, margin=0.5, looks=plan_looks(200, 200))
    equivalent = ttost_paired(a, b, -0.5, 0.5)[0] < ALPHA / 2
    better = stats.ttest_rel(a, b).pvalue < ALPHA
    assert (pair.better, pair.equivalent) == (better, equivalent)


def test_the_four_verdicts():
    levels = {"far": 3.0, "near": 0.3, "same": 0.0, "noisy": 0.0}
    draw = rng(4)
    shared = draw.normal(size=80)
    scores = {
        name: level + shared + (3.0 if name == "noisy" else 0.05) * draw.normal(size=80)
        for name, level in levels.items()
    }
    scores["twin"] = scores["same"] + 0.02 * draw.normal(size=80)
    pairs = {
        (pair.first, pair.second): pair.verdict
        for pair in compare_all(scores, margin=1.0, looks=plan_looks(80, 80))
    }
    assert pairs["far", "near"] == "better"
    assert pairs["near", "same"] == "better and equivalent"
    assert "equivalent" in {pairs.get(("same", "twin")), pairs.get(("twin", "same"))}
    assert "undecided" in {pairs.get(("same", "noisy")), pairs.get(("noisy", "same"))}
    assert len(pairs) == 10


def test_the_leader_of_a_pair_comes_first_and_later_seeds_wait_for_their_look():
    a, b = np.zeros(25), np.r_[np.full(20, 1.0), np.full(5, -100.0)]
    (pair,) = compare_all({"a": a, "b": b}, 0.5, plan_looks(10, 80))
    assert (pair.first, pair.second, pair.seeds, pair.difference) == ("b", "a", 20, 1.0)
    (short,) = compare_all({"a": a, "b": b[:10]}, 0.5, plan_looks(10, 80))
    assert short.seeds == 10
    with pytest.raises(ValueError, match=r"10 seeds of the first look\. Received: 4"):
        compare_all({"a": a, "b": b[:4]}, 0.5, plan_looks(10, 80))


def test_equal_values_are_only_as_sure_as_the_step_of_the_metric():
    same = {"a": np.full(10, 0.9), "b": np.full(10, 0.9)}
    (fine,) = compare_all(same, 0.002, ONE_LOOK, step=1e-4)
    (coarse,) = compare_all(same, 0.002, ONE_LOOK, step=5e-3)
    assert (fine.verdict, coarse.verdict) == ("equivalent", "undecided")


def test_one_seed_decides_nothing():
    (pair,) = compare_all({"a": [1.0], "b": [0.0]}, 0.1, plan_looks(1, 1))
    assert (pair.verdict, pair.low, pair.high) == ("undecided", -math.inf, math.inf)


@pytest.mark.parametrize("n", [5, 10, 23, 80])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_the_interval_of_the_median_is_scipy_s(n, alpha):
    d = rng(n).normal(size=n)
    expected = stats.quantile_test(d, p=0.5).confidence_interval(1 - alpha)
    low, high = median_interval(d, alpha)
    assert low == (-math.inf if math.isnan(expected.low) else expected.low)
    assert high == (math.inf if math.isnan(expected.high) else expected.high)


def test_finishing_alone_is_tested_by_a_quarter():
    d = np.r_[np.full(8, np.inf), 0.1, -0.1]
    p = stats.binomtest(8, 10, 0.25, alternative="greater").pvalue
    assert finishes_more_often(d, 1.01 * p)
    assert not finishes_more_often(d, 0.99 * p)


def test_a_rival_that_never_finishes_is_worse_than_all_that_do():
    scores = {f"rule {i}": rng(i).normal(size=10) for i in range(9)} | {"lost": [-math.inf] * 10}
    beaten = [
        p for p in compare_all(scores, 0.1, plan_looks(10, 80)) if "lost" in (p.first, p.second)
    ]
    assert len(beaten) == 9
    assert all(p.second == "lost" and p.verdict == "better" for p in beaten)
    assert all(p.difference is None and p.low is None for p in beaten)


@pytest.mark.parametrize("finishing", [0.5, 0.9])
def test_verdicts_on_rivals_that_fail_alike_are_rarely_wrong(finishing):
    draw, wrong, studies = rng(5), 0, 400
    for _ in range(studies):
        scores = {
            name: np.where(draw.random(40) < finishing, draw.normal(size=40), -math.inf)
            for name in "abcd"
        }
        wrong += any(p.better for p in compare_all(scores, 1.0, plan_looks(10, 40)))
    assert wrong / studies <= ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / studies)


def test_means_are_those_of_the_folds_and_errors_those_within_them():
    folds = Folds((0, 1, 0, 1, 0), test_share=0.125)
    d = np.array([[1.0, 7.0, 2.0, 8.0, 6.0]])
    mean, half = mean_and_half_width(d, ALPHA, folds=folds)
    within = math.sqrt((14 + 0.5) / 3 * (1 / 3 + 1 / 2)) / 2
    assert mean.tolist() == [(3.0 + 7.5) / 2]
    assert half.tolist() == pytest.approx([within * stats.t.isf(ALPHA / 2, 3)])
    # with one seed in a fold the folds are the sample
    _, half = mean_and_half_width(d[:, :4], ALPHA, folds=Folds((0, 1, 2, 0), 0.125))
    assert half.tolist() == pytest.approx(
        [np.std([4.5, 7.0, 2.0], ddof=1) / math.sqrt(3) * stats.t.isf(ALPHA / 2, 2)]
    )


def test_the_error_for_other_corpora_knows_that_training_parts_overlap():
    draw, studies = rng(6), 2000
    # overlapping training parts: the results of two folds correlate by test / (train + test)
    rho = 0.125 / 1.125
    corpus = math.sqrt(rho) * draw.normal(size=(studies, 1))
    d = np.tile(corpus + math.sqrt(1 - rho) * draw.normal(size=(studies, 10)), 2)
    folds = Folds(tuple(range(10)) * 2, 0.125)
    errors = np.array([folds.error_for_other_corpora(row) for row in d])
    missed = np.abs(d.mean(axis=1)) > stats.t.isf(ALPHA / 2, 9) * errors
    assert missed.mean() == pytest.approx(ALPHA, abs=0.01)


def test_the_sampling_error_of_the_test_set_bounds_that_of_any_predictions():
    draw = rng(8)
    hard = draw.beta(0.2, 2, size=4000)  # each example's chance to be wrong
    right = draw.random((2, 200, 4000)) > hard
    of_example = right[0].mean(axis=0) - right[1].mean(axis=0)
    actual = of_example.std() / math.sqrt(4000)
    accuracy = right.mean(axis=(1, 2))
    bound = error_of_difference(*accuracy, examples=4000)
    assert actual < bound
    # two that are wrong on different examples reach it
    a, b = np.ones(100), np.ones(100)
    a[:10], b[10:25] = 0, 0
    assert error_of_difference(a.mean(), b.mean(), 100) == pytest.approx((a - b).std() / 10)
    assert with_test_error(3.0, 2.0, 2.0) == pytest.approx(5.0)


def test_power_agrees_with_statsmodels_and_with_simulation():
    critical = typical_critical_value(40, 2, ALPHA)
    tail = float(stats.t.sf(critical, 39))
    expected = TTestPower().power(0.6, 40, tail, alternative="larger")
    assert resolution.power(0.6, 40, critical) == pytest.approx(expected, abs=1e-6)
    found, equivalent = power(0.8, 10, plan_looks(20, 20), 300)
    critical = typical_critical_value(20, 10, ALPHA)
    assert resolution.power(0.8, 20, critical) == pytest.approx(found, abs=0.1)
    assert resolution.power_of_equivalence(0.8, 20, critical) == pytest.approx(equivalent, abs=0.1)


@pytest.mark.parametrize(("seeds", "rivals"), [(10, 10), (80, 10), (20, 2)])
def test_the_least_difference_and_the_seeds_that_show_it_belong_together(seeds, rivals):
    least = resolution.least_difference(0.2, seeds, rivals)
    critical = typical_critical_value(seeds, rivals, ALPHA)
    assert resolution.power(least / 0.2, seeds, critical) == pytest.approx(0.8, abs=1e-9)
    assert resolution.seeds_to_differ(1.0001 * least, 0.2, rivals) == seeds
    assert resolution.seeds_to_differ(0.9999 * least, 0.2, rivals) == seeds + 1


def test_the_seeds_for_equivalence_are_the_first_that_suffice():
    seeds = resolution.seeds_to_be_equivalent(0.2, 0.4, 10)
    by_seeds = [
        resolution.power_of_equivalence(0.5, n, typical_critical_value(n, 10, ALPHA))
        for n in (seeds - 1, seeds)
    ]
    assert by_seeds[0] < 0.8 <= by_seeds[1]
    assert resolution.seeds_to_be_equivalent(1e-6, 1.0, 10) is None
    assert resolution.seeds_to_differ(0.1, 0.0, 10) == 2


def test_contenders_and_the_focus_continue_until_their_pairs_are_decided():
    draw = rng(9)
    levels = {"a": 0.0, "b": 0.0, "low": -9.0, "lower": -9.1}
    scores = {name: level + 0.3 * draw.normal(size=20) for name, level in levels.items()}
    pairs = compare_all(scores, 0.01, plan_looks(20, 80))
    assert contenders(scores, pairs) == ["a", "b"]
    assert rivals_to_continue(list(scores), pairs) == ["a", "b"]
    assert rivals_to_continue(list(scores), pairs, ["low"]) == list(scores)
    assert rivals_to_continue(list(scores), compare_all(scores, 2.0, plan_looks(20, 80))) == []


def test_a_limit_pays_for_the_named_and_then_for_the_cheapest_open_pairs():
    draw = rng(9)
    scores = {name: 0.3 * draw.normal(size=10) for name in "abcd"}
    pairs = compare_all(scores, 0.01, plan_looks(10, 20))
    cost = {"a": 1.0, "b": 8.0, "c": 2.0, "d": 4.0}
    assert rivals_to_continue("abcd", pairs, (), cost, 3.0) == ["a", "c"]
    assert rivals_to_continue("abcd", pairs, (), cost, 14.9) == ["a", "c", "d"]
    assert rivals_to_continue("abcd", pairs, ["b"], cost, 9.5) == ["a", "b"]
    assert rivals_to_continue("abcd", pairs, (), cost, 2.9) == []


def test_a_study_that_adds_seeds_gives_them_to_those_in_doubt_and_stops():
    looks = plan_looks(10, 80)
    seeds, verdicts = sequential_study(normal, [0.0, 0.0, -9.0, -9.0], looks, rng(10), margin=5.0)
    assert set(seeds.values()) <= {10, 20, 40, 80}
    assert seeds["rule 0"] == seeds["rule 1"] < 80
    decided = {p.verdict for p in verdicts if {p.first, p.second} == {"rule 0", "rule 1"}}
    assert decided == {"equivalent"}
    seeds, _ = sequential_study(normal, [0.0, 0.0, -9.0, -9.0], looks, rng(10), margin=0.01)
    assert list(seeds.values())[:2] == [80, 80]
    assert max(list(seeds.values())[2:]) < 80


def test_every_pair_of_fifteen_rules_is_judged_in_the_blink_of_an_eye():
    scores = {f"rule {i}": rng(i).normal(size=80) for i in range(15)}
    pairs = compare_all(scores, 0.1, plan_looks(10, 80))
    assert [frozenset((p.first, p.second)) for p in pairs] == [
        frozenset(names) for names in itertools.combinations(scores, 2)
    ]
