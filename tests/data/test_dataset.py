from __future__ import annotations

import json

import numpy as np
import pytest

from descent.data.dataset import load_dataset, make_dataset, save_dataset

ARRAYS = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "names": np.array(["a", "bcd"]),
    "empty": np.zeros((0, 2), dtype=np.int32),
}


def test_what_was_saved_is_loaded_and_cannot_be_written_to(tmp_path):
    saved = make_dataset(ARRAYS, {"classes": 2})
    save_dataset(saved, tmp_path / "d")
    loaded = load_dataset(tmp_path / "d")
    assert loaded.fingerprint == saved.fingerprint
    assert loaded.about == {"classes": 2}
    assert loaded.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array, strict=True)
    assert isinstance(loaded["x"], np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded["x"][0, 0] = 1


@pytest.mark.parametrize(
    "change",
    [
        {"x": ARRAYS["x"] + 1},
        {"x": ARRAYS["x"].astype(np.float64)},
        {"x": ARRAYS["x"].reshape(3, 2)},
        {"names": np.array(["a", "bce"])},
        {"y": np.zeros(1)},
    ],
)
def test_any_change_changes_the_fingerprint(change):
    assert make_dataset(ARRAYS | change, {}).fingerprint != make_dataset(ARRAYS, {}).fingerprint


def test_memory_layout_does_not_change_the_fingerprint():
    turned = {"x": np.asfortranarray(ARRAYS["x"])}
    assert make_dataset(ARRAYS | turned, {}).fingerprint == make_dataset(ARRAYS, {}).fingerprint


def test_a_half_written_dataset_is_not_opened(tmp_path, monkeypatch):
    save_dataset(make_dataset(ARRAYS, {}), tmp_path)

    def full_disk(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_dataset(make_dataset(ARRAYS, {}), tmp_path)
    with pytest.raises(FileNotFoundError, match="is not prepared, or only in part"):
        load_dataset(tmp_path)


def test_the_same_dataset_is_written_as_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        save_dataset(make_dataset(ARRAYS, {"k": [1.5]}), tmp_path / folder)
    made = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    names = [path.as_posix() for path in made]
    assert names == ["arrays/empty.npy", "arrays/names.npy", "arrays/x.npy", "dataset.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert json.loads((tmp_path / "a" / "dataset.json").read_text())["about"] == {"k": [1.5]}
