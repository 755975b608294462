"""The published files: addresses, sizes and SHA-256."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from descent.data.compressed import file_sha256


@dataclass(frozen=True)
class PublishedFile:
    """A file on a public server.

    Attributes
    ----------
    name : str
        Its path below a mirror and below the folder of downloads.
    addresses : tuple of str
        Where it is published, in the order in which to try.
    size : int
        Its size in bytes.
    sha256 : str
        Its SHA-256, 64 hexadecimal digits.
    """

    name: str
    addresses: tuple[str, ...]
    size: int
    sha256: str


def _mnist(file: str, size: int, sha256: str) -> PublishedFile:
    addresses = (
        f"https://ossci-datasets.s3.amazonaws.com/mnist/{file}",
        f"https://storage.googleapis.com/cvdf-datasets/mnist/{file}",
    )
    return PublishedFile(f"mnist/{file}", addresses, size, sha256)


_FILES = (
    _mnist(
        "train-images-idx3-ubyte.gz",
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    _mnist(
        "train-labels-idx1-ubyte.gz",
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    _mnist(
        "t10k-images-idx3-ubyte.gz",
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    _mnist(
        "t10k-labels-idx1-ubyte.gz",
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    PublishedFile(
        "review_polarity.tar.gz",
        (
            "https://www.cs.cornell.edu/people/pabo/movie-review-data/review_polarity.tar.gz",
            "http://www.cs.cornell.edu/people/pabo/movie-review-data/review_polarity.tar.gz",
            # A copy by a third party; like any other, it is accepted only if its SHA-256 matches.
            "https://raw.githubusercontent.com/jbrownlee/Datasets/master/review_polarity.tar.gz",
        ),
        3_127_238,
        "fc0dccc2671af5db3c5d8f81f77a1ebfec953ecdd422334062df61ede36b2179",
    ),
)

#: Every published file by its name.
PUBLISHED: Mapping[str, PublishedFile] = {file.name: file for file in _FILES}


def describe_fault(file: PublishedFile, path: Path) -> str | None:
    """Return what is wrong with a file that should be the published one.

    Parameters
    ----------
    file : PublishedFile
        What it should be.
    path : Path
        Where it is.

    Returns
    -------
    str or None
        The fault, to follow the file's name in a sentence; None if there is none.
    """
    if not path.is_file():
        return "is not a file"
    if (size := path.stat().st_size) != file.size:
        return f"has {size:,} bytes, expected {file.size:,}"
    if (sha256 := file_sha256(path)) != file.sha256:
        return f"has other bytes: SHA-256 {sha256}, expected {file.sha256}"
    return None
