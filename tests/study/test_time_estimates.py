import json

import pytest
from study_config import BASE
from trained_study import planned

from descent.study import time_estimates
from descent.study.time_estimates import Durations


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


def test_without_a_probe_a_new_optimizer_takes_as_long_as_the_others(study):
    costs(study, "valley/sgd/default/seed-0", 1.0)
    assert Durations(study).seconds("valley", "adam") == 1.75
    assert Durations(study).seconds("mlp", "adam") is None


def test_a_file_that_is_no_costs_is_passed_over(study):
    costs(study, "valley/sgd/default/seed-0", 1.0)
    (study.folder / "costs/valley/sgd/default/seed-1.json").write_text("{")
    assert Durations(study).seconds("valley", "sgd") == 1.75


def test_what_has_no_earlier_run_is_probed_before_its_data_are_there(study):
    costs(study, "valley/sgd/default/seed-0", 1000.0)
    study.config["problems"]["valley"]["epochs"] = 20_000
    study.config["problems"]["mlp"]["epochs"] = 100
    durations = Durations(study)
    durations.probe()
    probe = durations._probe
    durations.probe()
    assert durations._probe is probe  # once
    assert 0.05 < durations.seconds("valley", "adam") < 100.0  # not like SGD's earlier run
    assert durations.seconds("mlp", "adam") > 0.05
    assert not study.dataset_manifest("mlp", "all").exists()


def test_nothing_is_probed_where_all_is_known(study):
    for problem in study.problems:
        for optimizer in study.optimizers:
            costs(study, f"{problem}/{optimizer}/default/seed-0", 1.0)
    durations = Durations(study)
    durations.probe()
    assert durations._probe is None


def test_a_probe_that_hangs_or_fails_costs_an_estimate_and_no_more(study, monkeypatch):
    monkeypatch.setattr(time_estimates, "LONGEST_PROBE", 0.5)
    study.config["optimizers"]["adam"]["use"] = "hangs.py:Hangs"
    (study.folder.parent.parent / "hangs.py").write_text("while True: pass\n")
    durations = Durations(study)
    durations.probe()
    assert durations.seconds("valley", "adam") is None
    assert durations._probe.poll() is not None


def test_what_plug_ins_print_and_raise_costs_no_other_an_estimate(study):
    study.config["optimizers"]["sgd"]["use"] = "loud.py:Fails"
    study.config["optimizers"]["adam"]["use"] = "loud.py:Prints"
    (study.folder.parent.parent / "loud.py").write_text(
        "from descent.optimizers import Adam, SGD\n"
        "print('[1, 2]', '[0.1 0.2]', sep='\\n')\n"
        "class Prints(Adam):\n    pass\n"
        "class Fails(SGD):\n"
        "    def direction(self, g, state):\n        raise RuntimeError('on purpose')\n"
    )
    durations = Durations(study)
    durations.probe()
    assert durations._known("valley", "sgd") is None
    assert durations._known("valley", "adam") > 0.0
    assert durations._known("mlp", "adam") > 0.0
