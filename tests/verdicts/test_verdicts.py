"""Verdicts: their error rates in simulation, and their intervals against other implementations."""

import base64
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestPower
from statsmodels.stats.weightstats import ttost_paired
from verdict_error_rates import (
    LOSSES,
    NOISE,
    error_rate_with_lost_runs,
    error_rate_with_tuning,
    error_rates,
    independent_losses,
    normal,
    on_folds,
    power,
    sequential_study,
)

from descent.verdicts import inference, resolution
from descent.verdicts.contenders import contenders, rivals_to_continue
from descent.verdicts.folds import Folds
from descent.verdicts.looks import ALPHA, look_at, plan_looks
from descent.verdicts.lost_runs import counted
from descent.verdicts.pairs import compare_all
from descent.verdicts.sampling_error import error_over_examples, mean_correctness
from descent.verdicts.simultaneous import mean_and_half_width, typical_critical_value

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


@st.composite
def studies_and_what_one_loses(draw, *, apart=0.0):
    """Scores of two to four rivals; the places of some runs that the first loses."""
    rivals = draw(st.integers(2, 4))
    values = draw(st.lists(st.floats(0, 1), min_size=10 * rivals, max_size=10 * rivals))
    table = np.reshape(values, (rivals, 10))
    table[0] -= apart
    lost = draw(st.sets(st.integers(0, 9), min_size=1))
    return dict(zip("abcd", table, strict=False)), sorted(lost)


def after_losing(scores, lost):
    loser = scores["a"].copy()
    loser[lost] = -math.inf
    return scores | {"a": loser}


@given(studies_and_what_one_loses(apart=2.0))
def test_a_rival_that_is_behind_is_worse_whichever_runs_it_loses(study):
    pairs = compare_all(after_losing(*study), 0.1, ONE_LOOK, worst=-10.0)
    of_loser = [p for p in pairs if "a" in (p.first, p.second)]
    assert all(p.second == "a" and p.verdict == "better" for p in of_loser)


@given(studies_and_what_one_loses(), st.floats(-3, 0))
def test_losing_runs_makes_no_rank_better_and_no_rival_equivalent(study, worst):
    scores, lost = study
    after = after_losing(scores, lost)
    ranks = [inference.rank(counted(of, worst)).index("a") for of in (scores, after)]
    assert ranks[1] >= ranks[0]
    pairs = compare_all(after, 2.0, ONE_LOOK, worst=worst)
    assert not any(p.equivalent for p in pairs if "a" in (p.first, p.second))


@given(studies_and_what_one_loses(), st.floats(-3, 0))
def test_what_a_part_of_the_error_rate_shows_is_shown_after_any_loss(study, worst):
    scores, lost = study
    before, after = (
        {p.first for p in compare_all(of, 0.1, looks, worst=worst) if p.better and p.second == "a"}
        for of, looks in (
            (scores, plan_looks(10, 10, ALPHA / 8)),
            (after_losing(scores, lost), ONE_LOOK),
        )
    )
    assert before <= after


def test_two_lost_runs_of_ten_shield_nobody():
    draw = rng(5)
    scores = {f"rule {i}": 0.92 + 0.01 * draw.normal(size=10) for i in range(12)}
    scores["loser"] = 0.831 + 0.01 * draw.normal(size=10)
    for lost in range(11):
        scores["loser"][:lost] = -math.inf
        pairs = compare_all(scores, 0.005, ONE_LOOK, worst=0.1)
        beaten = [p for p in pairs if p.second == "loser" and p.verdict == "better"]
        assert len(beaten) == 12
        # the interval holds the difference of the means, the lost runs counted
        assert all(0 < p.low <= p.difference <= p.high for p in beaten)


def test_what_a_lost_run_counts_as_must_be_known():
    with pytest.raises(ValueError, match=r"worst must be .*since b lost runs\. Received: -inf"):
        compare_all({"a": np.ones(10), "b": np.full(10, -math.inf)}, 0.1, ONE_LOOK)
    table = counted({"a": [1.0, -math.inf], "b": [-3.0, 2.0]}, worst=-2.0)
    assert table["a"].tolist() == [1.0, -3.0]  # no better than a finished run


@pytest.mark.parametrize("losses", LOSSES, ids=lambda losses: losses.__name__)
@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("cost", [1.0, 30.0])
def test_verdicts_on_rivals_that_fail_alike_are_as_rarely_wrong(losses, share, cost):
    rate = error_rate_with_lost_runs(losses, share, 3, ONE_LOOK, 500, cost=cost)
    assert rate <= at_most(ALPHA, 500)


def test_lost_runs_on_folds_leave_the_error_rate():
    folds = Folds(tuple(range(10)) * 4, 1 / 8)
    looks = plan_looks(20, 40)
    rate = error_rate_with_lost_runs(
        independent_losses, 0.05, 3, looks, 500, cost=10.0, folds=folds
    )
    assert rate <= at_most(ALPHA, 500)


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


def test_the_interval_with_other_test_examples_covers_the_accuracies_of_their_source():
    draw, (seeds, examples), studies = rng(8), (10, 400), 400

    def scores(count):  # above 0: right; what is hard is hard for both
        easy = draw.normal(3, 2, size=count)
        return np.array([easy + 0.3, easy]) + draw.normal(scale=0.7, size=(2, count))  # (2, count)

    truth = np.subtract(*stats.norm.cdf(scores(2_000_000)).mean(axis=1))
    covered = np.zeros((studies, 2))
    for study in range(studies):
        right = scores(examples)[:, None] + draw.normal(size=(2, seeds, examples)) > 0
        accuracies = right.mean(axis=2)
        mean, half = mean_and_half_width([accuracies[0] - accuracies[1]], ALPHA, step=1 / examples)
        runs = [tuple(base64.b64encode(np.packbits(run)).decode() for run in of) for of in right]
        error = error_over_examples(*(mean_correctness(of, examples) for of in runs))
        wide = math.hypot(half[0], stats.norm.isf(ALPHA / 2) * error)
        covered[study] = abs(mean[0] - truth) <= np.array([half[0], wide])
    of_seeds, of_both = covered.mean(axis=0)
    assert of_seeds < 0.85
    assert 0.94 < of_both < 0.995


def test_a_lost_run_is_as_right_on_every_example_as_what_it_counts_as():
    bits = base64.b64encode(np.packbits([True, False, True])).decode()
    np.testing.assert_allclose(mean_correctness((bits, 0.1), 3), [0.55, 0.05, 0.55])


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
