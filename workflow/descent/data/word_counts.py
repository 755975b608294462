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
``fold``, ``vectorizer`` (its settings), ``remarks`` on how words and sentences were found,
``notes`` on how a user's own texts were read, ``source`` and ``sha256``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent.data.corpus import Corpus, parts_of
from descent.data.dataset import Dataset, make_dataset
from descent.data.errors import DataError
from descent.data.sentences import split_sentences, usual_split


def count_words(
    corpus: Corpus,
    fold: int,
    *,
    max_features: int | None = 5000,
    stop_words: str | Sequence[str] | None = "english",
    binary: bool = False,
    min_df: float = 1,
    max_df: float = 1.0,
    token_pattern: str | None = None,
    analyzer: str = "word",
    ngram_range: Sequence[int] = (1, 1),
    sentences: str = "auto",
) -> Dataset:
    """Count the words of a corpus, with the vocabulary of the training part.

    The parts are those of :func:`descent.data.corpus.parts_of`. Words are counted by scikit-learn's
    ``CountVectorizer``, fitted on whole training reviews, and counted in each sentence.

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
        Smallest and largest number (int) or fraction (float) of training reviews that contain a
        word of the vocabulary.
    token_pattern : str or None, default None
        Regular expression of a word; None is two or more word characters, the first no mark:
        vowel signs and accents that are characters of their own belong to the word they are in.
    analyzer : {"word", "char", "char_wb"}, default "word"
        What is counted: words; sequences of characters; or such sequences within words.
    ngram_range : sequence of 2 int, default (1, 1)
        Smallest and largest number of neighbouring words or characters that are counted as one.
    sentences : {"auto", "lines", "punctuation", "none"}, default "auto"
        How a review is split into sentences: at the end of each line; at punctuation and empty
        lines; or not at all. ``auto`` is ``lines`` if most reviews have several lines that are not
        blank, and otherwise ``punctuation``.

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
    from scipy.sparse import vstack  # noqa: PLC0415  # costly
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415  # costly

    parts = parts_of(corpus, fold)
    settings: dict[str, Any] = {
        "max_features": max_features,
        "stop_words": stop_words,
        "binary": binary,
        "min_df": min_df,
        "max_df": max_df,
        "token_pattern": token_pattern,
    }
    if (analyzer, tuple(ngram_range)) != ("word", (1, 1)):
        settings |= {"analyzer": analyzer, "ngram_range": list(ngram_range)}
    by_word = analyzer == "word"
    pattern = _word(corpus.texts) if token_pattern is None else token_pattern
    left_out = stop_words if isinstance(stop_words, str) else _composed(stop_words)
    vectorizer = CountVectorizer(
        **settings
        | {
            # words are found, and left out, where words are counted
            "token_pattern": pattern if by_word else None,
            "stop_words": left_out if by_word else None,
            "ngram_range": tuple(ngram_range),
        },
        dtype=np.float32,
    )
    fitted, others = (np.flatnonzero(c).tolist() for c in (parts["train"], ~parts["train"]))
    try:
        bags_fitted = vectorizer.fit_transform([corpus.texts[i] for i in fitted])
    except ValueError as error:  # an empty vocabulary, or a setting that leaves no word
        raise DataError(f"{corpus.source}: the words cannot be counted: {error}") from error

    usual = corpus.sentences or usual_split(corpus.texts)
    split = usual if sentences == "auto" else sentences
    of_reviews = [split_sentences(text, split) for text in corpus.texts]
    flat = [sentence for review in of_reviews for sentence in review]
    bags_of_others = vectorizer.transform([corpus.texts[i] for i in others])
    in_order = np.argsort(fitted + others)
    bags = vstack([bags_fitted, bags_of_others], format="csr")[in_order]
    vocabulary = vectorizer.get_feature_names_out().astype(np.str_)
    arrays = {
        **_csr_arrays("sentence", vectorizer.transform(flat)),
        "review_offsets": np.cumsum([0, *map(len, of_reviews)], dtype=np.int32),
        **_csr_arrays("bag", bags),
        "labels": corpus.labels.astype(np.uint8),
        **{f"{part}_reviews": np.flatnonzero(c).astype(np.int32) for part, c in parts.items()},
        "vocabulary": vocabulary,
    }
    words = len(vocabulary)
    about = {
        "kind": "reviews",
        "classes": len(corpus.class_names),
        "class_names": list(corpus.class_names),
        "vocabulary_size": words,
        "fold": fold,
        "vectorizer": settings,
        "remarks": [
            *corpus.remarks,
            *_remarks_on_sentences([len(review) for review in of_reviews], split),
            *_remarks_on_empty(np.diff(bags.indptr)),
        ],
        "source": corpus.source,
        "sha256": corpus.sha256,
    }
    notes = [*corpus.notes]
    if split != "lines":
        notes.append(f"sentences: {split}")
    if notes:
        about["notes"] = notes
    return make_dataset(arrays, about)


def _word(texts: Iterable[str]) -> str:
    """Return scikit-learn's expression of a word, with the combining marks that occur in texts."""
    characters = {c for text in texts for c in text.lower()}
    marks = "".join(sorted(c for c in characters if unicodedata.category(c).startswith("M")))
    inside = rf"[\w{re.escape(marks)}]"
    return rf"(?u)(?<!{inside})\w{inside}+"


def _composed(words: Sequence[str] | None) -> list[str] | None:
    return None if words is None else [unicodedata.normalize("NFC", word) for word in words]


def _remarks_on_empty(words: NDArray[Any]) -> list[str]:
    """Return a remark on texts of which no word is counted."""
    empty = int(np.count_nonzero(words == 0))
    said = f"{empty:,} of {len(words):,} texts have no word that is counted, and are all alike"
    return [said] if empty else []


def _remarks_on_sentences(lengths: Sequence[int], split: str) -> list[str]:
    """Return a remark on sequences of one step, unless that was asked for."""
    single = sum(length == 1 for length in lengths)
    if 2 * single <= len(lengths) or split == "none":
        return []
    remark = (
        f"{single:,} of {len(lengths):,} texts have a single sentence (sentences: {split}): a "
        "network that reads one after the other sees one step. Choose another value of sentences, "
        "or none if it is meant"
    )
    return [remark]


def _csr_arrays(name: str, matrix: Any) -> dict[str, NDArray[Any]]:
    """Name the three arrays of a CSR matrix."""
    matrix.sort_indices()
    return {
        f"{name}_data": matrix.data.astype(np.float32),
        f"{name}_indices": matrix.indices.astype(np.int32),
        f"{name}_indptr": matrix.indptr.astype(np.int32),
    }
