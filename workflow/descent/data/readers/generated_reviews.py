"""A small generated corpus, so that a study can run without a network.

Each review is positive or negative, but most of its sentences are neutral, some express the
opposite opinion, and a few reviews are mislabelled: a bag of words works well, never perfectly.
"""

# ruff: noqa: SIM905  # word lists read best as text

from __future__ import annotations

import hashlib

import numpy as np

from descent.data.corpus import FOLDS, Corpus
from descent.data.source import Source
from descent.foundation.seeding import generator

PRAISE = (
    "brilliant charming clever delightful elegant funny gripping honest inspired lively "
    "memorable moving perfect subtle superb tender thrilling vivid warm witty"
).split()
BLAME = (
    "awful bland boring clumsy confused dreary dull empty flat forced hollow lazy "
    "messy painful predictable shallow stale tedious tired weak"
).split()
NEUTRAL = (
    "actor audience camera character city comedy dialogue director drama editing ending evening "
    "family film friend hero hour house humour journey language light minute moment morning movie "
    "music night opening performance picture place plot producer role scene screen script season "
    "sequel setting sound star story street studio summer theme thriller town train voice winter "
    "woman writer"
).split()

#: Probability that a sentence is an opinion, that it agrees with the review, that a label is wrong.
OPINION_PROBABILITY = 0.6
AGREEMENT_PROBABILITY = 0.85
WRONG_LABEL_PROBABILITY = 0.05


def generated_corpus(seed: int = 0, reviews: int = 400) -> Corpus:
    """Write a corpus of reviews, half of them negative, in ten folds.

    Parameters
    ----------
    seed : int, default 0
        Seed of the corpus, range ``[0, inf)``.
    reviews : int, default 400
        How many reviews; a multiple of 20, so that every fold has as many of either class.

    Returns
    -------
    Corpus
        Reviews of 4 to 12 sentences of 5 to 11 words.
    """
    rng = generator("generated_reviews", seed, "data")
    labels = np.arange(reviews, dtype=np.uint8) % 2
    texts = []
    for label in labels:
        leaning = label ^ (rng.random() < WRONG_LABEL_PROBABILITY)
        sentences = [_sentence(rng, bool(leaning)) for _ in range(rng.integers(4, 13))]
        texts.append("\n".join(sentences) + "\n")
    return Corpus(
        texts=texts,
        labels=labels,
        class_names=("neg", "pos"),
        folds=(np.arange(reviews) // 2 % FOLDS).astype(np.uint8),
        source=f"generated, seed {seed}",
        sha256=hashlib.sha256("".join(texts).encode()).hexdigest(),
    )


def _sentence(rng: np.random.Generator, positive: bool) -> str:
    words = list(rng.choice(NEUTRAL, size=rng.integers(5, 11)))
    if rng.random() < OPINION_PROBABILITY:
        praises = positive == (rng.random() < AGREEMENT_PROBABILITY)
        word = rng.choice(PRAISE if praises else BLAME)
        words.insert(int(rng.integers(len(words) + 1)), word)
    return " ".join(words) + " ."


SOURCE = Source(generated_corpus, kind="reviews", title="Generated reviews")
