"""Every measurement works on tiny data, and says of a missing library that it is missing."""

import math
from importlib.util import find_spec
from pathlib import Path

import pytest

from descent.benchmark import (
    estimates,
    job_memory,
    job_start,
    libraries,
    logistic_epoch,
    mlp_epoch,
    mlp_run,
    optimizer_step,
    rnn_epoch,
    rnn_run,
    softmax_epoch,
    step_growth,
    study_cost,
    study_share,
)
from descent.benchmark.__main__ import MEASUREMENTS, main
from descent.benchmark.libraries import TORCH_RULES
from descent.benchmark.rows import OURS, PRODUCTS, read_rows
from descent.benchmark.setting import SIZES, Setting, Size
from descent.benchmark.whole_run import PLAIN
from descent.benchmark.workflow_run import Elapsed
from descent.data.prepare import main as prepare
from descent.optimizers import OPTIMIZERS
from descent.study.config.loading import validate
from descent.study.grids import with_grids
from descent.study.plan import Study
from descent.training.records import Costs, write_costs

ROOT = Path(__file__).resolve().parents[2]
TINY = Size(
    real_data=False,
    rounds=1,
    parameters=(100,),
    step_seconds=0.001,
    starts=1,
    jobs=2,
    runs=(2, 3),
    overhead_runs=2,
    run_seconds=0.05,
    dry_runs=4,
    growth_units=(2, 4),
    growth_mini_batches=(500, 1000),
)
EPOCHS = {
    mlp_epoch: ("digits", {"use": "mlp", "hidden": [4], "mini_batch": 400}),
    softmax_epoch: ("digits", {"use": "softmax_regression", "mini_batch": 400}),
    rnn_epoch: ("reviews", {"use": "rnn", "hidden": 3, "mini_batch": 16}),
    logistic_epoch: ("reviews", {"use": "logistic_regression", "mini_batch": 16}),
}
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    settings = {
        "digits": '{"use": "digits"}',
        "reviews": '{"use": "generated_reviews", "reviews": 60, "max_features": 50}',
    }
    for name, text in settings.items():
        where = ["--downloads", str(folder), "--output", str(folder / name)]
        assert prepare(["--settings", text, *where]) == 0
    return folder


@pytest.fixture(params=EPOCHS, ids=lambda module: module.__name__.rpartition(".")[2])
def epoch(request, datasets):
    dataset, problem = EPOCHS[request.param]
    return request.param, Setting(TINY, problem, datasets / dataset)


