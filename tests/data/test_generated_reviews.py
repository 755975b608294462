from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from descent.data.readers.generated_reviews import generated_corpus
from descent.data.word_counts import count_words


def test_every_fold_has_as_many_of_either_class():
    corpus = generated_corpus(0, reviews=200)
    for fold in range(10):
        assert np.bincount(corpus.labels[corpus.folds == fold]).tolist() == [10, 10]


def test_a_seed_gives_a_corpus_of_its_own():
    assert generated_corpus(1).texts == generated_corpus(1).texts
    assert generated_corpus(1).texts != generated_corpus(2).texts


def test_counting_words_works_well_and_never_perfectly():
    corpus = generated_corpus(0)
    hits = total = 0
    for fold in range(10):
        d = count_words(corpus, fold)
        arrays = (d["bag_data"], d["bag_indices"], d["bag_indptr"])
        bags = csr_matrix(arrays, shape=(len(d["labels"]), d.about["vocabulary_size"]))
        train, test = d["train_reviews"], d["test_reviews"]
        model = LogisticRegression(C=0.1, max_iter=1000).fit(bags[train], d["labels"][train])
        hits += (model.predict(bags[test]) == d["labels"][test]).sum()
        total += len(test)
    assert 0.75 < hits / total < 0.92
