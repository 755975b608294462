from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from descent.data.readers.reviews import ARCHIVE, read_reviews


def test_labels_and_folds_come_from_the_names(tmp_path):
    files = {
        "poldata.README.2.0": b"about the data",
        "txt_sentoken/pos/cv000_29590.txt": b"films adapted \nfrom comics \n",
        "txt_sentoken/pos/cv999_13106.txt": b"truman \n",
        "txt_sentoken/neg/cv250_26462.txt": b"control characters \x12 \x05 \n",
        "txt_sentoken/neg/cv099_11189.txt": "naïve\n".encode(),
    }
    with tarfile.open(tmp_path / ARCHIVE, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    corpus = read_reviews(tmp_path)
    assert list(corpus.texts) == [
        "naïve\n",
        "control characters \x12 \x05 \n",
        "films adapted \nfrom comics \n",
        "truman \n",
    ]
    assert corpus.labels.tolist() == [0, 0, 1, 1]
    assert corpus.folds.tolist() == [0, 2, 0, 9]
    assert list(corpus.class_names) == ["neg", "pos"]


@pytest.mark.data
def test_the_published_corpus(published):
    corpus = read_reviews(published)
    assert np.bincount(corpus.labels).tolist() == [1000, 1000]
    for label in (0, 1):
        assert np.bincount(corpus.folds[corpus.labels == label]).tolist() == [100] * 10
    assert corpus.texts[0].startswith("plot : two teen couples go to a church party")
    assert corpus.texts[1000].startswith("films adapted from comic books have had plenty")
    assert all(text.isascii() for text in corpus.texts)
