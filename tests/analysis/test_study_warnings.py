"""Each warning by a study that deserves it, and none on a clean one."""

import json
import re

import pytest
from fabricated_study import config, fabricate

from descent.analysis import study_warnings as lint
from descent.analysis.results import load_results
from descent.analysis.tables import build as tables
from descent.training.records import Status

CLEAN = {
    "problems": ("network", "convex"),
    "optimizers": ("sgd", "rmsprop", "adam"),
    "tracks": ("tuned",),
}


def warnings_of(folder, **of_study):
    study = fabricate(folder, **{**CLEAN, **of_study})
    made = tables.build(load_results(study))
    return made["warnings"].to_dict("records")


def checks(warnings):
    return {warning["check"] for warning in warnings}


def test_a_clean_study_has_no_warning(tmp_path):
    assert warnings_of(tmp_path) == []


def test_the_edge_of_the_grid(tmp_path):
    grids = config(**CLEAN)["grids"]
    grids["network"]["adam"] = [1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4]
    found = warnings_of(tmp_path, grids=grids)
    (only,) = found
    assert only["check"] == "edge_of_grid"
    assert (only["problem"], only["optimizer"], only["track"]) == ("network", "adam", "tuned")
    assert "0.0001, is the upper end of its grid 1e-07 to 0.0001" in only["message"]


def test_unequal_numbers_of_candidates(tmp_path):
    grids = config(**CLEAN)["grids"]
    grids["network"]["adam"] = [3.16e-05, 1e-3, 3e-2]
    found = warnings_of(tmp_path, grids=grids)
    assert (
        "MNIST, multilayer perceptron, tuned: Adam has 3, SGD 7 candidates" in found[0]["message"]
    )
    assert checks(found) == {"unequal_budgets"}


def test_unequal_widths_of_grids(tmp_path):
    grids = config(**CLEAN)["grids"]
    grids["network"]["adam"] = [3e-4, 5e-4, 8e-4, 1e-3, 1.2e-3, 2e-3, 3e-3]
    found = warnings_of(tmp_path, grids=grids)
    assert "unequal_budgets" in checks(found)
    assert any("Adam has 1, SGD 3 decades" in warning["message"] for warning in found)


def test_few_evaluation_seeds_leave_most_undecided(tmp_path):
    (only,) = warnings_of(
        tmp_path,
        evaluation_seeds=(10, 11, 12),
        problems=("network",),
        optimizers=("rmsprop", "adam"),
    )
    assert only["check"] == "mostly_undecided"
    assert re.search(
        r"MNIST, multilayer perceptron, tuned: 1 of 1 pairs are undecided; 3 seeds show "
        r"differences of test_accuracy from 0\.\d+ up, the margin is 0\.002",
        only["message"],
    )


def test_a_single_tuning_seed(tmp_path):
    (only,) = warnings_of(tmp_path, tuning_seeds=(0,))
    assert only["check"] == "single_tuning_seed"


@pytest.mark.parametrize("spread", [0.0, 0.02])
def test_a_choice_that_other_tuning_seeds_would_not_make(tmp_path, spread):
    def change(record):
        """Each of the three seeds has another favourite, of which the last is the best."""
        rates = grids["network"]["adam"]
        if record.problem == "network" and record.optimizer == "adam" and record.seed < 3:
            place = rates.index(record.hyperparameters["learning_rate"])
            favourite = place == record.seed + 2
            best = 0.97 + spread * (1 + 0.3 * record.seed) * favourite - 0.1 * (abs(place - 3) > 1)
            record.status = Status.FINISHED
            record.curve["validation_accuracy"] = [0.1, best + 1e-6 * place]
            for column in set(record.curve) - {"validation_accuracy"}:
                record.curve[column] = record.curve[column][-2:]

    grids = config(**CLEAN)["grids"]
    found = warnings_of(tmp_path, change=change)
    if not spread:
        assert found == []
        return
    (only,) = found
    assert (only["check"], only["optimizer"], only["problem"]) == (
        "unstable_tuning",
        "adam",
        "network",
    )


def test_a_corpus_too_small_to_decide(tmp_path):
    def change(record):
        """Two seeds of a fold agree, folds differ by more than the rules."""
        if record.problem == "convex" and record.optimizer == "adam":
            record.curve["test_accuracy"][-1] += 0.02 * (-1) ** (record.seed % 10)

    found = warnings_of(tmp_path, evaluation_seeds=tuple(range(10, 30)), change=change)
    too_small = [w for w in found if w["check"] == "corpus_too_small"]
    (only,) = too_small
    assert only["message"].startswith(
        "Movie reviews, logistic regression, tuned: the corpus is too small to decide 2 pairs"
    )


def test_what_a_rule_says_of_how_it_ran(tmp_path):
    def change(record):
        if record.problem == "convex" and record.optimizer == "adam":
            record.remarks = ["no hidden weight matrix: all parameters were trained by AdamW"]

    (only,) = warnings_of(tmp_path, change=change, tracks=("tuned",))
    assert only["check"] == "remarks_of_rules"
    assert only["message"] == (
        "Adam on Movie reviews, logistic regression, tuned: no hidden weight matrix: all "
        "parameters were trained by AdamW"
    )


@pytest.mark.parametrize("status", [Status.DIVERGED, Status.TIMEOUT])
def test_unfinished_runs_among_the_evaluated(tmp_path, status):
    def change(record):
        if (record.problem, record.optimizer, record.seed) == ("convex", "sgd", 11):
            record.status = status

    (only,) = warnings_of(tmp_path, change=change)
    assert only["check"] == "unfinished_runs"
    assert "SGD on Movie reviews, logistic regression, tuned: 1 of 10" in only["message"]


