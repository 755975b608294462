import json

from descent.study.time_estimates import Durations


def costs(folder, run, seconds):
    path = folder / f"{run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {"startup_seconds": 0.5, "training_seconds": seconds, "evaluation_seconds": 0.25}
    path.write_text(json.dumps(parts))


def test_an_optimizer_takes_as_long_as_its_earlier_runs(tmp_path):
    costs(tmp_path, "bowl/sgd/default/seed-0", 1.0)
    costs(tmp_path, "bowl/sgd/lr-0.1/seed-0", 3.0)
    costs(tmp_path, "bowl/adam/default/seed-0", 10.0)
    assert Durations(tmp_path).seconds("bowl", "sgd") == 2.75


def test_a_new_optimizer_takes_as_long_as_the_others_on_the_problem(tmp_path):
    costs(tmp_path, "bowl/sgd/default/seed-0", 1.0)
    costs(tmp_path, "bowl/adam/default/seed-0", 3.0)
    assert Durations(tmp_path).seconds("bowl", "lion") == 2.75


def test_nothing_is_known_of_a_new_problem(tmp_path):
    assert Durations(tmp_path / "none").seconds("bowl", "sgd") is None


def test_a_file_that_is_no_costs_is_passed_over(tmp_path):
    costs(tmp_path, "bowl/sgd/default/seed-0", 1.0)
    (tmp_path / "bowl/sgd/default/seed-1.json").write_text("{")
    assert Durations(tmp_path).seconds("bowl", "sgd") == 1.75
