"""Options that are wrong are told before anything is read, and by the command in one line."""

import json

import numpy as np
import pytest

from descent.data.errors import SettingError
from descent.data.options import check_options
from descent.data.prepare import main

WRONG = [
    ({"seed": 2**32}, r"seed must be in \[0, 4294967296\). Received: 4294967296"),
    ({"fold_seed": -1}, r"fold_seed must be in"),
    ({"validation": 0}, r"validation must be in \(0, 1\)"),
    ({"standardize": "x"}, "standardize must be one of scale, inputs, features, none"),
    ({"encoding": "klingon"}, "encoding must be one that Python has"),
    ({"encoding": "hex"}, "encoding must be one that Python has"),
    ({"encoding": "a\0b"}, "encoding must be one that Python has"),
    ({"token_pattern": "("}, r"token_pattern must be a regular expression of at most one group"),
    ({"token_pattern": "(a)(b)"}, "token_pattern must be a regular expression of"),
    ({"token_pattern": ""}, "token_pattern must be .* that matches no empty text"),
    ({"stop_words": "german"}, "stop_words must be english, a list or null"),
    ({"min_df": 2.0}, r"min_df must be a fraction in \[0.0, 1.0\] or a whole number"),
    ({"max_df": 0}, r"max_df must be a fraction"),
    ({"reviews": 30}, "reviews must be a positive multiple of 20. Received: 30"),
    ({"max_features": 0}, "max_features must be at least 1"),
    ({"separator": "::"}, "separator must be one of ',' ';' .* Received: '::'"),
    ({"label": "kind", "header": False}, "label must be a number without a header"),
    ({"analyzer": "line"}, "analyzer must be one of word, char, char_wb. Received: 'line'"),
    ({"analyzer": "char", "token_pattern": "a"}, "token_pattern must be null where characters"),
    ({"ngram_range": [2, 1]}, r"ngram_range must be two whole numbers .* Received: \[2, 1\]"),
    ({"ngram_range": [1]}, "ngram_range must be two whole numbers"),
    ({"ngram_range": [0, 1]}, "ngram_range must be two whole numbers"),
    ({"sentences": "words"}, "sentences must be one of auto, lines, punctuation, none"),
    ({"markup": "html"}, "markup must be one of strip, keep"),
    ({"pattern": ""}, r"pattern must be a pattern of file names, such as \*.txt"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_a_wrong_option_is_told(options, message):
    with pytest.raises(SettingError, match=message):
        check_options(options)


def test_right_options_pass():
    check_options(
        {
            "seed": 2**32 - 1,
            "validation": 0.1,
            "encoding": "utf-16",
            "token_pattern": None,
            "stop_words": ["a"],
            "min_df": 1,
            "max_df": 1.0,
            "max_features": None,
            "analyzer": "char",
            "ngram_range": [2, 4],
            "label": -1,
            "header": False,
            "separator": "\t",
        }
    )


DATA = {
    "nothing": {},
    "no rows": {"X": np.zeros((0, 5)), "y": np.zeros(0, int)},
    "no columns": {"X": np.zeros((5, 0)), "y": np.zeros(5, int)},
    "no axis": {"X": np.float64(3), "y": np.arange(3)},
    "no test rows": {
        "train_inputs": np.eye(60),
        "train_labels": np.arange(60) % 2,
        "test_inputs": np.zeros((0, 60)),
        "test_labels": np.zeros(0, int),
    },
    "a class an example": {"X": np.eye(60), "y": np.arange(60)},
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_an_empty_archive_is_answered_in_one_line(data, tmp_path, capsys):
    np.savez(tmp_path / "mine.npz", **data)
    said = said_of({"use": "npz", "file": "mine.npz"}, tmp_path, capsys)
    assert "mine.npz" in said


def test_more_classes_than_a_label_can_tell_apart(tmp_path, capsys):
    for i in range(257):
        (tmp_path / "texts" / f"class{i}").mkdir(parents=True)
    said = said_of({"use": "text_folders", "folder": "texts"}, tmp_path, capsys)
    assert "expected a folder for each of 2 to 256 classes, found 257" in said


def said_of(settings, folder, capsys):
    words = ["--settings", json.dumps(settings), "--base", folder, "--downloads", "none"]
    assert main([str(word) for word in [*words, "--output", folder / "out"]]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said
