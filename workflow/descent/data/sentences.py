"""Texts as sentences: the steps of the networks that read one sentence after the other."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

# The end of a sentence: a mark with a blank behind it, but no full stop behind a single letter, as
# in "J. Doe" and "e.g."; the marks of scripts without blanks; or an empty line.
_AFTER = "[\"'\u201d\u2019\u00bb)\\]]*"
_END = re.compile(
    rf"(?:[!?\u2026\u0964\u0965\u061f\u06d4\u0589\u1362]|(?<!\b[^\W\d_])\.)+{_AFTER}\s+"
    "|[\u3002\uff01\uff1f\uff61]+[\u201d\u300d\u300f\uff09]*"
    r"|\n\s*\n"
)


def usual_split(texts: Sequence[str]) -> str:
    """Return how texts are split: by lines if most of them have several, or by punctuation."""
    several = sum(len(split_sentences(text, "lines")) > 1 for text in texts)
    return "lines" if 2 * several > len(texts) else "punctuation"


def split_sentences(text: str, by: str) -> list[str]:
    """Return the sentences of a text that are not blank, or one empty sentence if there is none.

    Parameters
    ----------
    text : str
        The text.
    by : {"lines", "punctuation", "none"}
        Each line; up to each mark that ends a sentence, or empty line; or all of it.

    Examples
    --------
    >>> split_sentences("Good? J. Doe says so. I do not.", "punctuation")
    ['Good?', 'J. Doe says so.', 'I do not.']
    """
    if by == "lines":
        pieces = text.split("\n")
    elif by == "punctuation":
        ends = [0, *(match.end() for match in _END.finditer(text)), len(text)]
        pieces = [text[start:end].strip() for start, end in itertools.pairwise(ends)]
    else:
        pieces = [text]
    return [piece for piece in pieces if piece.strip()] or [""]
