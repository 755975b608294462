"""Verdicts on tables of results: what is read as what, what is said, and the exit codes."""

import json
import math
import re

import numpy as np
import pandas as pd
import pytest
from verdict_error_rates import normal, skewed

from descent import verdict
from descent.__main__ import main
from descent.verdicts.looks import ALPHA
from descent.verdicts.pairs import compare_unpaired

#: A row a run, of two methods on the same seeds.
RUNS = pd.DataFrame(
    [
        (method, seed, round(base + 0.001 * (seed % 4) + 0.0004 * (seed * 7 % 5), 4))
        for method, base in (("new", 0.91), ("old", 0.9))
        for seed in range(1, 9)
    ],
    columns=["optimizer", "seed", "accuracy"],
)
WIDE = RUNS.pivot_table(index="seed", columns="optimizer", values="accuracy")
KEYS = ["first", "second", "verdict", "difference", "low", "high", "seeds"]


def with_history(runs):
    """Three steps of each run, of which the last has its score."""
    steps = [
        runs.assign(step=step, accuracy=runs["accuracy"] - 0.1 * (30 - step)) for step in (10, 20)
    ]
    return pd.concat([*steps, runs.assign(step=30)])


def as_wandb_chart():
    """W&B's export of a chart: a row a step, three columns a run, blanks after its end."""
    chart = {"Step": ["1", "2", "3"]}
    for method, seed, accuracy in RUNS.itertuples(index=False):
        name = f"{method}-seed{seed} - val/accuracy"
        chart |= {name: ["0.1", str(accuracy), ""], f"{name}__MAX": ["1", "1", ""]}
    return pd.DataFrame(chart)


def as_wandb_runs():
    """W&B's export of a table of runs, with what it says of each besides."""
    names = [f"sunny-{word}" for word in range(len(RUNS))]
    return RUNS.rename(columns={"accuracy": "val_accuracy"}).assign(
        Name=names, State="finished", Runtime=100, lr=0.1
    )


FORMS = {
    "a row a run": RUNS,
    "other names": RUNS.rename(columns={"optimizer": "config.Method", "seed": "trial"}),
    "a column a method": WIDE.reset_index(),
    "a column a seed": WIDE.T.rename(columns="seed {}".format).reset_index(),
    "names of runs": pd.DataFrame(
        {"name": RUNS["optimizer"] + "_s" + RUNS["seed"].astype(str), "score": RUNS["accuracy"]}
    ),
    "a history": with_history(RUNS),
    "W&B, a chart": as_wandb_chart(),
    "W&B, its runs": as_wandb_runs(),
}


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_runs_in_any_form_have_the_same_verdict(form, suffix, tmp_path, capsys):
    file = tmp_path / f"results.{suffix}"
    {
        "csv": lambda: FORMS[form].to_csv(file, index=False),
        "jsonl": lambda: FORMS[form].to_json(file, orient="records", lines=True),
        "parquet": lambda: FORMS[form].to_parquet(file),
    }[suffix]()
    found = tmp_path / "verdict.json"
    assert main(["verdict", str(file), "--margin", "0.002", "--json", str(found)]) == 0
    told = json.loads(found.read_text(encoding="utf-8"))
    expected = verdict(RUNS, score="accuracy", margin=0.002)
    assert told["answer"] == expected.answer == "new is clearly better than old by 0.01."
    (pair,) = told["comparisons"]
    assert pair["paired"]
    assert [pair[key] for key in KEYS] == pytest.approx(expected.comparisons[KEYS].iloc[0].tolist())
    assert told["answer"] in capsys.readouterr().out


def test_files_of_tensorboard_name_method_and_seed(tmp_path):
    files = []
    for method, seed, accuracy in RUNS.itertuples(index=False):
        files.append(tmp_path / f"run-{method}_{seed}-tag-val_accuracy.csv")
        history = {"Wall time": [1.0, 2.0], "Step": [1, 2], "Value": [0.5, accuracy]}
        pd.DataFrame(history).to_csv(files[-1], index=False)
    told = tmp_path / "verdict.json"
    assert main(["verdict", *map(str, files), "--json", str(told)]) == 0
    (pair,) = json.loads(told.read_text(encoding="utf-8"))["comparisons"]
    assert (pair["first"], pair["verdict"], pair["paired"]) == ("new", "better", True)


