"""Texts as counts of words: each review a sequence of its sentences, and their sum.

=====================  ================  ====================================================
array                  shape             content
=====================  ================  ====================================================
``sentence_data``      (stored,)         float32, the counts of all sentences of all reviews
``sentence_indices``   (stored,)         int32, their columns: words of the vocabulary
``sentence_indptr``    (sentences + 1,)  int32, where each sentence's row starts (CSR)
``review_offsets``     (reviews + 1,)    int32, where each review's sentences start
``bag_data``, ``bag_indices``, ``bag_indptr``  likewise: one row for each whole review
``labels``             (reviews,)        uint8, classes from 0
``train_reviews``      (n,)              int32, which reviews are the training part, ascending
``validation_reviews``, ``test_reviews``       likewise
``vocabulary``         (p,)              unicode, the word of each column
=====================  ================  ====================================================

What is known about it: ``kind`` ("reviews"), ``classes``, ``class_names``, ``vocabulary_size``,
``fold``, ``vectorizer`` (its settings), ``remarks`` on how words were found, ``source`` and
``sha256``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.corpus import FOLDS, Corpus
from descent.data.dataset import Dataset, make_dataset
from descent.data.errors import DataError, SettingError


def prepare_reviews(
    corpus: Corpus,
    fold: int,
    *,
    max_features: int | None = 5000,
    stop_words: str | Sequence[str] | None = "english",
    binary: bool = False,
    min_df: float = 1,
    max_df: float = 1.0,
    token_pattern: str | None = None,
    fold_seed: int = 0,
) -> Dataset:
    """Count the words of a corpus, with the vocabulary of the training part.

    The test part is the fold named, the validation part the next one (after the last, the first),
    the training part the other eight. Words are counted by scikit-learn's ``CountVectorizer``,
    fitted on whole training reviews. Each line of a review that is not blank is then a sentence.

    Parameters
    ----------
    corpus : Corpus
        The texts.
    fold : int
        Fold of the test part, 0 to 9.
    max_features : int or None, default 5000
        Keep this many of the most frequent words; None keeps all.
    stop_words : "english", list of str or None, default "english"
        Words not to count.
    binary : bool, default False
        Count presence: 1 for a word that occurs, in the sentence or in the whole review.
    min_df, max_df : int or float, default 1 and 1.0
        Least and largest number (int) or fraction (float) of training reviews that a word of the
        vocabulary occurs in.
    token_pattern : str or None, default None
        Regular expression of a word; None is two or more word characters, the first no mark:
        vowel signs and accents that are characters of their own belong to the word they are in.
    fold_seed : int, default 0
        Seed of the stratified folds of a corpus that brings none.

    Returns
    -------
    Dataset
        The arrays of this module's table. A review without a line that is not blank is one
        sentence without words.

    Raises
    ------
    SettingError
        If the fold is out of range.
    DataError
        If a part would be empty, or no word is left for the vocabulary.
    """
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415  # costly

    if fold not in range(FOLDS):
        raise SettingError(f"fold must be in [0, {FOLDS}). Received: {fold!r}")
    folds = _stratified_folds(corpus, fold_seed) if corpus.folds is None else corpus.folds
    is_test, is_validation = folds == fold, folds == (fold + 1) % FOLDS
    parts = {
        "train": ~(is_test | is_validation),
        "validation": is_validation,
        "test": is_test,
    }
    for part, chosen in parts.items():
        if not chosen.any():
            raise DataError(f"{corpus.source}: the {part} part for fold {fold} has no reviews")

    settings = {
        "max_features": max_features,
        "stop_words": stop_words,
        "binary": binary,
        "min_df": min_df,
        "max_df": max_df,
        "token_pattern": token_pattern,
    }
    marks = marks_of(corpus.texts)
    pattern = _word(marks) if token_pattern is None else token_pattern
    vectorizer = CountVectorizer(
        **settings
        | {
            "token_pattern": pattern,
            "stop_words": stop_words if isinstance(stop_words, str) else _composed(stop_words),
        },
        dtype=np.float32,
    )
    try:
        vectorizer.fit(
            [text for text, chosen in zip(corpus.texts, parts["train"], strict=True) if chosen]
        )
    except ValueError as error:  # an empty vocabulary, or a setting that leaves no word
        raise DataError(f"{corpus.source}: the words cannot be counted: {error}") from error

    sentences = [sentences_of(text) for text in corpus.texts]
    flat = [sentence for review in sentences for sentence in review]
    vocabulary = vectorizer.get_feature_names_out().astype(np.str_)
    arrays = {
        **_csr_arrays("sentence", vectorizer.transform(flat)),
        "review_offsets": np.cumsum([0, *map(len, sentences)], dtype=np.int32),
        **_csr_arrays("bag", vectorizer.transform(corpus.texts)),
        "labels": corpus.labels.astype(np.uint8),
        **{f"{part}_reviews": np.flatnonzero(c).astype(np.int32) for part, c in parts.items()},
        "vocabulary": vocabulary,
    }
    about = {
        "kind": "reviews",
        "classes": len(corpus.class_names),
        "class_names": list(corpus.class_names),
        "vocabulary_size": len(vocabulary),
        "fold": fold,
        "vectorizer": settings,
        "remarks": _remarks(corpus.texts, pattern, marks),
        "source": corpus.source,
        "sha256": corpus.sha256,
    }
    return make_dataset(arrays, about)


def marks_of(texts: Iterable[str]) -> str:
    """Return the combining marks that occur in texts once they are in lower case, sorted."""
    characters: set[str] = set()
    for text in texts:
        characters.update(text.lower())
    return "".join(sorted(c for c in characters if unicodedata.category(c).startswith("M")))


def _word(marks: str) -> str:
    """Return the expression of a word; with no marks it is scikit-learn's own."""
    inside = rf"[\w{re.escape(marks)}]"
    return rf"(?u)(?<!{inside})\w{inside}+" if marks else r"(?u)\b\w\w+\b"


