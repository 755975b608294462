from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from descent.data.dataset import load_dataset
from descent.data.errors import DataError, SettingError
from descent.data.prepare import main, prepare
from descent.data.sources import SOURCES, own_files


def test_every_option_reaches_its_function(tmp_path):
    settings = {
        "use": "generated_reviews",
        "seed": 3,
        "reviews": 60,
        "max_features": 30,
        "stop_words": ["film"],
        "binary": True,
        "min_df": 2,
        "max_df": 0.9,
        "token_pattern": r"[a-z]+",
        "analyzer": "word",
        "ngram_range": [1, 2],
        "sentences": "none",
        "unit": "word",
    }
    assert settings.keys() - {"use"} == set(SOURCES["generated_reviews"].options)
    dataset = prepare(settings, tmp_path, base_folder=tmp_path)
    assert dataset["labels"].shape == (60,)
    assert dataset.about["source"] == "generated, seed 3"
    options = {name: settings[name] for name in dataset.about["vectorizer"]}
    assert dataset.about["vectorizer"] == options
    assert len(dataset["vocabulary"]) == 30
    assert len(dataset["review_offsets"]) == len(dataset["sentence_indptr"])


def test_a_path_is_relative_to_the_base_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    np.savez(
        tmp_path / "sub" / "mine.npz",
        X=np.random.default_rng(0).normal(size=(40, 2)),
        y=np.arange(40) % 2,
    )
    settings = {"use": "npz", "file": "sub/mine.npz", "seed": 4}
    dataset = prepare(settings, tmp_path, base_folder=tmp_path)
    assert dataset["train_inputs"].shape == (26, 2)
    assert own_files(settings, tmp_path) == [tmp_path / "sub" / "mine.npz"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"use": "minst"}, "no source of data 'minst'. Did you mean 'mnist'. Valid: csv, digits"),
        ({}, "there is no source of data"),
        (
            {"use": "digits", "tset": 1},
            "digits has no option 'tset'. Did you mean 'test'",
        ),
        ({"use": "mnist", "seed": 1}, "mnist has no option 'seed'. Valid: none"),
        ({"use": "npz"}, "npz needs the option 'file'"),
    ],
)
def test_wrong_settings_are_named(settings, message, tmp_path):
    with pytest.raises(SettingError, match=message):
        prepare(settings, tmp_path, base_folder=tmp_path)


def test_the_command_writes_what_the_function_returns(tmp_path):
    settings = {"use": "digits", "seed": 5}
    arguments = ["--settings", json.dumps(settings), "--downloads", "none"]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    written = load_dataset(tmp_path / "out")
    expected = prepare(settings, tmp_path, base_folder=tmp_path)
    assert written.fingerprint == expected.fingerprint
    assert written.about == expected.about
    np.testing.assert_array_equal(written["test_inputs"], expected["test_inputs"])


def test_training_can_open_a_dataset_without_importing_scikit_learn():
    code = "import sys, descent.data.prepare, descent.data.dataset; print('sklearn' in sys.modules)"
    package = Path(sys.modules["descent"].__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=package
    )
    assert done.stdout == "False\n"


def test_a_published_file_with_other_bytes_is_not_prepared(tmp_path):
    file = tmp_path / "review_polarity.tar.gz"
    file.write_bytes(b"other")
    with pytest.raises(DataError, match=r"polarity.tar.gz has other bytes: SHA-256 .*Delete"):
        prepare({"use": "reviews"}, tmp_path, base_folder=tmp_path)
