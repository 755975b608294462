"""The movie review polarity corpus v2.0 (Pang and Lee 2004)."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from pathlib import Path, PurePosixPath

import numpy as np

from descent.data.compressed import open_compressed, read_at_most
from descent.data.corpus import Corpus, decode_text
from descent.data.errors import DataError
from descent.data.source import PublishedFile, Source

ARCHIVE = "review_polarity.tar.gz"
#: The published archive holds 7.8 MB; one that unpacks to more than this is not that corpus.
LARGEST_ARCHIVE = 64 << 20
#: The reviews of the polarity corpus; the first digit of the three is the paper's fold.
REVIEW_NAME = re.compile(r"txt_sentoken/(?P<label>neg|pos)/cv(?P<number>[0-9]{3})_[0-9]+\.txt")


def read_reviews(downloads: Path) -> Corpus:
    """Read the published archive in the folder of downloads: see :func:`read_review_polarity`."""
    return read_review_polarity(downloads / ARCHIVE)


def read_review_polarity(archive: Path) -> Corpus:
    """Read the movie review polarity corpus v2.0 (Pang and Lee 2004), without unpacking to disk.

    Parameters
    ----------
    archive : Path
        ``review_polarity.tar.gz``.

    Returns
    -------
    Corpus
        Negative reviews (label 0) before positive ones (label 1), by file name; the fold of
        ``cvNNN_*.txt`` is ``NNN // 100``, the paper's fold less one.

    Raises
    ------
    DataError
        If the archive is damaged or unpacks to more than 64 MB, a name in it climbs out of the
        folder or comes twice, an entry is a link or a device, a review is not text, or a class
        is empty.
    """
    with open_compressed(archive) as stream:
        content = read_at_most(stream, LARGEST_ARCHIVE)
    if len(content) > LARGEST_ARCHIVE:
        raise DataError(
            f"{archive}: expected an archive of some 8 MB, found one that unpacks to more than "
            f"{LARGEST_ARCHIVE >> 20} MB"
        )
    reviews: dict[tuple[str, str], tuple[str, int]] = {}
    for name, data in _tar_files(archive, bytes(content)):
        match = REVIEW_NAME.fullmatch(name)
        if match is None:  # the corpus's own README
            continue
        if (match["label"], name) in reviews:
            raise DataError(f"{archive}: expected each name once, found {name} twice")
        text = decode_text(data, f"{archive}: {name}")
        reviews[match["label"], name] = (text, int(match["number"]) // 100)
    class_names = ("neg", "pos")
    for label in class_names:
        if not any(key[0] == label for key in reviews):
            raise DataError(
                f"{archive}: expected reviews in txt_sentoken/{label}, found that class empty"
            )
    keys = sorted(reviews)
    return Corpus(
        texts=[reviews[key][0] for key in keys],
        labels=np.array([class_names.index(label) for label, _ in keys], dtype=np.uint8),
        class_names=class_names,
        folds=np.array([reviews[key][1] for key in keys], dtype=np.uint8),
        source="movie review polarity v2.0",
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
    )


def _tar_files(archive: Path, content: bytes) -> list[tuple[str, bytes]]:
    """Return name and bytes of every file in a tar archive whose entries are all safe."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            return [
                (member.name, _plain_file(archive, tar, member))
                for member in tar
                if not _is_inner_folder(archive, member)
            ]
    except DataError:
        raise
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        # tarfile lets a ValueError through for some damaged headers.
        raise DataError(
            f"{archive}: expected a sound tar archive, found damage: {error}"
        ) from error


def _is_inner_folder(archive: Path, member: tarfile.TarInfo) -> bool:
    """Return whether an entry is a folder, after checking that its name is inside the archive."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise DataError(
            f"{archive}: expected names inside the archive, "
            f"found one that climbs out: {member.name!r}"
        )
    return member.isdir()


def _plain_file(archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Return the bytes of an entry that must be an ordinary file."""
    stream = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if stream is None:
        raise DataError(
            f"{archive}: expected plain files, "
            f"found a link, a device or a sparse file: {member.name!r}"
        )
    data = stream.read()
    if len(data) != member.size:
        raise DataError(f"{archive}: expected {member.name!r} whole, found it cut short")
    return data


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
