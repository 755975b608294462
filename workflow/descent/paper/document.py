"""The content of a paper: every number from the study's tables, its config and its provenance."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from descent import __version__
from descent.analysis import answer, findings
from descent.analysis.claims.claim import REFERENCES, Agreement
from descent.analysis.claims.table import Assessed, assess_all
from descent.analysis.tables import display
from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import COLUMN_WIDTH, PAGE_WIDTH, palette
from descent.foundation.wording import counted
from descent.paper import results
from descent.paper.figures import OF_APPENDIX, OF_RESULTS, OF_SPEED, figures
from descent.paper.limits import limits
from descent.paper.references import References
from descent.report import overview
from descent.reproducibility import provenance
from descent.study.measures import ACCURACY_TOLERANCE, LOSS_TOLERANCE
from descent.study.plan import Run, Study
from descent.study.titles import capitalized
from descent.verdicts.looks import ALPHA
from descent.verdicts.sentences import count_of_verdicts, listed_names

#: What is assumed of every study.
CONSTANTS = {
    "level": f"{100 * (1 - ALPHA):g} %",
    "robust_accuracy": f"{100 * ACCURACY_TOLERANCE:g} points",
    "robust_loss": f"{100 * LOSS_TOLERANCE:g} %",
}
#: The works that published data are from, by ``use`` of a dataset.
_DATA = {"mnist": "lecun", "reviews": "pang"}
#: How much of a digest a page shows.
_SHOWN_DIGITS = 16


def document(tables: StudyTables, configfiles: Sequence[str]) -> dict[str, Any]:
    """Return everything that the template of the paper reads.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study with its figures, findings and provenance.
    configfiles : sequence of str
        Config files of the study, as its command names them.

    Returns
    -------
    dict
        Texts, tables, names of files; JSON can hold it. The same for the same files.
    """
    references = References()
    assessed = assess_all(tables)
    shown_table = partial(table, optimizers=tables.optimizers)
    return {
        "study": tables.config["study"],
        "track": tables.track,
        "widths": {"column": COLUMN_WIDTH, "text": PAGE_WIDTH},
        "software": {"descent": __version__},
        "counts": counts(tables),
        "question": answer.question(tables.config),
        "abstract": abstract(tables, assessed),
        "protocol": protocol(tables, references),
        "citations": references.works(REFERENCES),
        "results": [of_problem(tables, problem) for problem in tables.problems],
        "curves": described(tables, OF_RESULTS),
        "appendix": described(tables, OF_APPENDIX),
        "constants": CONSTANTS,
        "across": shown_table(display.across_problems(tables)),
        "speed": {
            "table": shown_table(results.cost(tables)),
            "figures": described(tables, OF_SPEED),
        },
        "claims": {
            "table": shown_table(results.claims(assessed)),
            "citations": [
                references.work(key)
                for key in dict.fromkeys(one.claim.source for one in assessed)
                if key in REFERENCES
            ],
        },
        "limits": [*(said.text for said in answer.caveats(tables)), *limits(tables.config)],
        "warnings": [
            f"{str(check).replace('_', ' ')} ({count})"
            for check, count in tables["warnings"]["check"].value_counts(sort=False).items()
        ],
        "fingerprints": fingerprints(tables),
        "configfiles": shlex.join(configfiles),
        "example_record": example_record(tables),
        "references": references.listed(),
    }


def table(shown: display.ShownTable, optimizers: Sequence[str]) -> dict[str, Any]:
    """Return a table as a template reads it.

    Parameters
    ----------
    shown : ShownTable
        The table.
    optimizers : sequence of str
        All optimizers of the study, which decide the colour of each, as in the figures.

    Returns
    -------
    dict
        Headers with their alignments, rows of cells with the colour of their optimizer and whether
        they are shaded because it leads, and the files that they are from.
    """
    looks = palette(optimizers)
    return {
        "headers": [header.text for header in shown.headers],
        "alignments": [header.align for header in shown.headers],
        "rows": [
            {
                "cells": [cell.text for cell in row.cells],
                "colour": looks[row.optimizers[0]].colour if row.optimizers else None,
                "leads": row.leads,
            }
            for row in shown.rows
        ],
        "filled": bool(shown.rows),
        "sources": [file_name(source) for source in shown.sources],
    }


def counts(tables: StudyTables) -> dict[str, str]:
    """Return the numbers of optimizers, problems, runs and steps."""
    runs = tables["runs"]
    return {
        "optimizers": counted(len(tables.optimizers), "optimizer"),
        "problems": counted(len(tables.problems), "problem"),
        "runs": counted(len(runs), "training run"),
        "unfinished": f"{int((runs['status'] != 'finished').sum()):,}",
        "steps": counted(int(runs["steps"].sum()), "training step"),
    }


def abstract(tables: StudyTables, assessed: Sequence[Assessed]) -> list[str]:
    """Return the sentences of the abstract: budgets, the answer, verdicts and claims."""
    pairs = tables.rows("comparisons", track=tables.track)
    said = [*findings.tuning_budgets(tables), *map(str, answer.opening(tables))]
    if pairs:
        said.append(capitalized(count_of_verdicts(pairs, "the margin")))
    found = Counter(one.outcome.agreement for one in assessed)
    del found[Agreement.NO_DATA]
    if found:
        words = {
            Agreement.AGREES: "in agreement",
            Agreement.IN_PART: "in agreement in part",
            Agreement.DISAGREES: "in disagreement",
            Agreement.UNDECIDED: "undecided",
        }
        counts = listed_names(f"{found[of]} {word}" for of, word in words.items() if found[of])
        said.append(f"Claims of the literature beside these data: {counts}.")
    return said


def protocol(tables: StudyTables, references: References) -> dict[str, Any]:
    """Return problems, optimizers, data, tracks and seeds, from the config."""
    config = tables.config
    rules = {name: entry["use"] for name, entry in config["optimizers"].items()}
    optimizers = overview.optimizers(
        config, references={name: references.rule(use) for name, use in rules.items()}
    )
    return {
        "problems": table(overview.problems(config), tables.optimizers),
        "optimizers": table(optimizers, tables.optimizers),
        "tracks": [f"{track}: {meaning}" for track, meaning in overview.tracks(config)],
        "how": list(findings.how_it_was_run(tables).sentences),
        "looks": _looks(tables),
        "data": list(_data(config, references)),
    }


def _looks(tables: StudyTables) -> str | None:
    """Return after how many seeds the study looks; None if it looks once."""
    study = Study(tables.config, tables.folder)
    looks = [
        [str(look.seeds) for look in study.looks_of(problem, tables.track)]
        for problem in tables.problems
    ]
    several = {" ".join(of_problem): of_problem for of_problem in looks if len(of_problem) > 1}
    if not several:
        return None
    said = listed_names(f"{listed_names(of_problem)} seeds" for of_problem in several.values())
    once = any(len(of_problem) == 1 for of_problem in looks)
    return f"{said}, but once where the seeds are the folds of one corpus" if once else said


def _data(config: Mapping[str, Any], references: References) -> Iterator[str]:
    for name, entry in config["datasets"].items():
        work = _DATA.get(entry["use"])
        yield f"{name} {references.work(work)}" if work else name


def of_problem(tables: StudyTables, problem: str) -> dict[str, Any]:
    """Return the results on one problem."""
    section = findings.of_problem(tables, problem)
    return {
        "name": problem,
        "title": section.title,
        "leaders": capitalized(answer.of_problem(tables, problem).text),
        "sentences": list(section.sentences),
        "table": table(results.of_problem(tables, problem), tables.optimizers),
    }


def described(tables: StudyTables, part: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Return the figures of a part of the paper, with the captions that were written with them."""
    return [
        figure
        | {"caption": (tables.folder / figure["caption"]).read_text(encoding="utf-8").strip()}
        for figure in figures(tables.config, part)
    ]


