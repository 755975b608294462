"""Every claim beside what the tables of a study say about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from descent.analysis.claims import assess
from descent.analysis.claims.claim import CLAIMS, Claim, Outcome
from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables

COLUMNS = ["claim", "source", "text", "agreement", "measure", "decided", "remark", "tables"]


class Assessed(NamedTuple):
    """A claim, and what the tables of a study say about it.

    Attributes
    ----------
    name : str
        The claim's.
    claim : Claim
        The claim.
    outcome : Outcome
        What the study says.
    """

    name: str
    claim: Claim
    outcome: Outcome


def assess_all(tables: StudyTables) -> list[Assessed]:
    """Return every claim with what a study says about it, in the order of ``claims.yaml``.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.
    """
    return [Assessed(name, claim, getattr(assess, name)(tables)) for name, claim in CLAIMS.items()]


def as_csv(assessed: Sequence[Assessed]) -> str:
    """Return the table of claims, one a row."""
    rows = [
        [
            *(name, claim.source_title, claim.text, *outcome, claim.decided, claim.remark),
            " ".join(map(file_name, claim.tables)),
        ]
        for name, claim, outcome in assessed
    ]
    return pd.DataFrame(rows, columns=COLUMNS).to_csv(index=False, lineterminator="\n")
