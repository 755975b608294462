"""Data are known by their content: what was trained on is compared with what stands there now."""

import os
from pathlib import Path

import numpy as np
import pytest
from trained_study import planned, prepare_data, train_run

from descent.data.dataset import is_as_prepared, load_dataset
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


def states(study):
    fresh = type(study)(study.config, study.folder)  # the old one has read the files already
    return {state_of(fresh, run) for run in study.runs()}


def test_other_data_with_an_older_date_are_not_what_was_trained_on(study):
    assert states(study) == {State.DONE}
    write_data(2, 1e9)
    assert states(study) == {State.STALE}
    prepare_data(study, "d")  # from here on it is the fingerprint that tells
    assert states(study) == {State.STALE}


def test_a_newer_date_alone_changes_nothing(study):
    os.utime("mine.npz")
    assert states(study) == {State.DONE}


def test_data_that_are_gone_are_not_what_was_trained_on(study):
    Path("mine.npz").unlink()
    assert states(study) == {State.STALE}


def test_an_array_that_was_changed_is_not_as_prepared(study):
    folder = study.prepared_dataset("d", "all").parent
    assert is_as_prepared(load_dataset(folder))
    inputs = np.load(folder / "arrays" / "train_inputs.npy")
    inputs[0, 0] += 1
    np.save(folder / "arrays" / "train_inputs.npy", inputs)
    assert not is_as_prepared(load_dataset(folder))
