"""What looks wrong in a user's data, though it can be read: one sentence each, with the counts.

They are remarks of the dataset, which a study shows among its warnings.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from descent.data.labelled_vectors import Labelled
from descent.foundation.suggestions import shown_value

if TYPE_CHECKING:
    import pandas as pd

#: What a column that numbers the rows is often called; pandas calls one without a name Unnamed.
ROW_NUMBERS = re.compile(r"|unnamed: \d+|index|row|nr|no|number|id|.*[ _]id", re.IGNORECASE)
#: Share of the test examples, and of all, from which repetitions are remarked upon.
FEW = 0.01
MANY = 0.5


def numbers_rows(name: str, frames: Iterable[pd.DataFrame]) -> bool:
    """Return whether a column holds another whole number in each row, and is called like an index.

    Parameters
    ----------
    name : str
        Its name.
    frames : iterable of DataFrame
        The parts of the data.
    """
    if not ROW_NUMBERS.fullmatch(name.strip()):
        return False
    columns = [frame[name] for frame in frames if name in frame]
    return all(c.dtype.kind in "iu" and len(c) > 1 and c.is_unique for c in columns)


def in_spelling(labels: NDArray[np.generic]) -> Iterator[str]:
    """Yield a remark on classes of which the names differ in spelling alone.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        The labels of all parts.
    """
    if labels.dtype.kind != "U":
        return
    alike: dict[str, list[str]] = {}
    counts = Counter(labels.tolist())
    for name in sorted(counts):
        alike.setdefault(_spelled(name), []).append(name)
    for names in alike.values():
        if len(names) > 1:
            found = ", ".join(f"{name!a} ({counts[name]:,} labels)" for name in names)
            yield f"classes differ in spelling alone: {found}. Spell them alike if they are one"


def _spelled(name: str) -> str:
    """Return a label without what people and programs spell differently."""
    text = unicodedata.normalize("NFKC", name)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")  # as a zero-width space
    text = " ".join(text.casefold().split()).rstrip(".").strip()
    return f"{float(text):g}" if re.fullmatch(r"[-+]?\d+(\.\d*)?", text) else text


def in_repetitions(parts: Mapping[str, Labelled]) -> Iterator[str]:
    """Yield a remark on test examples that are training examples, and one on rows many times over.

    Parameters
    ----------
    parts : mapping of {"train", "validation", "test"} to (inputs, labels)
        Inputs of shape (n, p).
    """
    kind = np.result_type(*(x for x, _ in parts.values()))
    rows = {
        part: [hash(row.tobytes()) for row in x.astype(kind, copy=False)]
        for part, (x, _) in parts.items()
    }
    trained_on = set(rows["train"])
    seen = sum(row in trained_on for row in rows["test"])
    if seen > FEW * len(rows["test"]):
        yield (
            f"{seen:,} of {len(rows['test']):,} test examples have the inputs of a training "
            "example, and show how well it is remembered"
        )
    every = [row for part in rows.values() for row in part]
    if (distinct := len(set(every))) <= MANY * len(every):
        yield f"the {len(every):,} examples have only {distinct:,} different inputs"


def of_column(name: str) -> str:
    """Return the remark on a column that numbers the rows and is an input."""
    return (
        f"the column {shown_value(name)} holds another whole number in each row, and is an input: "
        "name it in leave_out if it numbers the examples"
    )
