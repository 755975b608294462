"""Verdicts in sentences, seen from either side, and of those that finished nothing."""

import pytest

from descent.verdicts.sentences import leaders, on_other_data, seen_from, what_was_seen


def pair(optimizer, rival, verdict="undecided", **changes):
    return {
        "optimizer": optimizer,
        "rival": rival,
        "metric": "test_accuracy",
        "verdict": verdict,
        "difference": 0.02,
        "low": 0.01,
        "high": 0.04,
        "margin": 0.005,
        "seeds": 10,
        **changes,
    }


def row(optimizer, *, contender=True, unfinished=0):
    return {"optimizer": optimizer, "contender": contender, "unfinished": unfinished, "seeds": 10}


@pytest.mark.parametrize("verdict", ["better", "better and equivalent", "equivalent", "undecided"])
def test_a_pair_is_seen_from_both_sides(verdict):
    of = pair("a", "b", verdict)
    ahead, behind = seen_from("a", of), seen_from("b", of)
    assert (ahead.rival, ahead.verdict) == ("b", verdict)
    assert (ahead.lead, ahead.low, ahead.high) == (of["difference"], of["low"], of["high"])
    assert (behind.rival, behind.verdict) == ("a", verdict.replace("better", "worse"))
    assert (behind.lead, behind.low, behind.high) == (-ahead.lead, -ahead.high, -ahead.low)


def test_a_ratio_is_inverted_and_what_is_unknown_stays_unknown():
    of = {"optimizer": "a", "rival": "b", "verdict": "better", "ratio": 4.0, "low": 2.0}
    behind = seen_from("b", {**of, "high": float("nan")})
    assert (behind.lead, behind.low, behind.high) == (1 / of["ratio"], None, 1 / of["low"])


def test_one_that_finished_nothing_is_not_among_those_leaders():
    board = [row("a"), row("b"), row("c", unfinished=10)]
    pairs = [pair("a", "b"), pair("a", "c"), pair("b", "c")]
    said = leaders(board, pairs)
    assert said == "a and b lead; neither is shown to be better than the other; c finished no run."


def test_without_one_finished_run_there_is_no_answer():
    board = [row("a", unfinished=10), row("b", unfinished=10)]
    assert "no answer" in leaders(board, [pair("a", "b")])


def test_one_that_nobody_beats_may_not_be_better_than_all():
    board = [row("a"), row("b", contender=False), row("c", contender=False)]
    beaten = [pair("a", "b", "better"), pair("b", "c", "better")]
    of_all = leaders(board, [*beaten, pair("a", "c", "better and equivalent")])
    said = "than 1 clearly, by more than 0.50 points; than 1 by less than 0.50 points."
    assert of_all == f"a is better than each of the 2 others: {said}"
    hardly = [pair("a", other, "better", low=0.001) for other in "bc"]
    assert leaders(board, hardly) == "a is better than each of the 2 others."
    of_one = leaders(board, [*beaten, pair("a", "c")])
    assert of_one == "a leads; it is not shown to be better than c."


def test_those_that_lost_runs_are_named_apart_from_those_leaders():
    board = [row("a"), row("b", unfinished=1), row("c", contender=False)]
    pairs = [pair("a", "b"), pair("a", "c", "better"), pair("b", "c")]
    front, lost = leaders(board, pairs).split("; ")
    assert front == "a leads"
    assert lost == "b, which lost runs, is not shown to be worse."
    every = leaders([row("a", unfinished=2), row("b", unfinished=1)], [pair("a", "b")])
    assert every.startswith("a and b lead; neither is shown to be better than the other")


def test_of_many_leaders_three_are_named():
    names = "abcdef"
    board = [row(name) for name in names] + [row("g", contender=False)]
    pairs = [pair(a, b) for a in names for b in names if a < b]
    said = leaders(board, pairs)
    assert said.startswith("a, b, c and 3 others lead; none is shown to be better than another")


@pytest.mark.parametrize(
    ("lows", "said"),
    [
        (
            [-0.1],
            "The difference is not shown for other test examples like these (all seeds share one",
        ),
        ([0.1], "The difference is shown for other test examples like these too (all seeds"),
        ([-0.1, -0.2], "None of the 2 differences is shown"),
        ([-0.1, 0.2, 0.3], "2 of the 3 differences are shown"),
        ([0.1, 0.2], "All 2 differences are shown for other test examples like these too (all"),
    ],
)
def test_what_is_shown_for_other_data_is_a_sentence_whatever_the_number(lows, said):
    pairs = [pair("a", "b", "better", low_other_data=low) for low in lows]
    (sentence,) = on_other_data(pairs, folds=False)
    assert sentence.startswith(said)
    (sentence,) = on_other_data(pairs, folds=True)
    assert sentence.startswith(said.split("other test")[0])
    assert "one training set" not in sentence
    assert list(on_other_data([pair("a", "b", low_other_data=-0.1)], folds=False)) == []


def test_seeds_that_only_the_leaders_have_are_not_said_of_all_pairs():
    row = {"metric": "test_accuracy", "seeds": 20, "deviation": 0.01, "margin": 0.002}
    row |= {"least_difference": 0.0016, "seeds_for_margin": 15.0}
    pairs = [pair("a", "b", seeds=20), pair("a", "c"), pair("b", "c")]
    (said,) = what_was_seen(row, pairs, folds=False)
    assert said == (
        "Resolution: for 1 of the 3 pairs, 20 seeds show a difference of 0.16 points with "
        "probability 0.8; one of 0.20 points, the margin, takes about 15. The other pairs have 10 "
        "seeds."
    )
