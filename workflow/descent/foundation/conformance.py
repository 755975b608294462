"""Checks of the contract of a user's own class: what the checks of all contracts share."""

from __future__ import annotations

import argparse
import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked.

    Attributes
    ----------
    check : str
        What was checked, as a statement that should be true.
    holds : bool
        Whether it is.
    explanation : str
        What was seen; if the check fails, what is wrong and what to do.
    cause : str, default ""
        Where an exception came from, or the explanation; the same for all checks that one fault
        spoils.
    """

    check: str
    holds: bool
    explanation: str
    cause: str = ""

    def __str__(self) -> str:
        explanation = f": {self.explanation}" if self.explanation else ""
        return f"{'ok   ' if self.holds else 'WRONG'}  {self.check}{explanation}"


class Fault(Exception):  # noqa: N818
    """What is wrong, in a sentence that says what to do."""


def expect(holds: object, message: str, *received: object) -> None:
    """Raise a fault with a message, and what was received in place of it, unless a fact holds."""
    if not holds:
        raise Fault(". Received: ".join([message, *map(str, received)]))


def run_checks(
    checks: Mapping[str, Callable[[T], str | None]], make: Callable[[], T]
) -> list[Finding]:
    """Run every check on an object of its own.

    Parameters
    ----------
    checks : mapping of str to callable
        For each statement, a function that returns an explanation or raises :class:`Fault`.
    make : callable
        Returns a new object to check.

    Returns
    -------
    list of Finding
        One for each check, in their order. Any exception in a check is a finding.
    """
    findings = []
    for statement, check in checks.items():
        try:
            with np.errstate(all="ignore"):
                findings.append(Finding(statement, holds=True, explanation=check(make()) or ""))
        except Fault as fault:
            reason = str(fault)
            findings.append(Finding(statement, holds=False, explanation=reason, cause=reason))
        except Exception as error:  # noqa: BLE001 - what is under test may raise anything
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}, line {last.lineno}"
            explanation = f"raised {type(error).__name__} in {where}: {error}"
            if "read-only" in str(error):
                explanation += "; what it is given is only to be read"
            findings.append(Finding(statement, holds=False, explanation=explanation, cause=where))
    return findings


def print_findings(name: str, findings: Sequence[Finding]) -> int:
    """Print findings and what follows from them.

    Parameters
    ----------
    name : str
        What was checked.
    findings : sequence of Finding
        Its findings.

    Returns
    -------
    int
        Exit code: 1 if anything is wrong.
    """
    first: dict[str, str] = {}
    for finding in findings:
        if not finding.cause or first.setdefault(finding.cause, finding.check) == finding.check:
            print(finding)
    for cause, check in first.items():
        spoiled = [f.check for f in findings if f.cause == cause and f.check != check]
        if spoiled:
            print(f"       for the same cause, not: {', '.join(spoiled)}")
    faults = sum(not finding.holds for finding in findings)
    print(
        f"{name}: {faults} of {len(findings)} checks failed"
        if faults
        else f"{name} may join a study: all {len(findings)} checks hold"
    )
    return 1 if faults else 0


def add_settings_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option ``--set NAME=VALUE``, which may be repeated."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help=f"{what}; the value as in JSON, anything else is text",
    )


def _setting(text: str) -> tuple[str, object]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"--set needs NAME=VALUE. Received: {text}")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
