"""Records: full precision, no NaN, whole or not there."""

import dataclasses
import json
import math

import pytest

from descent.foundation.atomic_files import write_json
from descent.training.records import Record, Status, read_record, write_record


def a_record(**changes):
    record = Record(
        problem="p",
        optimizer="o",
        candidate="lr-0.1",
        seed=0,
        hyperparameters={"learning_rate": 0.1},
        epochs=2,
        steps_per_epoch=3,
        parameters=5,
        state_bytes_per_parameter=0.0,
        fingerprint="f",
        identity="i",
        headline="loss",
        optimum=None,
        curve={"step": [0, 3], "train_loss": [1 / 3, 2e-308]},
    )
    return dataclasses.replace(record, **changes)


def test_a_record_comes_back_to_the_last_digit(tmp_path):
    record = a_record(status=Status.DIVERGED)
    write_record(tmp_path / "deep" / "record.json", record)
    assert read_record(tmp_path / "deep" / "record.json") == record
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["record.json"]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_refused_and_leaves_the_old_file(tmp_path, value):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"x": value})
    assert json.loads(path.read_text()) == {"x": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"status": "finished"}', b"\xff\xfe", b'{"status": "odd"}']
)
def test_a_file_that_is_not_a_record_is_named(tmp_path, content):
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"record\.json is not the record of a run"):
        read_record(path)
