"""The tables of a study, recomputed from its records in other ways."""

import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fabricated_study import GRADIENTS_PER_STEP, PROBLEMS, fabricate
from scipy import stats

from descent.analysis.results import load_results
from descent.analysis.tables import build as tables
from descent.analysis.tables import columns, cost
from descent.analysis.tables.across_problems import normalised_scores
from descent.analysis.tables.study_tables import StudyTables, read_table
from descent.study.plan import Run
from descent.training.records import Status


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return fabricate(tmp_path_factory.mktemp("study"), tracks=("tuned", "default", "searched"))


@pytest.fixture(scope="module")
def results(study):
    return load_results(study)


@pytest.fixture(scope="module")
def built(results):
    return tables.build(results)


def only(table, **keys):
    for column, value in keys.items():
        table = table[table[column] == value]
    return table


def test_every_table_has_its_documented_columns_in_order(built, results):
    made = {**built, **cost.timing(results)}
    assert set(made) == set(columns.TABLES)
    for name, table in made.items():
        assert list(table.columns) == list(columns.TABLES[name].columns), name


#: Names that a reader of CSV takes for a number, for nothing, for a truth, or for a date.
ODD_NAMES = ("NA", "nan", "null", "None", "1", "1e-3", "0.10", "007", "True", "2024-01-01", "inf")


@pytest.fixture(scope="module")
def oddly_named(tmp_path_factory):
    """A study whose problems and optimizers have such names, with its tables written."""
    study = fabricate(
        tmp_path_factory.mktemp("odd"),
        optimizers=ODD_NAMES,
        problems=("1", "NA"),
        tracks=("tuned", "default", "searched"),
        evaluation_seeds=(10, 11, 12),
    )
    made = load_results(study)
    built = {**tables.build(made), **cost.timing(made)}
    tables.write(built, study, study.folder)
    return study, built


@pytest.mark.parametrize("name", columns.TABLES)
def test_a_table_is_read_as_it_was_written(oddly_named, name):
    study, built = oddly_named
    read = StudyTables(study.folder / "study.json")[name]
    written = built[name]
    texts = list(columns.TABLES[name].text_types)
    pd.testing.assert_frame_equal(read[texts], written[texts])
    numbers = written.columns.difference(texts)
    # A CSV has ten digits, and writes 3.0 as 3.
    pd.testing.assert_frame_equal(read[numbers], written[numbers], check_dtype=False, rtol=1e-9)


def test_the_documentation_of_the_tables_is_up_to_date():
    path = Path(columns.__file__).parents[4] / "docs" / "tables.md"
    assert path.read_text(encoding="utf-8") == columns.markdown(), (
        "run python -m descent.analysis.tables.columns --output docs/tables.md"
    )


def test_every_run_and_every_evaluation_has_a_row(built, study, results):
    runs = list(dict.fromkeys(study.runs()))
    assert len(built["runs"]) == len(runs)
    assert len(built["curves"]) == sum(len(r.curve["step"]) for r in results.records.values())
    stages = built["runs"].groupby("stage")["seed"].unique()
    assert set(stages["tuning"]) == set(study.tuning_seeds)
    assert set(stages["evaluation"]) == set(study.evaluation_seeds)


def luck_of_validation(accuracy):
    """The standard error of an accuracy on the examples of a made-up dataset."""
    return math.sqrt(accuracy * (1 - accuracy) / 10_000)


def test_one_finalist_of_each_seed_counts_its_best_on_validation(built, study):
    evaluated = only(built["runs"], stage="evaluation", problem="network", track="tuned")
    for _, of_seed in evaluated.groupby(["optimizer", "seed"]):
        assert len(of_seed) == study.config["finalists"]
        (counts,) = of_seed[of_seed["counts"].eq(True)].to_dict("records")
        accuracy, loss = of_seed["final_validation_metric"], of_seed["final_validation_loss"]
        as_good = accuracy >= accuracy.max() - luck_of_validation(accuracy.max())
        assert counts["final_validation_loss"] == loss[as_good].min()
    for row in only(built["tuned"], problem="network", track="tuned").to_dict("records"):
        assert row["finalists"].split()[0] == row["candidate"]
        chosen = map(int, row["seeds_by_finalist"].split())
        assert sum(chosen) == len(study.evaluation_seeds)
    assert only(built["runs"], stage="tuning")["counts"].isna().all()


