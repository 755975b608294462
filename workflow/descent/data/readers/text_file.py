"""One text file of a user's own, such as a book, for a language model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from descent.data.corpus import FOLDS, Corpus, decode_text
from descent.data.errors import DataError
from descent.data.files import file_sha256, open_compressed
from descent.data.source import Source


def read_text_file(file: Path, encoding: str = "utf-8") -> Corpus:
    """Read a text file as ten stretches of whole lines, each of which is a fold.

    Parameters
    ----------
    file : Path
        The text; gzipped or not.
    encoding : str, default "utf-8"
        Its encoding, decoded strictly.

    Returns
    -------
    Corpus
        The stretches, as equal in length as lines allow, in their order.

    Raises
    ------
    DataError
        If the file is not text, or has fewer than ten lines.
    """
    with open_compressed(file) as stream:
        text = decode_text(stream.read(), str(file), encoding).replace("\r\n", "\n")
    lines = text.splitlines(keepends=True)
    ends = np.cumsum([len(line) for line in lines])
    # a line belongs to the stretch in which its last character lies
    stretch = -(-ends * FOLDS // max(len(text), 1)) - 1
    texts = ["".join(lines[i] for i in np.flatnonzero(stretch == k)) for k in range(FOLDS)]
    if not all(texts):
        raise DataError(
            f"{file}: expected lines for {FOLDS} stretches of equal length, "
            f"found {len(lines):,} lines"
        )
    return Corpus(
        texts=texts,
        labels=np.zeros(FOLDS, np.uint8),
        class_names=("text",),
        folds=np.arange(FOLDS, dtype=np.uint8),
        source="text file",
        sha256=file_sha256(file),
    )


SOURCE = Source(read_text_file, kind="characters")