@pytest.fixture
def job_path(monkeypatch):
    """Processes that a measurement starts find the package where this one did."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"))


@pytest.fixture
def no_libraries(monkeypatch):
    monkeypatch.setattr(libraries, "find_spec", lambda library: None)


def by_case(rows):
    cases = {}
    for row in rows:
        cases.setdefault(row.case, {})[row.candidate] = row
    return cases


def assert_measured(row):
    assert row.value is not None, row
    assert math.isfinite(row.value), row
    assert row.value > 0, row


def test_an_epoch_is_measured_beside_its_products(epoch, no_libraries):
    module, setting = epoch
    cases = by_case(module.measure(setting))
    assert list(cases) == ["sgd", "rmsprop", "adam"]
    for rows in cases.values():
        assert_measured(rows[OURS])
        floors = [row for name, row in rows.items() if name.startswith(PRODUCTS)]
        assert floors
        for row in floors:
            assert_measured(row)


def test_a_missing_library_is_a_row_that_says_so(epoch, no_libraries):
    module, setting = epoch
    for rows in by_case(module.measure(setting)).values():
        others = [row for name, row in rows.items() if not name.startswith((OURS, PRODUCTS))]
        assert {row.value for row in others} == {None}
        notes = {row.note for row in others}
        assert "PyTorch is not installed" in notes
        assert all(note.endswith("is not installed") for note in notes)


@needs_torch
def test_pytorch_and_scikit_learn_are_measured_where_they_are(epoch):
    module, setting = epoch
    for rule, rows in by_case(module.measure(setting)).items():
        torch = [row for name, row in rows.items() if name.startswith("PyTorch")]
        assert any(row.value for row in torch), rule
        assert all(row.value or row.note for row in rows.values())


@pytest.mark.parametrize("layout", mlp_epoch.LAYOUTS)
def test_products_are_those_of_every_mini_batch(layout):
    products = mlp_epoch.Products((5, 4, 3), 25, 10, layout)
    assert products._batches == [10, 10, 5]
    products()
    for layer, (inputs, outputs) in zip(products._layers, [(5, 4), (4, 3)], strict=True):
        W, gradient = layer["W"], layer["gradient"]
        assert W.shape == gradient.shape == (inputs, outputs)
        assert (
            W.flags.c_contiguous == gradient.flags.c_contiguous == (layout == "(inputs, outputs)")
        )
        h, delta = layer["h"][:5], layer["delta"][:5]
        assert layer["z"][:5] == pytest.approx(h @ W, rel=1e-5)
        assert gradient == pytest.approx(h.T @ delta, rel=1e-5)
    last = products._layers[-1]
    assert last["below"][:5] == pytest.approx(last["delta"][:5] @ last["W"].T, rel=1e-5)


def test_a_step_of_every_rule_with_one_gradient_is_measured(no_libraries):
    cases = by_case(optimizer_step.measure(Setting(TINY)))
    assert len(cases) == len(optimizer_step.RULES) >= 15
    for rows in cases.values():
        assert_measured(rows[OURS])
        assert_measured(rows[optimizer_step.TRAFFIC])
        assert rows["PyTorch, fused"].note


@needs_torch
def test_a_step_of_pytorch_is_measured_for_every_rule_that_both_have():
    for case, rows in by_case(optimizer_step.measure(Setting(TINY))).items():
        if case.partition(",")[0] in TORCH_RULES:
            assert_measured(rows["PyTorch, default"])
            assert_measured(rows["PyTorch, foreach"])


def test_every_rule_that_pytorch_is_said_to_have_is_ours():
    assert set(TORCH_RULES) <= set(OPTIMIZERS)


def test_the_start_of_a_job_includes_numpy(monkeypatch):
    started = []
    monkeypatch.setattr(job_start.subprocess, "run", lambda command, check: started.append(command))
    rows = by_case(job_start.measure(Setting(TINY)))
    assert set(rows) == {"Python", "NumPy", *job_start.PROBLEMS}
    assert all("descent.training.loop" in c[-1] for c in started if "descent" in c[-1])


def test_jobs_share_their_data(datasets, job_path):
    if not Path("/proc/self/smaps_rollup").is_file():
        pytest.skip("no smaps_rollup")
    problem = {"use": "mlp", "hidden": [4]}
    one, together, data = job_memory.measure(Setting(TINY, problem, datasets / "digits"))
    assert (one.size, together.size) == (1, 2)
    assert 5 < one.value < together.value
    stored = 1797 * (64 + 2 + 1)  # pixels, extents, labels
    assert data.value == pytest.approx(stored / 2**20, rel=0.02)


def test_a_job_that_fails_is_no_measurement(datasets, job_path, capfd):
    with pytest.raises(job_memory.subprocess.CalledProcessError):
        job_memory.measure(Setting(TINY, {"use": "mlp", "hiden": [4]}, datasets / "digits"))
    assert "hiden" in capfd.readouterr().err


def test_growth_is_measured_in_both_directions(datasets):
    rows = step_growth.measure(Setting(TINY, {"use": "mlp"}, datasets / "digits"))
    sizes = [(row.case, row.size) for row in rows]
    parameters = [64 * h + h + 10 * h + 10 for h in TINY.growth_units]
    assert sizes == [("parameters", n) for n in parameters] + [
        ("mini-batch", n) for n in TINY.growth_mini_batches
    ]


@pytest.mark.parametrize("module", [mlp_run, rnn_run])
def test_a_whole_run_is_measured_beside_a_plain_script(module, datasets, job_path, monkeypatch):
    if find_spec("torch") is None:
        monkeypatch.setattr(module, "SCRIPT", None)  # never started
    dataset, problem = EPOCHS[{mlp_run: mlp_epoch, rnn_run: rnn_epoch}[module]]
    rows = by_case(module.measure(Setting(TINY, problem, datasets / dataset)))
    assert list(rows) == ["sgd", "rmsprop", "adam"]
    for candidates in rows.values():
        assert_measured(candidates[OURS])
        if find_spec("torch") is None:
            assert candidates[PLAIN].note == "PyTorch is not installed"
        else:
            assert_measured(candidates[PLAIN])


def test_a_study_is_taken_apart(monkeypatch):
    def run(setting, folder, config):
        assert config["study"] == "digits"
        for name, seconds in (("a", 1.0), ("b", 3.0)):
            path = folder / "results/digits/costs/digits_softmax/sgd/tuned" / f"{name}.json"
            write_costs(path, Costs(seconds, 0.5, seconds / 4, 0.1))
        return Elapsed(wall=5.0, processor=8.0)

    monkeypatch.setattr(study_share, "run_workflow", run)
    rows = study_share.measure(Setting(TINY, snakefile=ROOT / "Snakefile"))
    assert {row.case: row.value for row in rows} == pytest.approx(
        {
            "wall time": 5.0,
            "all processes": 8.0,
            "training steps": 4.0,
            "evaluation": 1.0,
            "start of the runs": 0.2,
            "engine, tables, figures, page": 2.8,
            "all / training steps": 2.0,
            "evaluation / training steps": 0.25,
        }
    )


def test_the_study_at_full_size_has_the_ten_rules_and_seeds():
    config = study_share._config(ROOT / "config", real_data=True)
    study = Study(with_grids(validate(config), Path()), Path())
    assert len(study.optimizers) == 10
    assert len(study.first_runs()) == len(study.runs()) == 4 * 10 * (9 * 3 + 2 * 10)


def test_estimates_are_compared_with_what_runs_take(monkeypatch):
    """With the runs replaced: how long each takes is said here."""

    def run(setting, folder, config, *targets):
        for problem in config["problems"]:
            for rule in estimates.RULES:
                path = folder / f"results/estimates/costs/{problem}/{rule}/tuned/seed-1.json"
                write_costs(path, Costs(1.0, 0.5, 0.5, 0.5))

    measured = {"mlp": 3.0}
    monkeypatch.setattr(estimates, "run_workflow", run)
    monkeypatch.setattr(
        estimates.Durations, "_probed", property(lambda self: Always(measured)), raising=True
    )
    monkeypatch.setattr(estimates.Durations, "probe", lambda self: None)
    rows = estimates.measure(Setting(TINY))
    found = {row.case: row.value for row in rows}
    assert found.pop("mlp") == 1.5
    assert set(found) >= {"rnn", "attention", "logistic_regression", "quadratic_deep", "rosenbrock"}
    assert set(found.values()) == {1.0}


class Always:
    """Two seconds for any problem and optimizer, but for some problems."""

    def __init__(self, others):
        self.others = others

    def get(self, pair):
        return self.others.get(pair[0], 2.0)


@pytest.mark.slow
def test_the_workflow_is_measured():
    rows = study_cost.measure(Setting(TINY, snakefile=ROOT / "Snakefile", cores=2))
    assert [(row.case, row.size) for row in rows] == [
        ("overhead, 2 runs", None),
        ("a run of no length", 2),
        ("a run of no length", 3),
        ("nothing to do, 3 runs", None),
        ("dry run, 4 runs", None),
    ]
    for row in rows:
        assert_measured(row)
    assert rows[0].value > 1  # no workflow is faster than its trainings


def test_a_workflow_that_fails_is_no_measurement(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # without the profile, whose job rate keeps a process for a minute
    broken = tmp_path / "Snakefile"
    broken.write_text("rule evaluation_run:\n    output: 'never'\n    shell: 'exit 1'\n")
    with pytest.raises(RuntimeError, match="failed"):
        study_cost.measure(Setting(TINY, snakefile=broken))


def test_every_measurement_has_a_module():
    import importlib

    for name in MEASUREMENTS:
        assert callable(importlib.import_module(f"descent.benchmark.{name}").measure)


def test_the_command_writes_rows(datasets, tmp_path, monkeypatch):
    monkeypatch.setitem(SIZES, "quick", TINY)
    output = tmp_path / "growth.csv"
    options = ["--problem", '{"use": "mlp"}', "--output", str(output)]
    options += ["--dataset", str(datasets / "digits" / "dataset.json"), "--size", "quick"]
    assert main(["step_growth", *options]) == 0
    assert {row.measurement for row in read_rows(output)} == {"step_growth"}


def test_the_command_says_what_a_measurement_needs(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["mlp_epoch", "--output", str(tmp_path / "x.csv")])
    assert "mlp_epoch needs --problem and --dataset, of use: mlp" in capsys.readouterr().err
