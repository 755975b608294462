"""Labelled texts in memory.

Texts are strict UTF-8, in Unicode's composed form (NFC): an accent that a file holds apart from its
letter is the same letter. (The published reviews are plain ASCII, so that this choice changes none
of them; a user's own folder can name another encoding.) They may hold control characters, as some
of the published reviews do, but a NUL byte marks a file that is not text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from descent.data.errors import DataError, SettingError

FOLDS = 10


@dataclass(frozen=True)
class Corpus:
    """Labelled texts.

    Attributes
    ----------
    texts : sequence of str
        The texts.
    labels : ndarray of shape (n,) and dtype uint8
        Classes, from 0.
    class_names : sequence of str
        What each class is called.
    folds : ndarray of shape (n,) and dtype uint8, or None
        The fold of each text, 0 to 9; None where the corpus brings no folds.
    source : str
        Where it came from, for the record.
    sha256 : str
        SHA-256 of the archive, or over the names and bytes of the texts.
    fold_seed : int
        Seed of the stratified folds of a corpus that brings none.
    official : mapping of {"train", "validation", "test"} to ndarray of bool, shape (n,)
        Which texts are of the parts of an official split; empty where the corpus brings none.
    sentences : {"lines", "punctuation"} or None
        How the texts are split into sentences unless an option says otherwise; None: as most of the
        texts suggest.
    notes : sequence of str
        How the texts were read.
    remarks : sequence of str
        What can be a mistake in them.
    """

    texts: Sequence[str]
    labels: NDArray[np.uint8]
    class_names: Sequence[str]
    folds: NDArray[np.uint8] | None
    source: str
    sha256: str
    fold_seed: int = 0
    official: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    sentences: str | None = None
    notes: Sequence[str] = ()
    remarks: Sequence[str] = ()


def decode_text(data: bytes, place: str, encoding: str = "utf-8") -> str:
    """Return a text in Unicode's composed form.

    Parameters
    ----------
    data : bytes
        Its bytes.
    place : str
        Where it is from, for messages.
    encoding : str, default "utf-8"
        The encoding, decoded strictly.

    Raises
    ------
    DataError
        If the bytes are not of that encoding, or one of the characters is NUL.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place}: expected {encoding} text, found the byte {data[error.start]:#04x} "
            f"at position {error.start:,}"
        ) from error
    if "\0" in text:
        raise DataError(
            f"{place}: expected text, found a NUL byte at position {text.index(chr(0))}"
        )
    return unicodedata.normalize("NFC", text)


def parts_of(corpus: Corpus, fold: int) -> dict[str, NDArray[np.bool_]]:
    """Return which texts are in the training, the validation and the test part.

    The test part is the fold named, the validation part the next one (after the last, the first),
    the training part the other eight. The parts of an official split stay as they are; the folds
    are made of the rest.

    Parameters
    ----------
    corpus : Corpus
        The texts.
    fold : int
        Fold of the test part, 0 to 9.

    Raises
    ------
    SettingError
        If the fold is out of range.
    DataError
        If a part would be empty.
    """
    if fold not in range(FOLDS):
        raise SettingError(f"fold must be in [0, {FOLDS}). Received: {fold!r}")
    parts = dict(corpus.official)
    free = parts.get("train", np.ones(len(corpus.texts), dtype=np.bool_))
    folds_of = {"test": fold, "validation": (fold + 1) % FOLDS}
    if absent := folds_of.keys() - parts.keys():
        folds = np.full(len(corpus.texts), FOLDS)
        folds[free] = _stratified_folds(corpus, free) if corpus.folds is None else corpus.folds
        parts |= {part: folds == folds_of[part] for part in absent}
    taken = parts["test"] | parts["validation"]
    parts = {"train": free & ~taken, **{part: parts[part] for part in ("validation", "test")}}
    for part, chosen in parts.items():
        if not chosen.any():
            raise DataError(f"{corpus.source}: the {part} part for fold {fold} has no reviews")
    return parts


def _stratified_folds(corpus: Corpus, chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Distribute the chosen texts of each class over ten folds."""
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415  # costly to import

    labels = corpus.labels[chosen]
    counts = np.bincount(labels, minlength=len(corpus.class_names))
    if (fewest := int(counts.min())) < FOLDS:
        raise DataError(
            f"{corpus.source}: expected at least {FOLDS} texts of each class for {FOLDS} folds, "
            f"found {fewest} of class {corpus.class_names[int(counts.argmin())]}"
        )
    folds = np.empty(len(labels), dtype=np.uint8)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=corpus.fold_seed)
    for fold, (_, rows) in enumerate(splitter.split(folds, labels)):
        folds[rows] = fold
    return folds
