"""Problems that are commands: what is filled in, and what is refused before anything runs."""

import copy

import pytest

from descent.foundation.command_template import filled, values_of
from descent.foundation.source_digest import unfollowed
from descent.study.config.errors import ConfigError
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Study

#: The study of the issue tracker's first request: it names nothing but what it must.
STUDY = {
    "problems": {
        "mine": {
            "use": "command",
            "run": "python train.py --opt {optimizer} --lr {learning_rate} --seed {seed} "
            "--steps {steps}",
            "steps": 1000,
            "files": ["train.py"],
            "margin": 0.01,
        }
    },
    "optimizers": {
        "adamw": {"use": "command", "learning_rates": [0.001, 0.003, 0.01], "weight_decay": 0.1},
        "sgd": {"use": "command", "learning_rates": [0.1, 0.3]},
    },
}
LR = "{learning_rate} {seed}"


@pytest.fixture(autouse=True)
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("import part\npart.net.eval()\n", encoding="utf-8")
    (tmp_path / "part.py").write_text("RATE = 1\n", encoding="utf-8")


def changed(changes):
    config = copy.deepcopy(STUDY)
    for path, value in changes.items():
        *above, last = path.split("/")
        part = config
        for key in above:
            part = part[key]
        part[last] = value
    return config


def test_a_study_of_a_script_needs_little():
    config = validate(STUDY)
    assert validate(config) == config
    assert config["tracks"] == ["tuned"], "a command has no learning rate of its own"
    assert config["problems"]["mine"]["epochs"] == 1000
    assert config["problems"]["mine"]["metric"] == "test_loss"
    assert "schedule" not in config["optimizers"]["adamw"], "the script is not told of it"
    study = Study(with_grids(config), "results/mine")
    assert unfollowed(study.plug_ins()) == []
    job = study.job(study.tuning_runs("mine", "adamw", "tuned")[0])
    entry = job["optimizer"]["entry"] | job["hyperparameters"]
    values = values_of(job["problem"]["settings"], entry, steps=1000, seed=job["seed"])
    assert " ".join(filled(job["problem"]["settings"]["run"], values)) == (
        "python train.py --opt adamw --lr 0.001 --seed 0 --steps 1000"
    )


def test_the_study_s_schedules_are_handed_to_a_script_that_takes_them():
    run = f"python train.py {{optimizer}} {LR} {{schedule}} {{warmup_steps}}"
    config = validate(changed({"problems/mine/run": run}) | {"schedules": ["linear", "constant"]})
    entry = config["optimizers"]["adamw-constant"]
    assert (entry["optimizer"], entry["schedule"]["use"]) == ("adamw", "constant")
    words = filled(run, values_of({}, entry, steps=1000, seed=1, learning_rate=0.1))
    assert words[2:] == ["adamw", "0.1", "1", "constant", "50"]


def test_a_list_in_the_settings_of_a_command_is_a_ladder():
    run = f"python train.py {{optimizer}} {LR} {{width}}"
    config = validate(changed({"problems/mine/run": run, "problems/mine/width": [16, 32]}))
    assert {name: entry["width"] for name, entry in config["problems"].items()} == {
        "mine-width-16": 16,
        "mine-width-32": 32,
    }


@pytest.mark.parametrize("file", ["train.py", "part.py"])
def test_a_change_of_a_file_or_of_what_it_imports_trains_again(tmp_path, file, monkeypatch):
    from descent.foundation import source_digest
    from descent.study import plan

    study = Study(with_grids(validate(STUDY)), tmp_path / "results")

    def source():
        for cached in (source_digest._read, source_digest._imported, plan._command_source):
            cached.cache_clear()
        return study.source("mine", "adamw")

    before = source()
    text = (tmp_path / file).read_text(encoding="utf-8")
    (tmp_path / file).write_text(f"{text}# a remark\n", encoding="utf-8")
    assert source() == before
    (tmp_path / file).write_text(f"{text}STEPS = 2\n", encoding="utf-8")
    assert source() != before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"problems/mine/run": f"python train.py {{optimiser}} {LR}"}, "Did you mean 'optimizer'"),
        ({"problems/mine/run": "python train.py {optimizer} {seed}"}, "lacks {learning_rate}"),
        ({"problems/mine/run": "python train.py {optimizer} {learning_rate}"}, "lacks {seed}"),
        ({"problems/mine/run": f"python train.py {LR}"}, "is the same for adamw and sgd"),
        ({"problems/mine/run": f"python train.py {LR} {{a.b}}"}, "{a.b} is no placeholder"),
        ({"problems/mine/run": f"python train.py {LR} '"}, "No closing quotation"),
        ({"problems/mine/files": []}, "lacks train.py"),
        ({"problems/mine/files": ["trian.py", "train.py"]}, "there is no file trian.py"),
        ({"problems/mine/metric": "test_fid"}, "(lower is better)"),
        ({"problems/mine/steps": 0}, "problems.mine.steps: must be at least 1"),
        ({"problems/mine/wdith": 3}, "problems.mine.wdith: has no effect"),
        ({"problems/mine/dataset": "digits"}, "has no effect on a command"),
        ({"optimizers/sgd/grid": {"momentum": [0, 0.9]}}, "grid.momentum: has no effect"),
        ({"optimizers/sgd/betas": [0.9, 0.99]}, "betas: must be text, a number"),
        ({"optimizers/sgd/schedule": {"use": "cosine"}}, "sgd.schedule: has no effect"),
        ({"schedules": ["linear", "constant"]}, "schedules: `run` of mine lacks {schedule}"),
        ({"optimizers/sgd": {"use": "sgd"}}, "sgd (sgd) cannot train mine (command)"),
        (
            {"problems/digits": {"use": "rosenbrock", "epochs": 3}},
            "adamw (command) cannot train digits (rosenbrock)",
        ),
        ({"problems/mine/use": "comand", "problems/mine/epochs": 1}, "Did you mean 'command'?"),
        ({"optimizers/sgd": {"use": "command"}}, "optimizers.sgd.learning_rates.centre: missing"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_does(changes, said):
    with pytest.raises(ConfigError) as refused:
        validate(changed(changes))
    assert said in str(refused.value)


def test_what_must_be_said_is_asked_for():
    with pytest.raises(ConfigError) as refused:
        validate(STUDY | {"problems": {"mine": {"use": "command"}}})
    for key in ("run", "steps", "files"):
        assert f"problems.mine.{key}: missing" in str(refused.value)