def test_the_leaderboard_means_are_those_of_the_records_and_lost_runs_count_as_untrained(
    built, results, study
):
    for row in built["leaderboard"].to_dict("records"):
        records = results.evaluated(row["problem"], row["optimizer"], row["track"])
        column = "train_loss" if row["problem"] == "valley" else "test_accuracy"
        finished = [r.curve[column][-1] for r in records if r.status is Status.FINISHED]
        others = [
            r.curve[column][-1]
            for name in study.optimizers
            for r in results.evaluated(row["problem"], name, row["track"])
            if r.status is Status.FINISHED
        ]
        worst = max(others) if column == "train_loss" else min(others)
        worst = (max if column == "train_loss" else min)(worst, row["untrained"])
        lost = [worst] * (len(study.evaluation_seeds) - len(finished))
        values = finished + lost
        assert row["metric"] == column
        assert row["mean"] == pytest.approx(np.mean(values), rel=1e-12)
        assert row["sd"] == pytest.approx(np.std(values, ddof=1), rel=1e-9)
        assert row["low"] <= row["mean"] <= row["high"]
        assert row["unfinished"] == len(lost)
    assert built["leaderboard"]["unfinished"].any()


def test_ranks_are_in_the_order_of_the_means(built):
    for (problem, _), board in built["leaderboard"].groupby(["problem", "track"]):
        up = problem == "valley"
        assert board.sort_values("mean", ascending=up)["rank"].is_monotonic_increasing


def test_every_pair_is_compared_once_and_the_leaderboard_says_the_same(built, study):
    names = list(study.optimizers)
    for (problem, track), rows in built["comparisons"].groupby(["problem", "track"]):
        board = only(built["leaderboard"], problem=problem, track=track).set_index("optimizer")
        pairs = [frozenset(pair) for pair in zip(rows["optimizer"], rows["rival"], strict=True)]
        assert sorted(map(sorted, pairs)) == sorted(
            map(sorted, itertools.combinations(sorted(names), 2))
        )
        for row in rows.to_dict("records"):
            first, second = row["optimizer"], row["rival"]

            def says(name, column, board=board):
                return str(board.loc[name, column]).split()

            better = row["verdict"].startswith("better")
            assert (second in says(first, "better_than")) == better
            assert (first in says(second, "worse_than")) == better
            for column, word in (("equivalent_to", "equivalent"), ("undecided_with", "undecided")):
                for a, b in ((first, second), (second, first)):
                    assert (b in says(a, column)) == row["verdict"].endswith(word)
        beaten = set(rows[rows["verdict"].str.startswith("better")]["rival"])
        assert set(board[board["contender"]].index) == set(names) - beaten


def test_a_verdict_follows_from_its_interval_and_margin(built):
    for row in built["comparisons"].dropna(subset=["difference"]).to_dict("records"):
        assert row["low"] <= row["difference"] <= row["high"]
        better = row["low"] > 0
        equivalent = -row["margin"] < row["low"] and row["high"] < row["margin"]
        words = ["better"] * better + ["equivalent"] * equivalent
        assert row["verdict"] == (" and ".join(words) or "undecided")


def test_a_difference_is_paired_by_seed(built, results):
    row = only(built["comparisons"], problem="valley", track="tuned").iloc[0]
    loss = {
        name: [r.curve["train_loss"][-1] for r in results.evaluated("valley", name, "tuned")]
        for name in (row["optimizer"], row["rival"])
    }
    d = np.subtract(loss[row["rival"]], loss[row["optimizer"]])  # lower is better
    assert row["difference"] == pytest.approx(d.mean())
    assert row["wins"] == pytest.approx(np.mean(d > 0))
    # nobody's luck moves the margin
    untrained = only(built["leaderboard"], problem="valley")["untrained"].unique()
    assert row["margin"] == pytest.approx(0.05 * untrained.item())


def test_a_margin_of_the_problem_goes_before_that_of_the_study(tmp_path):
    study = fabricate(
        tmp_path, problems=("network",), optimizers=("sgd", "adam"), tracks=("tuned",)
    )
    study.problems["network"] = {**PROBLEMS["network"], "margin": 0.5}
    made = tables.build(load_results(study))
    assert made["comparisons"]["margin"].eq(0.5).all()
    assert made["comparisons"]["verdict"].str.endswith("equivalent").all()


def test_differences_on_other_data_are_less_sure(built):
    for problem in ("network", "convex"):
        pairs = only(built["comparisons"], problem=problem).dropna(subset=["low"])
        wider = pairs["high_other_data"] - pairs["low_other_data"] - (pairs["high"] - pairs["low"])
        assert (wider > -1e-12).all()
        assert (wider > 0).mean() > 0.9
    assert only(built["comparisons"], problem="valley")["low_other_data"].isna().all()


