from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from descent.data.corpus import Corpus
from descent.data.errors import DataError
from descent.data.readers.reviews import read_reviews
from descent.data.word_counts import count_words


def corpus_of(texts, folds, labels=None):
    labels = np.arange(len(texts)) % 2 if labels is None else np.array(labels)
    folds = None if folds is None else np.array(folds, dtype=np.uint8)
    return Corpus(texts, labels.astype(np.uint8), ("neg", "pos"), folds, "a test", "")


@pytest.fixture
def corpus():
    """Ten folds of two; text i has the word ``only<i>`` and ``common`` i + 1 times."""
    texts = [f"only{i} film\n\n{'common ' * (i + 1)}the\n  \nfilm ending" for i in range(20)]
    return corpus_of(texts, [i // 2 for i in range(20)])


def matrix(dataset, name):
    rows = len(dataset[f"{name}_indptr"]) - 1
    csr = csr_matrix(
        tuple(dataset[f"{name}_{array}"] for array in ("data", "indices", "indptr")),
        shape=(rows, dataset.about["vocabulary_size"]),
    )
    csr.check_format(full_check=True)
    return csr


def sums_by_review(dataset):
    """Add up the sentences of each review, through a matrix of which belongs to which."""
    offsets = dataset["review_offsets"]
    columns = np.arange(offsets[-1])
    belongs = csr_matrix((np.ones(len(columns)), columns, offsets))
    return (belongs @ matrix(dataset, "sentence")).toarray()


def test_the_fold_decides_the_parts(corpus):
    dataset = count_words(corpus, 9)
    assert dataset["test_reviews"].tolist() == [18, 19]
    assert dataset["validation_reviews"].tolist() == [0, 1]
    assert dataset["train_reviews"].tolist() == list(range(2, 18))


def test_the_vocabulary_is_of_the_most_frequent_words_of_the_training_part(corpus):
    assert count_words(corpus, 0, max_features=2)["vocabulary"].tolist() == ["common", "film"]
    before = count_words(corpus, 3, max_features=4)["vocabulary"].tolist()
    texts = list(corpus.texts)
    for i in (6, 7, 8, 9):
        texts[i] = "loud " * 1000
    after = count_words(corpus_of(texts, corpus.folds), 3, max_features=4)
    assert after["vocabulary"].tolist() == before


def test_each_sentence_is_counted_by_itself(corpus):
    dataset = count_words(corpus, 3)
    sentences = matrix(dataset, "sentence")
    vocabulary = dataset["vocabulary"].tolist()
    offsets = dataset["review_offsets"]
    assert len(offsets) == 21
    assert offsets[-1] == sentences.shape[0]
    for i, text in enumerate(corpus.texts):
        rows = sentences[offsets[i] : offsets[i + 1]].toarray()
        lines = [line for line in text.splitlines() if line.strip()]
        assert len(rows) == len(lines)
        for row, line in zip(rows, lines, strict=True):
            counts = Counter(re.findall(r"[a-z0-9]{2,}", line))
            assert row.tolist() == [counts[word] for word in vocabulary]


def test_presence_is_one_for_a_word_that_recurs(corpus):
    dataset = count_words(corpus, 3, binary=True)
    film = dataset["vocabulary"].tolist().index("film")  # in the first and the last sentence
    assert matrix(dataset, "bag")[:, [film]].toarray().tolist() == [[1]] * 20
    assert dataset["sentence_data"].tolist() == [1] * len(dataset["sentence_data"])


def test_a_text_without_words_is_one_empty_sentence(corpus):
    texts = ["", *corpus.texts[1:]]
    dataset = count_words(corpus_of(texts, corpus.folds), 3)
    assert dataset["review_offsets"][:2].tolist() == [0, 1]
    assert matrix(dataset, "sentence")[0].nnz == 0


def test_a_corpus_without_folds_gets_ten_stratified_ones():
    texts = [f"word{i}" for i in range(60)]
    corpus = corpus_of(texts, None, labels=[0] * 40 + [1] * 20)
    test_parts = [count_words(corpus, fold)["test_reviews"] for fold in range(10)]
    assert sorted(np.concatenate(test_parts).tolist()) == list(range(60))
    for part in test_parts:
        assert np.bincount(corpus.labels[part]).tolist() == [4, 2]
    validation = count_words(corpus, 4)["validation_reviews"]
    np.testing.assert_array_equal(validation, test_parts[5])
    other = count_words(replace(corpus, fold_seed=1), 0)["test_reviews"]
    assert other.tolist() != test_parts[0].tolist()


def test_a_class_too_small_for_ten_folds_is_refused():
    corpus = corpus_of([f"word{i}" for i in range(30)], None, labels=[0] * 21 + [1] * 9)
    with pytest.raises(DataError, match=r"at least 10 texts of each class .* 9 of class pos"):
        count_words(corpus, 0)


def test_a_fold_without_reviews_is_refused(corpus):
    with pytest.raises(DataError, match="validation part for fold 0 has no reviews"):
        count_words(corpus_of(corpus.texts, [0] * 10 + [2] * 10), 0)


def test_texts_without_words_are_refused():
    with pytest.raises(DataError, match="the words cannot be counted: empty vocabulary"):
        count_words(corpus_of(["the of and"] * 20, [i // 2 for i in range(20)]), 0)


@pytest.mark.data
def test_the_published_reviews(published):
    corpus = read_reviews(published)
    dataset = count_words(corpus, 2)
    assert len(dataset["vocabulary"]) == 5000
    assert [len(dataset[f"{part}_reviews"]) for part in ("train", "validation", "test")] == [
        1600,
        200,
        200,
    ]
    assert np.diff(dataset["review_offsets"]).min() >= 1
    np.testing.assert_array_equal(matrix(dataset, "bag").toarray(), sums_by_review(dataset))


#: Vowel signs, accents that no letter has of its own, and a capital whose small letter has a mark.
MARKED = {
    "हिन्दी में फिल्म अच्छी है": ["अच्छी", "फिल्म", "में", "हिन्दी", "है"],
    "x\u0302y\u0302 İzmir": ["i\u0307zmir", "x\u0302y\u0302"],
    "فِيلْم": ["فِيلْم"],
}


@pytest.mark.parametrize(("text", "words"), MARKED.items())
def test_marks_belong_to_their_words(text, words):
    dataset = count_words(corpus_of([text] * 20, np.arange(20) // 2), 0)
    assert dataset["vocabulary"].tolist() == sorted(words)


def test_a_text_without_marks_has_scikit_learns_words(corpus):
    ours = count_words(corpus, 0)
    theirs = count_words(corpus, 0, token_pattern=r"(?u)\b\w\w+\b")
    assert ours.fingerprint == theirs.fingerprint


def test_stop_words_are_composed_as_the_texts_are():
    corpus = corpus_of(["caf\u00e9 film"] * 20, np.arange(20) // 2)
    dataset = count_words(corpus, 0, stop_words=["cafe\u0301"])
    assert dataset["vocabulary"].tolist() == ["film"]


def folds_of_two(texts):
    """Return a corpus of ten folds of two texts each."""
    return corpus_of(texts * (20 // len(texts)), np.arange(20) // 2)


def lengths(dataset):
    return np.diff(dataset["review_offsets"]).tolist()


REVIEW = "A good film. It is long, and good! Is it?"


def test_a_text_on_one_line_is_split_by_punctuation():
    dataset = count_words(folds_of_two([REVIEW]), 0)
    assert lengths(dataset) == [3] * 20
    assert dataset.about["notes"] == ["sentences: punctuation"]
    assert not any("single sentence" in remark for remark in dataset.about["remarks"])
    film = dataset["vocabulary"].tolist().index("film")
    assert matrix(dataset, "sentence")[:3, [film]].toarray().tolist() == [[1], [0], [0]]


@pytest.mark.parametrize(
    ("sentences", "number"), [("lines", 2), ("none", 1), ("punctuation", 3), ("auto", 2)]
)
def test_an_option_says_what_a_sentence_is(sentences, number):
    texts = folds_of_two([REVIEW.replace(", ", ",\n")])
    assert lengths(count_words(texts, 0, sentences=sentences)) == [number] * 20


def test_sequences_of_one_step_are_remarked_upon_unless_they_are_asked_for():
    texts = folds_of_two([REVIEW, "A single sentence of words"])
    assert count_words(texts, 0, max_features=9).about["remarks"] == []  # half of them
    single = "A single sentence of words"
    texts = folds_of_two([REVIEW, single, f"Another of the {single}", f"And {single}"])
    (remark,) = count_words(texts, 0).about["remarks"]
    assert remark.startswith("15 of 20 texts have a single sentence (sentences: punctuation)")
    assert count_words(texts, 0, sentences="none").about["remarks"] == []


#: Reviews in Chinese and Japanese, without blanks.
CHINESE = "这部电影的故事非常精彩\uff0c演员的表演也很出色。值得一看。"
JAPANESE = "この映画はとても面白かったです。もう一度観たいと思います。"


@pytest.mark.parametrize("analyzer", ["char", "char_wb"])
def test_characters_are_counted_as_scikit_learn_counts_them(analyzer):
    from sklearn.feature_extraction.text import CountVectorizer

    texts = folds_of_two([CHINESE, JAPANESE])
    dataset = count_words(texts, 0, analyzer=analyzer, ngram_range=[1, 2], max_features=None)
    theirs = CountVectorizer(analyzer=analyzer, ngram_range=(1, 2))
    counts = theirs.fit_transform(texts.texts)
    assert dataset["vocabulary"].tolist() == theirs.get_feature_names_out().tolist()
    np.testing.assert_array_equal(matrix(dataset, "bag").toarray(), counts.toarray())
    assert lengths(dataset) == [2] * 20
    assert dataset.about["remarks"] == []
    assert dataset.about["vectorizer"]["analyzer"] == analyzer
    assert dataset.about["vectorizer"]["ngram_range"] == [1, 2]


def test_neighbouring_words_can_be_counted_as_one(corpus):
    words = count_words(corpus, 0, ngram_range=[2, 2])["vocabulary"].tolist()
    assert "film ending" in words
    assert "film" not in words


def test_texts_of_which_no_word_is_counted_are_remarked_upon(corpus):
    stop_words = ["only7", "only8", "film", "the", "ending", "common"]
    remarks = count_words(corpus, 0, stop_words=stop_words, min_df=1).about["remarks"]
    # texts of the validation and the test part have words that the training part lacks
    assert "6 of 20 texts have no word that is counted, and are all alike" in remarks
