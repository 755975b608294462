"""Texts as numbered characters, one text after the other.

=======================  =====  ==================================================================
array                    shape  content
=======================  =====  ==================================================================
``train_characters``     (n,)   uint8, the number of each character in :data:`ALPHABET`; every text
                                ends with a line break
``validation_characters``, ``test_characters``  likewise
=======================  =====  ==================================================================

A text is in one part as a whole. What is known about it: ``kind`` ("characters"), ``alphabet``,
``documents`` (texts by part), ``fold``, ``remarks`` on characters that are not in the alphabet,
``notes`` on how a user's own texts were read, ``source`` and ``sha256``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from descent.data.corpus import Corpus, parts_of
from descent.data.dataset import Dataset, make_dataset

#: The characters by their number: a symbol that stands for all others, the line break, and the
#: printable ones of ASCII.
ALPHABET = "\ufffd\n" + "".join(map(chr, range(32, 127)))
#: A share of other characters that is remarked on.
MANY_OTHERS = 0.02

_NUMBERS = np.zeros(128, np.uint8)
_NUMBERS[[ord(c) for c in ALPHABET[1:]]] = np.arange(1, len(ALPHABET))


def number_characters(corpus: Corpus, fold: int) -> Dataset:
    """Return the characters of a corpus as numbers.

    Parameters
    ----------
    corpus : Corpus
        The texts.
    fold : int
        Fold of the test part, 0 to 9; see :func:`descent.data.corpus.parts_of`.

    Returns
    -------
    Dataset
        The arrays of this module's table.

    Raises
    ------
    SettingError
        If the fold is out of range.
    DataError
        If a part would be empty.
    """
    arrays, documents = {}, {}
    for part, chosen in parts_of(corpus, fold).items():
        texts = [corpus.texts[i] for i in np.flatnonzero(chosen).tolist()]
        ended = (text if text.endswith("\n") else text + "\n" for text in texts)
        arrays[f"{part}_characters"] = numbers_of("".join(ended))
        documents[part] = len(texts)
    others = np.mean([np.mean(numbers == 0) for numbers in arrays.values()])
    remarks = [*corpus.remarks]
    if others > MANY_OTHERS:
        remarks.append(
            f"{100 * others:.0f} % of the characters are not in the alphabet of a language model, "
            "which is ASCII: all of them are one symbol"
        )
    about = {
        "kind": "characters",
        "alphabet": ALPHABET,
        "documents": documents,
        "fold": fold,
        "remarks": remarks,
        "notes": [*corpus.notes],
        "source": corpus.source,
        "sha256": corpus.sha256,
    }
    return make_dataset(arrays, about)


def numbers_of(text: str) -> NDArray[np.uint8]:
    """Return the numbers of the characters of a text in :data:`ALPHABET`."""
    points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    numbers: NDArray[np.uint8] = _NUMBERS[np.minimum(points, 127)]  # 127 is none of the alphabet
    return numbers


def text_of(numbers: NDArray[np.integer]) -> str:
    """Return the text of some numbers."""
    return "".join(ALPHABET[number] for number in numbers)
