"""The claims that every study is compared with, their sources, and how far a study agrees."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Reference(NamedTuple):
    """One published work.

    Attributes
    ----------
    short : str
        How a sentence names it: ``Choi et al. 2019``.
    text : str
        The whole reference, with its DOI or arXiv number if it has one.
    """

    short: str
    text: str


class Claim(NamedTuple):
    """One claim of the literature.

    Attributes
    ----------
    text : str
        What is claimed, in one sentence of our own.
    source : str
        Who claims it: a key of ``REFERENCES``, or a page of this project's documentation.
    tables : list of str
        Names of the tables that are read.
    decided : str
        How agreement is decided, in one sentence.
    remark : str
        How our study differs from the published one, where that matters; may be empty.
    """

    text: str
    source: str
    tables: list[str]
    decided: str
    remark: str = ""

    @property
    def source_title(self) -> str:
        """Who claims it, as a sentence names them."""
        return REFERENCES[self.source].short if self.source in REFERENCES else self.source


class Agreement(StrEnum):
    """How far the tables of a study agree with a claim."""

    AGREES = "agrees"
    IN_PART = "agrees in part"
    DISAGREES = "disagrees"
    UNDECIDED = "undecided"
    NO_DATA = "no data in this study"


class Outcome(NamedTuple):
    """What the tables of a study say about a claim.

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


#: Where the claims and the literature are declared.
FILES = {name: Path(__file__).with_name(f"{name}.yaml") for name in ("claims", "references")}


def _entries(name: str) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))
    return entries


#: The literature that a study is compared with, and that its methods are taken from.
REFERENCES = {key: Reference(**entry) for key, entry in _entries("references").items()}
#: Every claim by its name.
CLAIMS = {name: Claim(**entry) for name, entry in _entries("claims").items()}