@pytest.mark.parametrize(
    ("runs", "options", "message"),
    [
        (RUNS.drop(columns="optimizer"), [], "no column names the methods: say which by --method"),
        (
            RUNS.assign(val_loss=1.0),
            [],
            "more than one column may be the score.*accuracy, val_loss",
        ),
        (RUNS, ["--score", "acuracy"], "no column 'acuracy'. Did you mean 'accuracy'"),
        (
            RUNS.astype(str).replace(str(RUNS["accuracy"][0]), "good"),
            ["--score", "accuracy"],
            "must be a number. Received: good",
        ),
        (pd.concat([RUNS, RUNS[:1]]), [], "new has more than one with seed 1"),
        (RUNS[:8], [], "two methods are compared, or more. Received: new"),
        (RUNS, ["--baseline", "odl"], "no method 'odl'. Did you mean 'old'"),
        (RUNS, ["--margin", "-1"], "margin must be > 0, such as 0.01 or 2%. Received: -1"),
        (RUNS, ["--looks", "20,10"], r"must increase. Received: \[20, 10\]"),
        (RUNS.assign(accuracy=math.nan), ["--score", "accuracy"], "no run has a score"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(runs, options, message, tmp_path, capsys):
    file = tmp_path / "results.csv"
    runs.to_csv(file, index=False)
    assert main(["verdict", str(file), *options]) == 3
    assert re.search(message, capsys.readouterr().err)


def test_what_is_no_table_or_no_option_is_bad_input(tmp_path, capsys):
    assert main(["verdict", str(tmp_path / "none.csv")]) == 3
    assert "none.csv cannot be read as a table" in capsys.readouterr().err
    for words in (["--require", "best:new"], ["--looks", "ten"]):
        with pytest.raises(SystemExit, match="3"):
            main(["verdict", "results.csv", *words])


def shifted(amount, spread):
    """Method ``mine`` so far ahead of ``base``, with a standard deviation of the difference."""
    noise = np.array([-1.0, 1, -1, 1, -1, 1, -1, 1, -1, 1]) * spread
    base = np.linspace(0.9, 0.91, 10)
    return pd.DataFrame({"seed": range(10), "mine": base + amount + noise, "base": base})


@pytest.mark.parametrize(
    ("amount", "spread", "better", "no_worse"),
    [
        (0.02, 0.001, 0, 0),  # better
        (0.001, 0.0001, 0, 0),  # better by less than the margin
        (0.0, 0.0005, 1, 0),  # equivalent
        (0.02, 0.1, 2, 2),  # undecided
        (0.003, 0.006, 2, 0),  # undecided, but its interval lies above minus the margin
        (-0.001, 0.0001, 1, 0),  # worse by less than the margin
        (-0.02, 0.001, 1, 1),  # worse
    ],
)
def test_exit_codes_for_continuous_integration(amount, spread, better, no_worse, tmp_path):
    file = tmp_path / "results.csv"
    shifted(amount, spread).to_csv(file, index=False)
    words = ["verdict", str(file), "--margin", "0.005", "--baseline", "base", "--require"]
    assert main([*words, "better:mine"]) == better
    assert main([*words, "no-worse:mine"]) == no_worse


def test_methods_that_share_no_problem_cannot_be_told_apart(tmp_path):
    columns = ["problem", "method", "seed", "accuracy"]
    rows = [
        (problem, method, seed, level + seed / 1000)
        for problem, method, level in (
            *(("first", "mine", 0.9), ("first", "other", 0.8)),
            *(("second", "base", 0.7), ("second", "other", 0.6)),
        )
        for seed in range(5)
    ]
    file = tmp_path / "results.csv"
    pd.DataFrame(rows, columns=columns).to_csv(file, index=False)
    assert main(["verdict", str(file), "--baseline", "base", "--require", "better:mine"]) == 2


def test_one_run_a_method_is_no_verdict_and_says_how_many_it_takes(tmp_path, capsys):
    file = tmp_path / "results.csv"
    RUNS[RUNS["seed"] == 1].to_csv(file, index=False)
    assert main(["verdict", str(file)]) == 2
    assert re.search("no verdict: one run of each.* 10 show a difference", capsys.readouterr().out)


@pytest.mark.parametrize("pair_by", ["seed", None])
def test_a_lost_run_counts_as_the_worst_and_never_helps(pair_by):
    verdicts = []
    for lost, words in enumerate([[], ["nan"], ["nan", "diverged"], ["", "inf", "NaN"]]):
        runs = RUNS.astype(str)
        runs.loc[runs.index[8 : 8 + lost], "accuracy"] = words
        found = verdict(runs, score="accuracy", margin=0.002, pair_by=pair_by)
        verdicts.append(found.comparisons.iloc[0])
        assert found.methods.set_index("method").loc["old", "lost"] == lost
    assert {(pair["first"], pair["verdict"]) for pair in verdicts} == {("new", "better")}
    assert np.all(np.diff([pair["difference"] for pair in verdicts]) > 0)


def test_the_state_of_a_run_says_whether_it_was_lost_or_still_goes_on():
    crashed = as_wandb_runs()
    crashed.loc[crashed.index[8], "State"] = "crashed"
    assert verdict(crashed).methods["lost"].tolist() == [0, 1]
    going = as_wandb_runs()
    going.loc[going.index[8], "State"] = "running"
    assert "Left out because they are still running: 1 run." in verdict(going).notes


def test_a_margin_may_be_a_share_of_the_baseline(tmp_path):
    for baseline, expected in (("old", 0.9022), ("new", 0.9122), (None, 0.9122)):
        found = verdict(RUNS, margin="1%", baseline=baseline).comparisons["margin"][0]
        assert found == pytest.approx(0.01 * expected, abs=2e-5)


def test_planned_looks_share_the_error_rate_and_the_first_must_be_reached():
    one, several = (verdict(RUNS, looks=looks).comparisons.iloc[0] for looks in ([8], [8, 16]))
    assert several["high"] - several["low"] > one["high"] - one["low"]
    early = verdict(RUNS, looks=[10, 20])
    assert "no verdict yet: the first look is at 10 seeds of each, not at 8." in early.answer
    assert early.comparisons["verdict"].tolist() == ["undecided"]
    assert early.comparisons["low"].isna().all()


def test_problems_are_judged_one_by_one_and_what_is_open_is_counted():
    runs = pd.concat([RUNS.assign(task="easy"), RUNS.assign(task="hard")], ignore_index=True)
    runs.loc[runs["task"] == "hard", "accuracy"] = np.sin(range(16))
    found = verdict(runs)
    assert re.fullmatch(r"easy: new is better .*\. hard: .* undecided .* 8 seeds\.", found.answer)
    assert found.comparisons["problem"].tolist() == ["easy", "hard"]
    more = found.comparisons["seeds_to_decide"][1] - 8
    assert found.notes[0].startswith(f"About {more:.0f} more seeds of each method would decide the")
    assert any("undecided pair is equal" in limit for limit in found.limits)


def test_a_page_shows_the_answer_and_escapes_names(tmp_path):
    file, page = tmp_path / "results.csv", tmp_path / "page.html"
    RUNS.replace("new", "<new>").to_csv(file, index=False)
    assert main(["verdict", str(file), "--margin", "0.002", "--page", str(page)]) == 0
    html = page.read_text(encoding="utf-8")
    assert "&lt;new&gt; is clearly better than old by 0.01." in html
    assert "<new>" not in html
    assert html.count("&lt;new&gt;") == 4  # title, answer, pairs, methods


@pytest.mark.parametrize("noise", [normal, skewed])
@pytest.mark.parametrize(
    ("runs", "studies"),
    [((3, 20), 1000), ((3, 5, 20), 1000), ((2, 4, 6, 8, 10, 12), 500), ((4, 12) * 10, 150)],
    ids=["two", "three", "six", "twenty"],
)
def test_wrong_verdicts_on_unpaired_runs_are_as_rare_as_promised(noise, runs, studies):
    rng, wrong = np.random.default_rng(1), np.zeros(2)
    for _ in range(studies):
        # equal means, and a third of the methods with three times the spread
        scores = {str(i): (1 + 2 * (i % 3 == 0)) * noise(rng, n) for i, n in enumerate(runs)}
        wrong[0] += any(pair.better for pair in compare_unpaired(scores, 1.0, ALPHA))
        apart = {name: x + i for i, (name, x) in enumerate(scores.items())}  # all by the margin
        wrong[1] += any(pair.equivalent for pair in compare_unpaired(apart, 1.0, ALPHA))
    assert max(wrong) / studies <= ALPHA + 2 * math.sqrt(ALPHA * (1 - ALPHA) / studies)
