"""A verdict on files of results, for people and for continuous integration.

Exit codes: 0 judged, or as required; 1 not as required; 2 cannot tell; 3 bad input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import jinja2
import pandas as pd

from descent.foundation.atomic_files import write_atomically
from descent.verdicts.judgement import Verdict, verdict
from descent.verdicts.tables import read_files

MET, NOT_MET, CANNOT_TELL, BAD_INPUT = range(4)
REQUIREMENTS = ("better", "no-worse")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the results that the command line names; return the exit code."""
    options = vars(_parser().parse_args(arguments))
    files, to_json, page = (options.pop(name) for name in ("files", "json", "page"))
    kind, focus = options.pop("require") or (None, None)
    try:
        found = verdict(read_files(files), focus=focus, **options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    print(found)
    if to_json is not None:
        write_atomically(to_json, (json.dumps(as_json(found), indent=2) + "\n").encode())
    if page is not None:
        write_atomically(page, as_page(found).encode())
    if kind is None:
        return MET if found.comparisons["low"].notna().any() else CANNOT_TELL
    code = judge_requirement(found, kind, str(focus), options["baseline"])
    than = options["baseline"] or "every other"
    outcome = {MET: "yes", NOT_MET: "no", CANNOT_TELL: "cannot tell"}[code]
    print(f"\nRequired: {focus} {kind.replace('-', ' ')} than {than}: {outcome}.")
    return code


def _parser() -> argparse.ArgumentParser:
    description, _, codes = (__doc__ or "").partition("\n\n")
    parser = _Parser(prog="descent verdict", description=description, epilog=codes)
    add = parser.add_argument
    add("files", nargs="+", type=Path, help="CSV, Parquet or JSON lines; several are one table")
    add("--score", metavar="COLUMN", help="what is compared (default: guessed by name)")
    switch = argparse.BooleanOptionalAction
    add("--lower-is-better", action=switch, help="default: what the name of the score says")
    add("--margin", help="smallest difference that matters: 0.002, or 2%% of the baseline's mean")
    add("--baseline", metavar="METHOD", help="the method that the others are held against")
    add("--method", metavar="COLUMN", help="whose run it is (default: optimizer, method, ...)")
    add("--problem", metavar="COLUMN", help="judged one by one (default: problem, task, ...)")
    add("--pair-by", metavar="COLUMN", default="seed", help="what pairs the runs (default: seed)")
    add("--unpaired", dest="pair_by", action="store_const", const=None, help="pair no runs")
    add("--worst", type=float, help="what a lost run counts as: the score without training")
    add("--looks", type=_numbers, default=(), metavar="10,20", help="seeds of all planned looks")
    add("--json", type=Path, metavar="FILE", help="write the verdict as JSON")
    add("--page", type=Path, metavar="FILE.html", help="write the verdict as a page")
    add(
        "--require", type=_requirement, metavar="better:METHOD|no-worse:METHOD", help="exit 0 if so"
    )
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"must be numbers of seeds, as in 10,20. Received: {text}"
        ) from error


def _requirement(text: str) -> tuple[str, str]:
    kind, _, focus = text.partition(":")
    if kind not in REQUIREMENTS or not focus:
        raise argparse.ArgumentTypeError(
            f"must be better:METHOD or no-worse:METHOD. Received: {text}"
        )
    return kind, focus


def judge_requirement(found: Verdict, kind: str, focus: str, baseline: str | None) -> int:
    """Return the exit code for what is required of a method.

    Parameters
    ----------
    found : Verdict
        The verdict.
    kind : {"better", "no-worse"}
        ``no-worse``: the whole interval lies above minus the margin, or, without one, above zero.
    focus : str
        Of which method.
    baseline : str or None
        Than which; None: than every other.

    Returns
    -------
    int
        0 if it holds on every problem, 1 if it is shown not to on one, else 2; also 2 if no problem
        has both methods.
    """
    pairs = [(p, {p["first"], p["second"]}) for p in found.comparisons.to_dict("records")]
    codes = {
        _code(pair, kind, ahead=pair["first"] == focus)
        for pair, names in pairs
        if focus in names and baseline in {None, *names}
    }
    return next((code for code in (NOT_MET, CANNOT_TELL, MET) if code in codes), CANNOT_TELL)


def _code(pair: dict[Any, Any], kind: str, *, ahead: bool) -> int:
    better, equivalent = (word in pair["verdict"] for word in ("better", "equivalent"))
    least = pair["low"] if ahead else -pair["high"]
    if (better and ahead) or (kind == "no-worse" and (equivalent or least > -pair["margin"])):
        return MET
    return NOT_MET if better or equivalent else CANNOT_TELL


def as_json(found: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON types; a number that there is not is None."""
    return {
        "answer": found.answer,
        "comparisons": _records(found.comparisons),
        "methods": _records(found.methods),
        "notes": found.notes,
        "not_to_be_claimed": found.limits,
    }


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def as_page(found: Verdict) -> str:
    """Return a verdict as a page of its own, without scripts or a network."""
    tables = {
        title: table.dropna(axis=1, how="all").to_html(
            index=False, border=0, float_format="{:.4g}".format, na_rep="-"
        )
        for title, table in (("Pairs", found.comparisons), ("Methods", found.methods))
    }
    template = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    page = jinja2.Environment(autoescape=True).from_string(template)
    return page.render(verdict=found, tables=tables)