def example_record(tables: StudyTables) -> str:
    """Return the first record of the first leader that counts, below the study's folder."""
    problem = tables.problems[0]
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    leader = str(board.sort_values("rank")["optimizer"].iloc[0])
    runs = tables.rows("runs", problem=problem, track=tables.track, optimizer=leader, counts=True)
    study = Study(tables.config, tables.folder)
    run = Run(problem, leader, str(runs[0]["candidate"]), int(runs[0]["seed"]))
    return study.record_path(run).relative_to(study.folder).as_posix()


def fingerprints(tables: StudyTables) -> dict[str, Any]:
    """Return digests of the config, the code, the data and the results.

    Raises
    ------
    FileNotFoundError
        If the study has no provenance.
    """
    path = provenance.file_of(tables.path, "manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    files: dict[str, str] = manifest["files"]
    of_records = {file: digest for file, digest in files.items() if file.startswith("runs/")}
    tables_alone = {file: digest for file, digest in files.items() if file.startswith("tables/")}
    own: dict[str, str] = manifest["own_files"]
    digests = {
        "code of the runs": digest_of(manifest["sources"]),
        "records of the runs": digest_of(of_records),
        "tables": digest_of(tables_alone),
        "manifest.json": _short(hashlib.sha256(path.read_bytes()).hexdigest()),
        **{Path(name).name: _short(digest) for name, digest in manifest["published"].items()},
        **({f"data of one's own, {len(own)} files": digest_of(own)} if own else {}),
    }
    rows = [(name, f"`{digest}`") for name, digest in digests.items()]
    return {"algorithm": "SHA-256", "table": table(display.of_texts(("what", "digest"), rows), ())}


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the beginning of the SHA-256 of content as sorted JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return _short(hashlib.sha256(text.encode()).hexdigest())


def _short(digest: str) -> str:
    return digest[:_SHOWN_DIGITS]
