"""Data are known by their content: what was trained on is compared with what stands there now."""

import os
from pathlib import Path

import numpy as np
import pytest
from trained_study import planned, prepare_data, train_run

from descent.data.dataset import is_as_prepared, load_dataset
from descent.reproducibility import provenance
from descent.study import data_in_use
from descent.study.data_in_use import changed_data
from descent.study.status import State, state_of

CONFIG = {
    "study": "mine",
    "seeds": {"tuning": [0], "evaluation": [1]},
    "tracks": ["default"],
    "datasets": {"d": {"use": "npz", "file": "mine.npz"}},
    "problems": {"p": {"use": "softmax_regression", "dataset": "d", "epochs": 1}},
    "optimizers": {"o": {"use": "sgd"}},
}


def write_data(seed, date):
    rng = np.random.default_rng(seed)
    np.savez("mine.npz", X=rng.normal(size=(40, 3)), y=np.arange(40) % 2)
    os.utime("mine.npz", (date, date))


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_data(1, 2e9)
    study = planned(CONFIG)
    for run in study.runs():
        train_run(study, run)
    return study


def without_memory(study):
    """Return the plan anew: the old one has read the files already."""
    return type(study)(study.config, study.folder)


def states(study):

    fresh = without_memory(study)
    return {state_of(fresh, run) for run in study.runs()}


def test_other_data_with_an_older_date_are_not_what_was_trained_on(study, capsys):
    assert states(study) == {State.DONE}
    assert changed_data(without_memory(study)) == []
    write_data(2, 1e9)
    assert states(study) == {State.STALE}
    assert changed_data(without_memory(study)) == [
        "d: its files are not those that it was prepared from"
    ]
    assert provenance.main([str(study.folder / "study.json")]) == 1
    assert "d: its files are not those" in capsys.readouterr().err
    prepare_data(study, "d")  # from here on it is the fingerprint that tells
    assert changed_data(without_memory(study)) == []
    assert states(study) == {State.STALE}


def test_a_newer_date_alone_changes_nothing(study):
    os.utime("mine.npz")
    assert states(study) == {State.DONE}


def test_data_that_are_gone_are_told_by_name(study):
    Path("mine.npz").unlink()
    assert states(study) == {State.STALE}
    (sentence,) = changed_data(without_memory(study))
    assert "mine.npz" in sentence


def test_an_array_that_was_changed_is_not_as_prepared(study):
    folder = study.prepared_dataset("d", "all").parent
    assert is_as_prepared(load_dataset(folder))
    inputs = np.load(folder / "arrays" / "train_inputs.npy")
    inputs[0, 0] += 1
    np.save(folder / "arrays" / "train_inputs.npy", inputs)
    assert not is_as_prepared(load_dataset(folder))


def test_folds_that_no_run_needs_are_not_asked_for(study, monkeypatch):
    study = planned(CONFIG | {"seeds": {"tuning": [0], "evaluation": [1, 2]}})
    monkeypatch.setattr(study, "part", lambda _problem, seed: f"fold-{seed}")
    asked = []
    monkeypatch.setattr(data_in_use, "describe_change", lambda *of: asked.append(of[2]))
    assert changed_data(study) == []
    assert asked == ["fold-1", "fold-2"]
