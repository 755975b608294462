"""Texts as sentences, by lines and by punctuation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descent.data.sentences import split_sentences, usual_split

#: Texts, and their sentences by punctuation.
TEXTS = {
    "One. Two! Three? Four": ["One.", "Two!", "Three?", "Four"],
    "He said 'no.' Then (he said!) he left... Good.": [
        "He said 'no.'",
        "Then (he said!)",
        "he left...",
        "Good.",
    ],
    "J. R. Doe paid 3.50 for it, i.e. too much. See a.b.com.": [
        "J. R. Doe paid 3.50 for it, i.e. too much.",
        "See a.b.com.",
    ],
    "a line\nand its end.\n\nno mark\n\n \n!": ["a line\nand its end.", "no mark", "!"],
    "\u597d\u770b\u3002\u4e0d\u597d\uff01\u771f\u7684\uff1f": [
        "\u597d\u770b\u3002",
        "\u4e0d\u597d\uff01",
        "\u771f\u7684\uff1f",
    ],
    "\u0939\u0948\u0964 \u0928\u0939\u0940\u0902\u0964": [
        "\u0939\u0948\u0964",
        "\u0928\u0939\u0940\u0902\u0964",
    ],
    "  \n ": [""],
    "": [""],
}


@pytest.mark.parametrize("text", TEXTS)
def test_punctuation_and_empty_lines_end_a_sentence(text):
    assert split_sentences(text, "punctuation") == TEXTS[text]


@given(text=st.text("ab .!?\n\u3002\"')\u2026", max_size=40))
@pytest.mark.parametrize("by", ["lines", "punctuation", "none"])
def test_nothing_but_blanks_is_lost(by, text):
    sentences = split_sentences(text, by)
    assert re.sub(r"\s", "", "".join(sentences)) == re.sub(r"\s", "", text)
    assert all(sentence.strip() for sentence in sentences) or sentences == [""]


def test_a_text_can_be_one_sentence():
    assert split_sentences("One. Two.\nThree.", "none") == ["One. Two.\nThree."]


@pytest.mark.parametrize(
    ("texts", "by"),
    [
        (["a\nb", "a\n\nb", "a. b."], "lines"),
        (["a\nb", "a. b.", "\na. b.\n", "c"], "punctuation"),
        (["a. b."], "punctuation"),
    ],
)
def test_most_texts_decide_how_all_are_split(texts, by):
    assert usual_split(texts) == by