def test_the_resolution_is_what_a_pair_needs_to_be_told_apart(built):
    for row in built["resolution"].to_dict("records"):
        pairs = only(built["comparisons"], problem=row["problem"], track=row["track"])
        assert row["undecided"] == pairs["verdict"].eq("undecided").sum()
        assert row["pairs"] == 15
        assert not row["saturated"]
        assert row["seeds"] == 10
        far = pairs[pairs["difference"] > 4 * row["least_difference"]]
        assert far["verdict"].str.startswith("better").all()


def test_nothing_was_learned_where_the_untrained_model_is_as_good(tmp_path):
    def change(record):
        if record.optimizer == "sgd":
            for split in ("train", "validation", "test"):
                curve = record.curve[f"{split}_accuracy"]
                curve[-1] = curve[0] + 0.001 * (record.seed % 3 - 1)

    study = fabricate(
        tmp_path,
        problems=("network",),
        optimizers=("sgd", "adam"),
        tracks=("tuned",),
        change=change,
    )
    board = tables.build(load_results(study))["leaderboard"].set_index("optimizer")
    assert board["learned"].to_dict() == {"adam": True, "sgd": False}


def test_steps_to_target_are_the_first_evaluation_on_target(built, results):
    target = PROBLEMS["network"]["target"]["value"]
    for row in only(built["runs"], problem="network", stage="evaluation").to_dict("records"):
        record = results.records[Run("network", row["optimizer"], row["candidate"], row["seed"])]
        met = [
            s
            for s, v in zip(record.curve["step"], record.curve["validation_accuracy"], strict=True)
            if v >= target
        ]
        assert row["target_reached"] == bool(met)
        assert row["steps_to_target"] == (met[0] if met else 5 * 430)


def test_ratios_of_steps_to_the_target_are_geometric_means(built):
    runs = only(built["runs"], problem="network", track="tuned", counts=True)
    pairs = only(built["steps_to_target"], problem="network", track="tuned")
    assert len(pairs) == 15
    for row in pairs.dropna(subset=["ratio"]).to_dict("records"):
        first, second = (
            only(runs, optimizer=row[key]).sort_values("seed")["steps_to_target"].to_numpy()
            for key in ("optimizer", "rival")
        )
        assert row["ratio"] == pytest.approx(np.exp(np.mean(np.log(second / first))))
        assert row["low"] <= row["ratio"] <= row["high"]
        assert (row["low"] > 1) == row["verdict"].startswith("better")
    # one evaluation an epoch shows twice the time, and no smaller difference
    by_verdict = pairs.groupby("verdict")["ratio"]
    assert by_verdict.max()["undecided"] < by_verdict.min()["better"]
    assert set(pairs["verdict"]) == {"better", "undecided"}
    assert set(built["steps_to_target"]["problem"]) == {"network", "convex"}


def test_a_rule_that_takes_two_gradients_a_step_pays_for_two(built, results):
    runs = built["runs"][built["runs"]["target_reached"].eq(True)]
    per_step = runs["gradient_evaluations_to_target"] / runs["steps_to_target"]
    for optimizer, values in per_step.groupby(runs["optimizer"]):
        assert (values == GRADIENTS_PER_STEP.get(optimizer, 1)).all()
    assert set(GRADIENTS_PER_STEP) < set(runs["optimizer"])
    # where all hit, no mean is restricted
    counted = built["runs"][built["runs"]["counts"].eq(True)]
    all_hit = counted.groupby(["problem", "track"])["target_reached"].apply(
        lambda reached: reached.eq(True).all()
    )
    keys = ["problem", "track", "optimizer", "rival"]
    steps, gradients = (
        built[name][
            [all_hit[of] for of in zip(*map(built[name].get, keys[:2]), strict=True)]
        ].set_index(keys)
        for name in ("steps_to_target", "gradients_to_target")
    )
    dearer = 0
    for key, row in gradients.iterrows():
        # the pair is named by who is faster, which the price of a step may turn
        other = (*key[:2], key[3], key[2])
        ratio = steps.loc[key, "ratio"] if key in steps.index else 1 / steps.loc[other, "ratio"]
        first, second = (GRADIENTS_PER_STEP.get(name, 1) for name in key[2:])
        assert row["ratio"] == pytest.approx(ratio * second / first)
        dearer += first != second
    assert dearer > 0