def _composed(words: Sequence[str] | None) -> list[str] | None:
    return None if words is None else [unicodedata.normalize("NFC", word) for word in words]


def _remarks(texts: Sequence[str], pattern: str, marks: str) -> list[str]:
    """Return what a reader should know of how the words were found."""
    if not marks:
        return []
    word, mark = re.compile(pattern), re.compile(f"[{re.escape(marks)}]")
    whole = sum(len(mark.findall(text.lower())) for text in texts)
    kept = sum(
        len(mark.findall(token.group())) for text in texts for token in word.finditer(text.lower())
    )
    if kept == whole:
        return []
    remark = (
        f"token_pattern leaves out {whole - kept:,} of {whole:,} combining marks, such as vowel "
        "signs: words are cut there"
    )
    return [remark]


def sentences_of(text: str) -> list[str]:
    """Return the lines of a text that are not blank, or one empty sentence if there is none."""
    return [line for line in text.split("\n") if line.strip()] or [""]


def _stratified_folds(corpus: Corpus, seed: int) -> NDArray[np.uint8]:
    """Distribute the texts of each class over ten folds."""
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415  # costly to import

    counts = np.bincount(corpus.labels, minlength=len(corpus.class_names))
    if (fewest := int(counts.min())) < FOLDS:
        raise DataError(
            f"{corpus.source}: expected at least {FOLDS} texts of each class for {FOLDS} folds, "
            f"found {fewest} of class {corpus.class_names[int(counts.argmin())]}"
        )
    folds = np.empty(len(corpus.labels), dtype=np.uint8)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, chosen) in enumerate(splitter.split(folds, corpus.labels)):
        folds[chosen] = fold
    return folds


def _csr_arrays(name: str, matrix: Any) -> dict[str, NDArray[Any]]:
    """Name the three arrays of a CSR matrix."""
    matrix.sort_indices()
    return {
        f"{name}_data": matrix.data.astype(np.float32),
        f"{name}_indices": matrix.indices.astype(np.int32),
        f"{name}_indptr": matrix.indptr.astype(np.int32),
    }
