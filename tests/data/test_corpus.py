from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from descent.data.corpus import read_review_polarity, read_text_folders
from descent.data.errors import DataError
from descent.data.prepare import content_of


def tar_gz(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_labels_and_folds_come_from_the_names(tmp_path):
    files = {
        "poldata.README.2.0": b"about the data",
        "txt_sentoken/pos/cv000_29590.txt": b"films adapted \nfrom comics \n",
        "txt_sentoken/pos/cv999_13106.txt": b"truman \n",
        "txt_sentoken/neg/cv250_26462.txt": b"call it a road trip \n",
        "txt_sentoken/neg/cv099_11189.txt": b"feels \n",
    }
    corpus = read_review_polarity(tar_gz(tmp_path / "r.tar.gz", files))
    assert list(corpus.texts) == [
        "feels \n",
        "call it a road trip \n",
        "films adapted \nfrom comics \n",
        "truman \n",
    ]
    assert corpus.labels.tolist() == [0, 0, 1, 1]
    assert corpus.folds.tolist() == [0, 2, 0, 9]
    assert list(corpus.class_names) == ["neg", "pos"]


def test_control_characters_are_text_as_in_the_published_reviews(tmp_path):
    files = {
        "txt_sentoken/neg/cv000_1.txt": b"caf\x12 \x05 society\n",
        "txt_sentoken/pos/cv000_1.txt": "naïve\n".encode(),
    }
    corpus = read_review_polarity(tar_gz(tmp_path / "r.tar.gz", files))
    assert list(corpus.texts) == ["caf\x12 \x05 society\n", "naïve\n"]


def test_an_archive_need_not_be_gzipped(tmp_path):
    path = tar_gz(
        tmp_path / "r.tar.gz",
        {"txt_sentoken/neg/cv000_1.txt": b"a", "txt_sentoken/pos/cv000_1.txt": b"b"},
    )
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert list(read_review_polarity(path).texts) == ["a", "b"]


@pytest.fixture
def folders(tmp_path):
    for name, texts in {"spam": ["buy now", "win"], "ham": ["hello", "see you"]}.items():
        (tmp_path / name).mkdir()
        for i, text in enumerate(texts):
            (tmp_path / name / f"{i}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_folders_are_read_as_load_files_reads_them(folders):
    from sklearn.datasets import load_files

    corpus = read_text_folders(folders)
    theirs = load_files(folders, encoding="utf-8", shuffle=False)
    pairs = zip(corpus.texts, corpus.labels.tolist(), strict=True)
    assert sorted(pairs) == sorted(zip(theirs.data, theirs.target.tolist(), strict=True))
    assert list(corpus.class_names) == theirs.target_names
    assert corpus.folds is None


def test_hidden_files_are_passed_over(folders):
    (folders / "spam" / ".DS_Store").write_bytes(b"\0\xff")
    (folders / ".git").mkdir()
    (folders / "README.md").write_text("not a class")
    assert len(read_text_folders(folders).texts) == 4


def test_another_encoding_can_be_named(folders):
    (folders / "ham" / "0.txt").write_bytes("déjà vu".encode("latin-1"))
    assert read_text_folders(folders, encoding="latin-1").texts[0] == "déjà vu"


def test_the_digest_follows_the_texts(folders):
    before = read_text_folders(folders).sha256
    assert read_text_folders(folders).sha256 == before
    (folders / "ham" / "0.txt").write_text("hullo")
    assert read_text_folders(folders).sha256 != before


@pytest.mark.data
def test_the_published_corpus(published):
    corpus = read_review_polarity(published / "review_polarity.tar.gz")
    assert np.bincount(corpus.labels).tolist() == [1000, 1000]
    for label in (0, 1):
        assert np.bincount(corpus.folds[corpus.labels == label]).tolist() == [100] * 10
    assert corpus.texts[0].startswith("plot : two teen couples go to a church party")
    assert corpus.texts[1000].startswith(
        "films adapted from comic books have had plenty of success"
    )
    assert all(text.isascii() for text in corpus.texts)


def test_an_accent_apart_from_its_letter_is_the_same_letter(folders):
    (folders / "ham" / "decomposed.txt").write_bytes("cafe\u0301".encode())
    assert "caf\u00e9" in read_text_folders(folders).texts


def test_the_name_of_a_text_need_not_be_text_and_that_of_a_class_must(folders):
    name = os.fsdecode(b"caf\xe9.txt")
    (folders / "ham" / name).write_text("a film")
    before = read_text_folders(folders)
    assert "a film" in before.texts
    settings = {"use": "text_folders", "folder": str(folders)}
    content = content_of(settings, Path())
    (folders / "ham" / name).rename(folders / "ham" / "other.txt")
    assert read_text_folders(folders).sha256 != before.sha256
    assert content_of(settings, Path()) != content
    (folders / "ham").rename(folders / os.fsdecode(b"\xff"))
    with pytest.raises(DataError, match=r"xff'?: expected the name of a class in UTF-8"):
        read_text_folders(folders)
