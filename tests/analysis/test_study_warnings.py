"""Each warning by a study that deserves it, and none on a clean one."""

import json
import re

import pytest
from fabricated_study import config, fabricate

from descent.analysis import study_warnings as lint
from descent.analysis.results import load_results
from descent.analysis.tables import build as tables
from descent.analysis.tables.study_tables import rows_of

CLEAN = {
    "problems": ("network", "convex"),
    "optimizers": ("sgd", "rmsprop", "adam"),
    "tracks": ("tuned",),
}


def warnings_of(folder, **of_study):
    study = fabricate(folder, **{**CLEAN, **of_study})
    made = tables.build(load_results(study))
    return rows_of(made["warnings"])


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


def test_a_grid_that_grew_is_no_unequal_budget(tmp_path):
    results = load_results(fabricate(tmp_path, **CLEAN))
    results.study.decide("network", "grid-1", '{"grown": {"adam": [1.0, 10.0]}}')
    assert list(lint.unequal_budgets(results, {})) == []


def test_few_evaluation_seeds_leave_most_undecided(tmp_path):
    (only,) = warnings_of(
        tmp_path,
        evaluation_seeds=(10, 11),
        problems=("network",),
        optimizers=("rmsprop", "adam"),
    )
    assert only["check"] == "mostly_undecided"
    assert re.search(
        r"MNIST, multilayer perceptron, tuned: 1 of 1 pairs are undecided; 2 seeds show "
        r"differences of test accuracy from \d\.\d\d points up, the margin is 0\.20 points",
        only["message"],
    )


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
    assert "30 of 30 runs miss the target validation accuracy 0.9999" in text
    assert "convex" not in text


def changed(do, **which):
    """Return a change of the records that have some values."""

    def change(record):
        if all(getattr(record, name) == value for name, value in which.items()):
            do(record)

    return change


def remark(record):
    record.remarks = ["no hidden weight matrix: all parameters were trained by AdamW"]


def status(value):
    return lambda record: setattr(record, "status", value)


def repeat_batches(record):
    record.batch_order = [f"the one order of {record.seed}"] * len(record.batch_order)


def unlucky(record):
    record.curve["test_accuracy"][-1] -= 0.05


def same_accuracy(record):
    record.curve["test_accuracy"][-1] = 0.5 + 0.01 * len(record.optimizer)


def under_the_minimum(by):
    def change(record):
        record.curve["train_loss"][-1] = record.optimum * (1 - by)

    return change


CONVEX = {"problem": "convex"}


@pytest.mark.parametrize(
    ("of_study", "expected", "message"),
    [
        (
            {"change": changed(remark, **CONVEX, optimizer="adam")},
            ("remarks_of_rules", "convex", "adam"),
            "Adam on Movie reviews, logistic regression, tuned: no hidden weight matrix: all "
            "parameters were trained by AdamW",
        ),
        (
            {"change": changed(status("timeout"), **CONVEX, optimizer="sgd", seed=11)},
            ("unfinished_runs", "convex", "sgd"),
            "SGD on Movie reviews, logistic regression, tuned: 1 of 10 evaluated runs diverged or "
            "ran out of time; such a run counts as the untrained model",
        ),
        (
            {"change": changed(unlucky, problem="network", optimizer="adam", seed=13)},
            ("outlying_seeds", "network", "adam"),
            "robust standard deviations from the median",
        ),
        (
            {"change": changed(same_accuracy, problem="network")},
            ("identical_seeds", "network", None),
            "every seed gives the same result",
        ),
        (
            {"change": changed(repeat_batches, problem="network")},
            ("repeated_batch_order", "network", None),
            "the mini-batches come in the same order in two epochs",
        ),
        (
            {"change": changed(under_the_minimum(1e-4), **CONVEX, optimizer="adam", seed=12)},
            ("below_minimum", "convex", "adam"),
            "is under the known minimum",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_what_deserves_one_warning(tmp_path, of_study, expected, message):
    found = warnings_of(tmp_path, **of_study)
    assert len(found) == 1, found
    (only,) = found
    assert (only["check"], only["problem"], only["optimizer"]) == expected
    assert message in only["message"]


@pytest.mark.parametrize(
    "of_study",
    [
        {"change": lambda r: r.hyperparameters["learning_rate"] > 1 and status("diverged")(r)},
        {"change": repeat_batches, "problems": ("valley",)},
        {"change": changed(under_the_minimum(1e-8), **CONVEX)},
    ],
    ids=["a divergence while tuning", "one batch an epoch", "a minimum but for rounding"],
)
def test_what_deserves_none(tmp_path, of_study):
    assert warnings_of(tmp_path, **of_study) == []


@pytest.mark.parametrize("strict", [False, True])
def test_strict_makes_warnings_errors_and_loses_no_table(tmp_path, capsys, strict):
    fabricate(tmp_path, **CLEAN, change=repeat_batches, strict=strict)
    study = str(tmp_path / "study.json")
    assert tables.main([study]) == 0
    before = (tmp_path / "tables" / "leaderboard.csv").read_bytes()
    assert lint.main([study]) == int(strict)
    said = capsys.readouterr().err
    assert said.startswith("error: " if strict else "warning: ")
    assert "the mini-batches come in the same order" in said
    assert (tmp_path / "tables" / "leaderboard.csv").read_bytes() == before


def test_what_was_remarked_when_data_were_prepared(tmp_path):
    fold = tmp_path / "data" / "reviews" / "fold-3" / "dataset.json"
    fold.parent.mkdir(parents=True)
    about = {"remarks": ["words are cut"]}
    fold.write_text(json.dumps({"shapes": {"validation_labels": [100]}, "about": about}))
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
