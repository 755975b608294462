from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from small_datasets import dense, reviews

from descent.data.dataset import save_dataset
from descent.problems.logistic_regression import LogisticRegressionProblem
from descent.problems.optimum import find_optimum, main


@pytest.fixture
def problem():
    return LogisticRegressionProblem("p", reviews(), l2=0.05, dtype="float64")


@pytest.mark.parametrize(("classes", "solver"), [(2, "newton-cholesky"), (4, "newton-cg")])
def test_agrees_with_scikit_learn(classes, solver):
    problem = LogisticRegressionProblem("p", reviews(classes), l2=0.05, dtype="float64")
    found = find_optimum(problem)
    counts, labels = problem._counts["train"], problem._labels["train"]
    strength = 1.0 / (0.05 * len(labels))
    sklearn = LogisticRegression(C=strength, tol=1e-12, solver=solver, max_iter=1000)
    sklearn.fit(counts.toarray(), labels)
    theta = np.append(sklearn.coef_.T.ravel(), sklearn.intercept_)
    theirs = problem.evaluate(theta, "train")["loss"]
    assert found.optimum == pytest.approx(theirs, rel=1e-12)
    # the intercepts of a softmax are known up to a constant
    weights = slice(None, -1 if classes == 2 else -classes)
    np.testing.assert_allclose(found.theta[weights], theta[weights], atol=1e-6)
    if classes == 2:
        assert found.theta[-1] == pytest.approx(theta[-1], abs=1e-6)


def test_nothing_near_it_is_lower(problem):
    found = find_optimum(problem)
    rng = np.random.default_rng(0)
    assert problem.evaluate(found.theta, "train")["loss"] == pytest.approx(found.optimum, rel=1e-14)
    for scale in (1e-4, 1e-2, 1.0):
        for _ in range(5):
            nearby = found.theta + scale * rng.normal(size=problem.size)
            assert problem.evaluate(nearby, "train")["loss"] > found.optimum


def test_single_precision_is_refused():
    with pytest.raises(ValueError, match=r"float64\. Received: float32"):
        find_optimum(LogisticRegressionProblem("p", reviews()))


def test_the_command_writes_what_the_problem_takes(tmp_path, problem):
    save_dataset(reviews(), tmp_path / "data")
    output = tmp_path / "optimum.json"
    settings = json.dumps({"use": "logistic_regression", "l2": 0.05, "mini_batch": 3})
    arguments = ["--settings", settings, "--dataset", str(tmp_path / "data")]
    assert main([*arguments, "--output", str(output)]) == 0
    content = json.loads(output.read_text())
    assert content["optimum"] == find_optimum(problem).optimum
    assert content["error_bound"] <= 1e-12 * content["optimum"]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_command_tells_what_is_wrong(tmp_path, capsys):
    save_dataset(reviews(), tmp_path / "data")
    rest = ["--output", str(tmp_path / "optimum.json"), "--dataset"]
    wrong = json.dumps({"use": "logistic_regression", "minibatch": 5})
    assert main(["--settings", wrong, *rest, str(tmp_path / "data")]) == 1
    assert "Did you mean 'mini_batch'" in capsys.readouterr().err
    right = json.dumps({"use": "logistic_regression"})
    assert main(["--settings", right, *rest, str(tmp_path / "nowhere")]) == 1
    assert "not prepared" in capsys.readouterr().err
    save_dataset(dense(), tmp_path / "dense")
    with pytest.raises(SystemExit):
        main(["--settings", json.dumps({"use": "mlp"}), *rest, str(tmp_path / "dense")])
    assert "'mlp'" in capsys.readouterr().err
    assert not (tmp_path / "optimum.json").exists()
