from __future__ import annotations

import gzip
import io
import tarfile

import numpy as np
import pytest

from descent.data.readers.reviews import read_review_polarity


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