def test_seconds_to_the_target_are_steps_times_the_cost_of_a_step(results):
    table = cost.timing(results)["seconds_to_target"]
    row = only(table, problem="network", track="tuned").dropna(subset=["ratio"]).iloc[0]
    seconds = []
    for run, record in results.counting("network", row["optimizer"], "tuned"):
        costs = json.loads(results.study.costs_path(run).read_text())
        target = PROBLEMS["network"]["target"]["value"]
        reached = next(
            step
            for step, value in zip(
                record.curve["step"], record.curve["validation_accuracy"], strict=True
            )
            if value >= target
        )
        seconds.append(reached * costs["training_seconds"] / record.steps)
    assert row["median"] == pytest.approx(np.median(seconds))


def test_a_learning_rate_with_a_diverged_run_counts_it(built, results):
    grid = built["learning_rates"]
    assert grid["unfinished"].sum() == sum(
        r.status is not Status.FINISHED
        for run, r in results.records.items()
        if run.candidate.startswith("lr-")
    )
    summed = grid.groupby(["problem", "optimizer"])["unfinished"].sum()
    for row in built["sensitivity"].to_dict("records"):
        assert row["unfinished"] == summed[row["problem"], row["optimizer"]]
        assert row["divergence_rate"] == pytest.approx(row["unfinished"] / row["runs"])


def test_the_expected_best_of_all_trials_is_as_good_as_the_chosen_one(built):
    budget, tuned = built["tuning_budget"], built["tuned"]
    last = budget[budget["trials"] == 7].set_index(["problem", "optimizer"])["expected_best"]
    for row in only(tuned, track="tuned").to_dict("records"):
        best = last[row["problem"], row["optimizer"]]
        if row["metric"].endswith("accuracy"):
            assert 0 <= best - row["mean"] <= luck_of_validation(best)
        else:
            assert best == pytest.approx(row["mean"])


def test_normalised_scores_are_0_untrained_and_1_for_the_best_mean(results, study):
    for problem in study.problems:
        best = -math.inf
        for track in study.tracks:
            found = normalised_scores(results, problem, track)
            best = max(best, *(np.mean(values) for values in found.values()))
            if track == "default":
                lost = [r.status is not Status.FINISHED
                        for r in results.evaluated(problem, "rmsprop", track)]  # fmt: skip
                assert all(found["rmsprop"][i] == 0 for i in np.flatnonzero(lost))
        assert best == pytest.approx(1.0)


def test_no_problem_is_trimmed_away_from_what_is_said_of_all(built, results, study):
    for row in only(built["across_problems"], track="tuned").to_dict("records"):
        means = {
            problem: np.mean(normalised_scores(results, problem, "tuned")[row["optimizer"]])
            for problem in study.problems
        }
        assert row["mean"] == pytest.approx(np.mean(list(means.values())))
        assert row["low"] <= row["mean"] <= row["high"]
        worst = row["worst_problem"]
        assert (
            row["shortfall"]
            == pytest.approx(1 - means[worst])
            == pytest.approx(1 - min(means.values()))
        )
        assert row["shortfall_low"] <= row["shortfall"] <= row["shortfall_high"]


def test_a_learning_curve_is_the_geometric_mean_with_student_s_interval(built, results):
    row = only(
        built["learning_curves"], problem="network", track="tuned", optimizer="adam", epoch=3.0
    ).iloc[0]
    logs = np.log([r.curve["train_loss"][3] for r in results.evaluated("network", "adam", "tuned")])
    low, high = stats.t.interval(0.95, len(logs) - 1, logs.mean(), stats.sem(logs))
    assert (row["mean"], row["low"], row["high"]) == pytest.approx(
        (math.exp(logs.mean()), math.exp(low), math.exp(high))
    )


@pytest.mark.parametrize("split", ["test", "validation"])
def test_a_metric_s_curve_is_its_mean_with_student_s_interval(built, results, split):
    name = f"{split}_accuracy"
    of = only(built["metric_curves"], problem="network", track="tuned", optimizer="adam")
    row = only(of, metric=name, epoch=3.0).iloc[0]
    values = np.array([r.curve[name][3] for r in results.evaluated("network", "adam", "tuned")])
    expected = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx(expected)
    assert row["mean"] == pytest.approx(values.mean())
    assert row["runs"] == row["seeds"] == len(values)