def test_a_problem_on_which_seeds_change_nothing(tmp_path):
    def change(record):
        if record.problem == "network":
            record.curve["test_accuracy"][-1] = 0.5 + 0.01 * len(record.optimizer)

    (only,) = warnings_of(tmp_path, change=change)
    assert (only["check"], only["problem"]) == ("identical_seeds", "network")


def test_optimizers_of_which_no_run_finished_have_no_mean(tmp_path):
    def change(record):
        if (record.problem, record.optimizer, record.candidate) == ("convex", "sgd", "tuned"):
            record.status = Status.DIVERGED

    (only,) = warnings_of(tmp_path, change=change)
    assert only["message"].endswith(
        "10 of 10 evaluated runs diverged or ran out of time; there is no mean"
    )


def test_runs_that_diverge_while_tuning_deserve_none(tmp_path):
    def change(record):
        if record.hyperparameters["learning_rate"] > 1:
            record.status = Status.DIVERGED

    assert warnings_of(tmp_path, change=change) == []


def test_a_target_that_most_miss(tmp_path):
    problems = config(**CLEAN)["problems"]
    target = {"metric": "validation_accuracy", "value": 0.9999}
    problems = {**problems, "network": {**problems["network"], "target": target}}
    fabricate(tmp_path, **CLEAN)
    plan = json.loads((tmp_path / "study.json").read_text())
    (tmp_path / "study.json").write_text(json.dumps({**plan, "problems": problems}))
    assert tables.main([str(tmp_path / "study.json")]) == 0
    text = (tmp_path / "tables" / "warnings.csv").read_text()
    assert "missed_target,network" in text
    assert "30 of 30 runs miss the target validation_accuracy 0.9999" in text
    assert "convex" not in text


def test_a_batch_order_that_repeats(tmp_path):
    def change(record):
        if record.problem == "network":
            record.batch_order = [f"the one order of {record.seed}"] * len(record.batch_order)

    (only,) = warnings_of(tmp_path, change=change)
    assert (only["check"], only["problem"]) == ("repeated_batch_order", "network")


def test_one_batch_an_epoch_cannot_be_in_another_order(tmp_path):
    def change(record):
        record.batch_order = ["always the same"] * len(record.batch_order)

    assert warnings_of(tmp_path, problems=("valley",), change=change) == []


def test_a_loss_under_the_known_minimum(tmp_path):
    def change(record):
        if (record.problem, record.optimizer, record.seed) == ("convex", "adam", 12):
            record.curve["train_loss"][-1] = record.optimum * (1 - 1e-4)

    (only,) = warnings_of(tmp_path, change=change)
    assert (only["check"], only["optimizer"]) == ("below_minimum", "adam")


def test_a_loss_at_the_minimum_but_for_rounding_deserves_none(tmp_path):
    def change(record):
        if record.problem == "convex":
            record.curve["train_loss"][-1] = record.optimum * (1 - 1e-8)

    assert warnings_of(tmp_path, change=change) == []


@pytest.mark.parametrize("strict", [False, True])
def test_strict_makes_warnings_errors_and_loses_no_table(tmp_path, capsys, strict):
    fabricate(tmp_path, **CLEAN, tuning_seeds=(0,), strict=strict)
    study = str(tmp_path / "study.json")
    assert tables.main([study]) == 0
    before = (tmp_path / "tables" / "leaderboard.csv").read_bytes()
    assert lint.main([study]) == int(strict)
    assert (
        "error: " if strict else "warning: "
    ) + "settings were chosen on a single" in capsys.readouterr().err
    assert (tmp_path / "tables" / "leaderboard.csv").read_bytes() == before


def test_a_clean_strict_study_passes(tmp_path, capsys):
    fabricate(tmp_path, **CLEAN, strict=True)
    assert tables.main([str(tmp_path / "study.json")]) == 0
    assert lint.main([str(tmp_path / "study.json")]) == 0
    assert capsys.readouterr().err == ""


def test_what_was_remarked_when_data_were_prepared(tmp_path):
    fold = tmp_path / "data" / "reviews" / "fold-3" / "dataset.json"
    fold.parent.mkdir(parents=True)
    fold.write_text(json.dumps({"shapes": {}, "about": {"remarks": ["words are cut"]}}))
    (only,) = warnings_of(tmp_path)
    assert (only["check"], only["problem"]) == ("remarks_on_data", "convex")
    assert only["message"] == "reviews, fold-3: words are cut"


def test_code_that_no_digest_covers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from descent.optimizers import Adam\n__import__('math')\nclass Mine(Adam):\n    pass\n"
    )
    rules = {name: {"use": "mine.py:Mine"} for name in CLEAN["optimizers"]}
    found = warnings_of(tmp_path / "study", optimizers=CLEAN["optimizers"], rules=rules)
    assert [w["message"] for w in found if w["check"] == "unfollowed_code"] == [
        "mine.py, line 2: a change of what __import__ loads here retrains nothing"
    ]


def test_every_check_is_tested():
    assert set(lint.CHECKS) == {
        "edge_of_grid",
        "unequal_budgets",
        "single_tuning_seed",
        "unstable_tuning",
        "mostly_undecided",
        "corpus_too_small",
        "unfinished_runs",
        "identical_seeds",
        "missed_target",
        "remarks_of_rules",
        "repeated_batch_order",
        "below_minimum",
        "remarks_on_data",
        "unfollowed_code",
    }
