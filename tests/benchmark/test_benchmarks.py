"""Every benchmark works on tiny data, and says of a missing library that it is missing."""

import math
import os
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from descent.benchmark import (
    image_epoch,
    optimizer_step,
    pytorch,
    whole_run,
)
from descent.benchmark.__main__ import main
from descent.benchmark.measurement import (
    FASTEST_KERNELS,
    OURS,
    PRODUCTS,
    PYTORCH,
    Measurement,
    measure_in_turns,
    write,
)
from descent.benchmark.setting import Setting
from descent.benchmark.table import main as write_tables
from descent.data.prepare import main as prepare
from descent.optimizers import OPTIMIZERS

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = {
    "mlp": (image_epoch, "digits", {"hidden": [4], "mini_batch": 400}),
    "softmax_regression": (image_epoch, "digits", {"mini_batch": 400}),
}
needs_torch = pytest.mark.skipif(not pytorch.is_installed(), reason=pytorch.NOT_INSTALLED)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    settings = {
        "digits": '{"use": "digits"}',
        "reviews": '{"use": "generated_reviews", "reviews": 60, "max_features": 50}',
        "characters": '{"use": "generated_reviews", "reviews": 60, "unit": "character"}',
    }
    for name, text in settings.items():
        where = ["--downloads", str(folder), "--output", str(folder / name)]
        assert prepare(["--settings", text, *where]) == 0
    return folder


@pytest.fixture(params=EPOCHS)
def measure_epoch(request, datasets):
    module, dataset, settings = EPOCHS[request.param]
    setting = Setting(True, {"use": request.param, **settings}, datasets / dataset)
    return partial(module.measure, setting)


@pytest.fixture
def no_torch(monkeypatch):
    monkeypatch.setattr(pytorch, "is_installed", lambda: False)


def by_case(measured):
    cases = {}
    for m in measured:
        cases.setdefault(m.case, {})[m.candidate] = m
    return cases


def assert_measured(m):
    assert m.value is not None, m
    assert math.isfinite(m.value), m
    assert m.value > 0, m


def test_an_epoch_is_measured_beside_its_products(measure_epoch, no_torch):
    cases = by_case(measure_epoch())
    assert list(cases) == ["sgd", "rmsprop", "adam"]
    for candidates in cases.values():
        assert_measured(candidates.pop(OURS))
        if PRODUCTS in candidates:
            assert_measured(candidates.pop(PRODUCTS))
        assert {(m.value, m.note) for m in candidates.values()} == {(None, pytorch.NOT_INSTALLED)}


@needs_torch
def test_an_epoch_of_pytorch_is_measured_where_it_is(measure_epoch):
    for candidates in by_case(measure_epoch()).values():
        assert_measured(candidates[f"{PYTORCH}, default"])
        assert_measured(candidates[f"{PYTORCH}, foreach"])
        assert all(m.value or m.note for m in candidates.values())


def test_products_are_those_of_every_mini_batch():
    products = image_epoch.Products((5, 4, 3), 25, 10)
    assert products._batches == [10, 10, 5]
    products()
    for layer, shape in zip(products._layers, [(5, 4), (4, 3)], strict=True):
        W, gradient = layer["W"], layer["gradient"]
        assert W.shape == gradient.shape == shape
        h, delta = layer["h"][:5], layer["delta"][:5]
        assert layer["z"][:5] == pytest.approx(h @ W, rel=1e-5)
        assert gradient == pytest.approx(h.T @ delta, rel=1e-5)
    last = products._layers[-1]
    assert last["below"][:5] == pytest.approx(last["delta"][:5] @ last["W"].T, rel=1e-5)


def test_a_step_of_every_rule_is_measured(monkeypatch):
    monkeypatch.setattr(optimizer_step, "SECONDS", 0.001)
    monkeypatch.setattr(optimizer_step, "LENGTHS", (100,))
    cases = by_case(optimizer_step.measure(Setting(True)))
    assert len(cases) == len(OPTIMIZERS) - 1
    for case, candidates in cases.items():
        assert_measured(candidates[OURS])
        if pytorch.is_installed() and case.partition(",")[0] in pytorch.RULES:
            assert_measured(candidates[f"{PYTORCH}, default"])
        else:
            assert candidates[f"{PYTORCH}, default"].note


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"use": "mlp", "hidden": [4], "mini_batch": 400}, "digits"),
        ({"use": "language_model", "width": 4, "steps": 5}, "characters"),
    ],
)
def test_a_whole_run_is_measured_beside_a_plain_script(datasets, monkeypatch, settings, data):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"), prepend=os.pathsep)
    script = whole_run.SCRIPTS[settings["use"]]
    one_rule = script._replace(rules=script.rules[-1:])
    monkeypatch.setitem(whole_run.SCRIPTS, settings["use"], one_rule)
    (candidates,) = by_case(whole_run.measure(Setting(True, settings, datasets / data))).values()
    assert_measured(candidates[OURS])
    assert_measured(candidates[FASTEST_KERNELS])
    if pytorch.is_installed():
        assert_measured(candidates[PYTORCH])
    else:
        assert candidates[PYTORCH].note == pytorch.NOT_INSTALLED


def test_rounds_alternate_and_the_first_one_does_not_count():
    calls = []

    def candidate(name, seconds):
        def round_():
            calls.append(name)
            return seconds[calls.count(name) - 1]

        return round_

    candidates = {"a": candidate("a", [99, 4, 1, 2]), "b": candidate("b", [99, 7, 7, 7])}
    notes = {"c": "is not there"}
    assert measure_in_turns("adam", candidates, notes, 3, scale=1e3, unit="ms") == [
        Measurement("adam", "a", 2000.0, "ms", 1000.0, 4000.0),
        Measurement("adam", "b", 7000.0, "ms", 7000.0, 7000.0),
        Measurement("adam", "c", None, "ms", note="is not there"),
    ]
    assert calls == ["a", "b", "b", "a", "a", "b", "b", "a"]


def test_the_command_writes_measurements(datasets, tmp_path, capsys):
    command = ["softmax_epoch", "--quick", "--output", str(tmp_path / "epoch.csv")]
    with pytest.raises(SystemExit):
        main(command)
    needed = "softmax_epoch needs --problem and --dataset, of use: softmax_regression"
    assert needed in capsys.readouterr().err
    command += ["--problem", '{"use": "softmax_regression", "mini_batch": 400}']
    assert main([*command, "--dataset", str(datasets / "digits" / "dataset.json")]) == 0
    assert set(pd.read_csv(tmp_path / "epoch.csv")["candidate"]) > {OURS, PRODUCTS}


def test_the_tables_hold_times_and_ratios(tmp_path):
    epochs = [
        Measurement("sgd", OURS, 0.5, "s"),
        Measurement("sgd", PRODUCTS, 0.4, "s"),
        Measurement("sgd", "PyTorch, default", 1.0, "s"),
        Measurement("sgd", "PyTorch, foreach", 0.75, "s"),
        Measurement("sgd", "PyTorch, fused", None, "s", note="PyTorch has no fused SGD"),
    ]
    write(tmp_path / "mlp_epoch.csv", epochs)
    write_tables([str(tmp_path), "--output", str(tmp_path / "benchmark.md")])
    lines = (tmp_path / "benchmark.md").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("Measured on: processor: ")
    assert "| multilayer perceptron, sgd | 500 | 400 | 1000 | 750 | 0.8 | 2 | 1.5 |" in lines
