"""What a claim is, and how far a study agrees with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from descent.analysis.tables.study_tables import StudyTables


class Agreement(StrEnum):
    """How far the tables of a study agree with a claim."""

    AGREES = "agrees"
    IN_PART = "agrees in part"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"
    NO_DATA = "no data in this study"


@dataclass(frozen=True)
class Outcome:
    """What the tables of a study say to a claim.

    Attributes
    ----------
    agreement : Agreement
        Whether they agree.
    measure : str
        Our numbers, in words; empty without data.
    """

    agreement: Agreement
    measure: str = ""


NO_DATA = Outcome(Agreement.NO_DATA)


class Evidence(Protocol):
    """What in the tables speaks to a claim.

    Attributes
    ----------
    tables : tuple of str
        Names of the tables that are read.
    decided : str
        How agreement is decided, in one sentence.
    """

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are read."""

    @property
    def decided(self) -> str:
        """How agreement is decided."""

    def outcome(self, tables: StudyTables) -> Outcome:
        """Return what the tables of a study say."""


@dataclass(frozen=True)
class Claim:
    """One claim of the literature.

    Attributes
    ----------
    name : str
        Its name in the table of claims.
    text : str
        What is claimed, in one sentence of our own.
    source : str
        Who claims it: a key of ``WORKS``, or a page of this project's documentation.
    evidence : Evidence
        What in the tables speaks to it.
    remark : str
        How our study differs from the published one, where that matters; may be empty.
    """

    name: str
    text: str
    source: str
    evidence: Evidence
    remark: str = ""
