"""Texts as numbered characters, and a text file as a corpus."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from descent.data.characters import ALPHABET, number_characters, numbers_of, text_of
from descent.data.errors import DataError, SettingError
from descent.data.prepare import prepare
from descent.data.readers.generated_reviews import generated_corpus
from descent.data.readers.text_file import read_text_file

PARTS = ("train", "validation", "test")


def test_the_alphabet_is_what_one_reads_and_a_symbol_for_all_else() -> None:
    text = "Zebra, 5~\n"
    assert text_of(numbers_of(text)) == text
    assert text_of(numbers_of("na\u00efve\t\U0001f600\x7f")) == "na\ufffdve\ufffd\ufffd\ufffd"
    assert len(set(ALPHABET)) == len(ALPHABET) == 97


@pytest.mark.parametrize("fold", [0, 9])
def test_every_text_is_in_one_part_and_the_parts_are_those_of_the_words(fold: int) -> None:
    corpus = generated_corpus(reviews=40)
    dataset = number_characters(corpus, fold)
    documents = {
        "test": [t for t, f in zip(corpus.texts, corpus.folds, strict=True) if f == fold],
        "validation": [
            t for t, f in zip(corpus.texts, corpus.folds, strict=True) if f == (fold + 1) % 10
        ],
    }
    for part, texts in documents.items():
        assert text_of(dataset[f"{part}_characters"]) == "".join(texts)
    total = sum(len(dataset[f"{part}_characters"]) for part in PARTS)
    assert total == sum(map(len, corpus.texts))
    assert dataset.about["documents"] == {"train": 32, "validation": 4, "test": 4}
    assert dataset.about["kind"] == "characters"


def test_a_reviews_source_gives_characters_on_request(tmp_path: Path) -> None:
    settings = {"use": "generated_reviews", "reviews": 40, "unit": "character"}
    dataset = prepare(settings, tmp_path, fold=3, base_folder=tmp_path)
    assert dataset.fingerprint == number_characters(generated_corpus(reviews=40), 3).fingerprint
    with pytest.raises(SettingError, match="max_features must be left out where the unit is"):
        prepare({**settings, "max_features": 10}, tmp_path, base_folder=tmp_path)
    with pytest.raises(SettingError, match="unit must be one of word, character"):
        prepare({**settings, "unit": "letter"}, tmp_path, base_folder=tmp_path)


def test_texts_of_other_characters_are_remarked_on(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(10):
            (tmp_path / name / f"{i}.txt").write_text("\u043c\u0438\u0440 x", encoding="utf-8")
    settings = {"use": "text_folders", "folder": str(tmp_path), "unit": "character"}
    dataset = prepare(settings, tmp_path, base_folder=tmp_path)
    assert text_of(dataset["test_characters"]) == "\ufffd\ufffd\ufffd x\n" * 2
    (remark,) = dataset.about["remarks"]
    assert remark.startswith("50 % of the characters are not in the alphabet")


@pytest.mark.parametrize("compressed", [False, True])
def test_a_text_file_is_ten_stretches_of_whole_lines(tmp_path: Path, compressed: bool) -> None:
    lines = [f"line {i}" + "." * (i % 7) for i in range(200)]
    path = tmp_path / "book.txt"
    content = "\r\n".join(lines).encode()
    path.write_bytes(gzip.compress(content) if compressed else content)
    corpus = read_text_file(path)
    assert "".join(corpus.texts) == "\n".join(lines)
    assert np.array_equal(corpus.folds, range(10))
    assert all(text.endswith("\n") for text in corpus.texts[:-1])
    lengths = [len(text) for text in corpus.texts]
    assert max(lengths) - min(lengths) < 2 * max(map(len, lines)) + 4
    settings = {"use": "text_file", "file": str(path)}
    dataset = prepare(settings, tmp_path, fold=4, base_folder=tmp_path)
    assert text_of(dataset["validation_characters"]) == corpus.texts[5]


@pytest.mark.parametrize("content", [b"", b"one line", b"a\n" * 9, b"\xff\xfe", b"x\0\n" * 20])
def test_what_is_no_text_of_ten_lines_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match="expected "):
        read_text_file(path)
