import json
from pathlib import Path

import pytest
from study_config import BASE
from trained_study import planned, prepare_data

from descent.study import run_durations
from descent.study.run_durations import Durations


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return planned(BASE)


def costs(study, run, seconds):
    path = study.folder / "costs" / f"{run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = {"startup_seconds": 0.5, "training_seconds": seconds, "evaluation_seconds": 0.25}
    path.write_text(json.dumps(parts))


def test_an_optimizer_takes_as_long_as_its_earlier_runs(study):
    costs(study, "valley/sgd/default/seed-0", 1.0)
    costs(study, "valley/sgd/lr-0.1/seed-0", 3.0)
    costs(study, "valley/adam/default/seed-0", 10.0)
    assert Durations(study).seconds("valley", "sgd") == 2.75


def test_a_file_that_is_no_costs_is_passed_over(study):
    costs(study, "valley/sgd/default/seed-0", 1.0)
    (study.folder / "costs/valley/sgd/default/seed-1.json").write_text("{")
    assert Durations(study).seconds("valley", "sgd") == 1.75


def test_what_has_no_earlier_run_is_told_by_its_first_steps(study):
    costs(study, "valley/sgd/default/seed-0", 1000.0)
    study.config["problems"]["valley"]["epochs"] = 20_000
    assert 0.3 < Durations(study).seconds("valley", "adam") < 100.0  # not like SGD's earlier run


def test_without_data_an_optimizer_takes_as_long_as_the_others(study):
    assert Durations(study).seconds("mlp", "adam") is None
    costs(study, "mlp/sgd/default/seed-0", 1.0)
    assert Durations(study).seconds("mlp", "adam") == 1.75
    prepare_data(study, "digits")
    assert Durations(study).seconds("mlp", "adam") < 1.0


def test_a_plug_in_is_not_run_while_the_study_is_planned(study):
    study.config["optimizers"]["adam"]["use"] = "endless.py:Endless"
    Path("endless.py").write_text(
        "from descent.optimizers import SGD\n"
        "class Endless(SGD):\n"
        "    def direction(self, g, state):\n"
        "        while True: print('nothing')\n"
    )
    durations = Durations(study)
    assert durations.seconds("valley", "adam") == durations.seconds("valley", "sgd") > 0.1


def test_measuring_ends_when_it_has_taken_long(study, monkeypatch):
    monkeypatch.setattr(run_durations, "LONGEST_MEASURING", 0.0)
    durations = Durations(study)
    assert durations.seconds("valley", "sgd") == durations.seconds("valley", "adam")
