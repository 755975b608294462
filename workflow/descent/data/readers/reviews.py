"""The movie review polarity corpus v2.0 (Pang and Lee 2004)."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import numpy as np

from descent.data.corpus import Corpus, decode_text
from descent.data.files import file_sha256
from descent.data.source import PublishedFile, Source

ARCHIVE = "review_polarity.tar.gz"
#: The reviews of the polarity corpus; the first digit of the three is the paper's fold.
REVIEW_NAME = re.compile(r"txt_sentoken/(?P<label>neg|pos)/cv(?P<fold>[0-9])[0-9]{2}_[0-9]+\.txt")


def read_reviews(downloads: Path) -> Corpus:
    """Read the published archive, without unpacking it to disk.

    Parameters
    ----------
    downloads : Path
        Folder of ``review_polarity.tar.gz``, whose SHA-256 was checked: the archive is sound.

    Returns
    -------
    Corpus
        Negative reviews (label 0) before positive ones (label 1), by file name; the fold of
        ``cvNNN_*.txt`` is ``NNN // 100``, the paper's fold less one.
    """
    path = downloads / ARCHIVE
    reviews = {}
    with tarfile.open(path) as archive:
        for member in archive:
            match = REVIEW_NAME.fullmatch(member.name)  # not so the corpus's own README
            if match is not None and (file := archive.extractfile(member)) is not None:
                text = decode_text(file.read(), f"{path}: {member.name}")
                reviews[member.name] = (text, match["label"] == "pos", int(match["fold"]))
    texts, labels, folds = zip(*(reviews[name] for name in sorted(reviews)), strict=True)
    return Corpus(
        texts=texts,
        labels=np.array(labels, dtype=np.uint8),
        class_names=("neg", "pos"),
        folds=np.array(folds, dtype=np.uint8),
        source="movie review polarity v2.0",
        sha256=file_sha256(path),
    )


SOURCE = Source(
    read_reviews,
    kind="reviews",
    files=(
        PublishedFile(
            ARCHIVE,
            "fc0dccc2671af5db3c5d8f81f77a1ebfec953ecdd422334062df61ede36b2179",
            (
                f"https://www.cs.cornell.edu/people/pabo/movie-review-data/{ARCHIVE}",
                f"http://www.cs.cornell.edu/people/pabo/movie-review-data/{ARCHIVE}",
                # A copy by a third party; like any other, it must have the right SHA-256.
                f"https://raw.githubusercontent.com/jbrownlee/Datasets/master/{ARCHIVE}",
            ),
        ),
    ),
    title="Movie reviews",
)