def test_a_table_without_rows_is_read_with_its_types(tmp_path):
    empty = tables.frame("learning_curves", [])
    empty.to_csv(tmp_path / "learning_curves.csv", index=False)
    read = read_table("learning_curves", tmp_path / "learning_curves.csv")
    assert list(read.dtypes) == list(empty.dtypes)


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_the_commands_write_the_same_bytes_twice_and_read_back(study):
    files = []
    for _ in range(2):
        assert tables.main([str(study.folder / "study.json")]) == 0
        assert cost.main([str(study.folder / "study.json")]) == 0
        files.append(contents(study.folder / "tables") | contents(study.folder / "timing"))
    assert files[0] == files[1]
    for folder in ("tables", "timing"):
        names = {f"{folder}/{name}" for name in contents(study.folder / folder)}
        assert names == set(columns.files(folder))
    read = pd.read_csv(study.folder / "tables" / "leaderboard.csv")
    assert len(read) == 3 * 3 * 6
    json.loads(pd.read_parquet(study.folder / "tables" / "runs.parquet")["hyperparameters"].iloc[0])


def test_tables_for_print_have_titles_and_tables_for_machines_have_keys(study):
    folder = study.folder / "tables"
    for name in ("leaderboard", "comparisons", "sensitivity", "tuning_budget"):
        typeset = [(folder / f"{name}.{suffix}").read_text() for suffix in ("tex", "md")]
        table = pd.read_csv(folder / f"{name}.csv")
        assert set(table["problem"]) == set(study.problems)
        for column, titles in (
            ("problem", study.problem_titles),
            ("optimizer", study.optimizer_titles),
        ):
            for key in table[column].unique():
                for text in typeset:
                    assert titles[key] in text
                    assert not re.search(rf"\b{key}\b", text)


def test_latex_needs_no_character_that_latex_takes_for_its_own(study):
    tables.main([str(study.folder / "study.json")])
    text = (study.folder / "tables" / "leaderboard.tex").read_text()
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + 3 * 3 * 6
    for line in rows:
        assert line.replace(r"\&", "").count("&") == 13
        assert "%" not in line.replace(r"\%", "")
        assert "_" not in line.replace(r"\_", "")


def test_a_missing_run_is_named(tmp_path, capsys):
    study = fabricate(tmp_path, problems=("network",), optimizers=("sgd",), tracks=("default",))
    run = study.evaluation_runs("network", "sgd", "default")[3]
    study.record_path(run).unlink()
    assert tables.main([str(tmp_path / "study.json")]) == 1
    said = capsys.readouterr().err
    assert "1 of 10 files are missing" in said
    assert "seed-13.json" in said


@pytest.mark.parametrize(
    ("field", "what"),
    [
        ("fingerprint", "problem fingerprints"),
        ("initial_parameters", "initial parameters"),
        ("batch_order", "batch orders in epoch 1"),
    ],
)
def test_runs_that_are_not_comparable_are_refused(tmp_path, capsys, field, what):
    def spoil(record):
        if (record.optimizer, record.candidate, record.seed) == ("adam", "tuned-2", 12):
            other = "other" if field != "batch_order" else [record.batch_order[0], *"abcd"]
            setattr(record, field, other)

    fabricate(tmp_path, problems=("network",), optimizers=("sgd", "adam"), change=spoil)
    assert tables.main([str(tmp_path / "study.json")]) == 1
    said = capsys.readouterr().err
    assert f"runs of network have different {what}" in said
    assert "adam/tuned-2/seed-12" in said
    assert not (tmp_path / "tables").exists()


def test_a_problem_that_changed_between_seeds_is_refused_though_folds_may_differ(tmp_path):
    def drift(record):
        if record.problem == "network" and record.seed >= 15:
            record.fingerprint = "drawn again"

    load_results(fabricate(tmp_path / "folds", problems=("convex",), optimizers=("sgd",)))
    drifted = fabricate(
        tmp_path / "drift", problems=("network",), optimizers=("sgd",), change=drift
    )
    with pytest.raises(ValueError, match="different problem fingerprints"):
        load_results(drifted)


def test_one_optimizer_and_one_seed_have_tables(tmp_path):
    study = fabricate(
        tmp_path, problems=("network",), optimizers=("sgd",), evaluation_seeds=(10,), points=1
    )
    made = tables.build(load_results(study))
    assert made["comparisons"].empty
    assert made["leaderboard"]["low"].isna().all()
    assert made["leaderboard"]["contender"].all()
    tables.write(made, study, tmp_path)


def test_a_problem_that_leaders_solve_is_saturated(tmp_path):
    def solve(record):
        if record.optimizer != "sgd" and "test_accuracy" in record.curve:
            record.curve["test_accuracy"][-1] = 1.0

    study = fabricate(tmp_path, problems=("network",), tracks=("tuned",), change=solve)
    assert tables.build(load_results(study))["resolution"]["saturated"].all()
