"""Verdicts: their error rates in simulation, and their intervals against other implementations."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired
from verdict_error_rates import NOISE, error_rates, normal, power, sequential_study

from descent.analysis.verdicts import resolution
from descent.analysis.verdicts.contenders import contenders, rivals_to_continue
from descent.analysis.verdicts.critical_values import critical_value, skewness
from descent.analysis.verdicts.folds import Folds, fold_means
from descent.analysis.verdicts.pairs import compare_all, mean_and_half_width
from descent.analysis.verdicts.sampling_error import error_of_difference, with_test_error
from descent.analysis.verdicts.unfinished_runs import finishes_more_often, median_interval
from descent.study.looks import ALPHA, look_at, plan_looks

ONE_LOOK = plan_looks(10, 10)


def rng(seed=0):
    return np.random.default_rng(seed)


def studies_for(rivals):
    return 4000 // rivals


# Two standard errors over 5 %.
@pytest.mark.parametrize("noise", NOISE, ids=lambda noise: noise.__name__)
@pytest.mark.parametrize("design", [(10, 10), (10, 80)], ids=["ten_seeds", "up_to_80"])
@pytest.mark.parametrize("rivals", [2, 3, 20])
def test_wrong_verdicts_are_as_rare_as_promised(noise, design, rivals):
    studies = studies_for(rivals)
    rates = error_rates(noise, rivals, plan_looks(*design), studies, step=NOISE[noise])
    assert max(rates) <= ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / studies)


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


def test_the_critical_value_of_many_seeds_is_bonferroni_s():
    d = rng().normal(size=(45, 400))
    mean, half = mean_and_half_width(d, rivals=10, alpha=ALPHA)
    expected = stats.ttest_1samp(d, 0, axis=1).confidence_interval(1 - ALPHA / 45)
    np.testing.assert_allclose(mean - half, expected.low, rtol=1e-9)
    np.testing.assert_allclose(mean + half, expected.high, rtol=1e-9)


def test_few_seeds_must_show_more_the_more_so_if_they_are_skewed():
    student = stats.t.isf(ALPHA / 90, 9)
    allowed = critical_value(10, 10, ALPHA, [0.0, 0.5, 1.0, -2.0])
    assert student < allowed[0] == allowed[1] < allowed[2] < allowed[3]


def test_skewness_agrees_with_scipy_and_is_zero_without_spread():
    x = rng(1).exponential(size=(3, 12))
    np.testing.assert_allclose(skewness(x), stats.skew(x, axis=1), rtol=1e-12)
    assert skewness([0.1, 0.1, 0.1]) == 0


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


def test_folds_are_averaged_first():
    folds = Folds((0, 1, 2, 0, 1, 0), test_share=0.125)
    x = np.array([1.0, 2.0, 3.0, 5.0, 4.0, 6.0])
    assert fold_means(x, folds).tolist() == [4.0, 3.0, 3.0]
    assert fold_means(np.stack([x, x])[:, :4], folds).tolist() == [[3.0, 2.0, 3.0]] * 2


def test_intervals_over_folds_hold_on_this_corpus_and_wider_ones_on_others():
    draw, studies, repeats = rng(6), 3000, 4
    # overlapping training parts: the results of two folds correlate by test / (train + test)
    rho = 0.125 / 1.125
    corpus = math.sqrt(rho) * draw.normal(size=(studies, 1))
    of_fold = corpus + math.sqrt(1 - rho) * draw.normal(size=(studies, 10))
    d = np.tile(of_fold, repeats) + 0.3 * draw.normal(size=(studies, 10 * repeats))
    folds = Folds(tuple(range(10)) * repeats, 0.125)
    mean, half = mean_and_half_width(d, 2, ALPHA, folds=folds)
    assert np.mean(np.abs(mean - corpus[:, 0]) > half) <= ALPHA
    assert np.mean(np.abs(mean) > half) > ALPHA
    wider = folds.factor_for_other_corpora(10 * repeats) * half
    assert np.mean(np.abs(mean) > wider) <= ALPHA
    _, naive = mean_and_half_width(d, 2, ALPHA)
    assert np.mean(np.abs(mean) > naive) > 0.3


def test_more_seeds_of_the_same_folds_do_not_make_a_corpus_larger():
    of_fold = rng(7).normal(size=10)
    widths = [
        mean_and_half_width(
            np.tile(of_fold, repeats), 2, ALPHA, folds=Folds(tuple(range(10)) * repeats, 0.125)
        )[1]
        for repeats in (1, 8)
    ]
    assert widths[1] == pytest.approx(widths[0])


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
    critical = float(critical_value(40, 2, ALPHA))
    tail = float(stats.t.sf(critical, 39))
    expected = TTestPower().power(0.6, 40, tail, alternative="larger")
    assert resolution.power(0.6, 40, critical) == pytest.approx(expected, abs=1e-6)
    found, equivalent = power(0.9, 10, plan_looks(40, 40), 4000)
    critical = float(critical_value(40, 10, ALPHA))
    assert resolution.power(0.9, 40, critical) == pytest.approx(found, abs=0.03)
    assert resolution.power_of_equivalence(0.9, 40, critical) == pytest.approx(equivalent, abs=0.03)


@pytest.mark.parametrize(("seeds", "rivals"), [(10, 10), (80, 10), (20, 2)])
def test_the_least_difference_and_the_seeds_that_show_it_belong_together(seeds, rivals):
    least = resolution.least_difference(0.2, seeds, rivals)
    critical = float(critical_value(seeds, rivals, ALPHA))
    assert resolution.power(least / 0.2, seeds, critical) == pytest.approx(0.8, abs=1e-9)
    assert resolution.seeds_to_differ(1.0001 * least, 0.2, rivals) == seeds
    assert resolution.seeds_to_differ(0.9999 * least, 0.2, rivals) == seeds + 1


def test_the_seeds_for_equivalence_are_the_first_that_suffice():
    seeds = resolution.seeds_to_be_equivalent(0.2, 0.4, 10)
    by_seeds = [
        resolution.power_of_equivalence(0.5, n, float(critical_value(n, 10, ALPHA)))
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


def test_no_seeds_are_spent_on_a_pair_that_the_corpus_cannot_decide():
    """What the folds differ by stays, and is known once each has two seeds."""
    draw = rng(11)
    of_fold = draw.normal(size=(3, 10)) * np.array([[0.0], [0.0], [3.0]])
    scores = {
        name: np.tile(folds, 2) + 0.01 * draw.normal(size=20)
        for name, folds in zip("abc", of_fold, strict=True)
    }
    looks = plan_looks(10, 80)
    folds = Folds(tuple(range(10)) * 8, 0.125)
    margin = 0.001  # `a` and `b` differ by less, and need more seeds to show it

    def continuing(seeds):
        so_far = {name: values[:seeds] for name, values in scores.items()}
        return rivals_to_continue(
            list(scores), compare_all(so_far, margin, looks, step=1e-6, folds=folds)
        )

    assert continuing(10) == ["a", "b", "c"]
    assert continuing(20) == ["a", "b"]


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
