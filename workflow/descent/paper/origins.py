"""From a table or a figure of a paper to its file, to the runs and to the command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables
from descent.paper.figures import PaperFigure
from descent.study.plan import Run, Study


def commands(tables: StudyTables, configfiles: Sequence[str]) -> dict[str, str]:
    """Return the commands that make a study and its parts.

    Parameters
    ----------
    tables : StudyTables
        The study.
    configfiles : sequence of str
        Config files of the study, as on the command line.
    """
    folder = f"results/{tables.config['study']}"
    study = shlex.quote(f"{folder}/study.json")
    config = f"--configfile {shlex.join(configfiles)}"
    record = shlex.quote(f"{folder}/{example_record(tables)}")
    return {
        "paper": f"snakemake --cores 8 paper {config}",
        "verify": f"snakemake --cores 1 verify {config}",
        "record": f"rm {record} && snakemake --cores 1 {record} {config}",
        "tables": f"python -m descent.analysis.tables.build {study}",
        "figures": f"python -m descent.figures.study_figures {study}",
        "findings": f"python -m descent.analysis.findings {study} --output {folder}/findings.md",
        "claims": (
            f"python -m descent.analysis.claims.assess {study} --output {folder}/paper/claims.csv"
        ),
        "typeset": f"python -m descent.paper {study} --configfile {shlex.join(configfiles)}",
    }


def example_record(tables: StudyTables) -> str:
    """Return the record of one evaluated run, below the study's folder: of the first leader."""
    problem = tables.problems[0]
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    leader = str(board.sort_values("rank")["optimizer"].iloc[0])
    study = Study(tables.config, tables.folder)
    run = Run(problem, leader, tables.track, study.evaluation_seeds[0])
    return study.record_path(run).relative_to(study.folder).as_posix()


def of_tables(tables: StudyTables, commands: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return for each kind of table of the paper: which they are, their files, their command."""
    build, paper = commands["tables"], commands["paper"]
    kinds: list[tuple[Sequence[str], Sequence[str], str]] = [
        (("problems", "optimizers"), (), paper),
        (tables.problems, ("leaderboard", "sensitivity"), build),
        (("verdicts",), ("comparisons", "leaderboard", "resolution"), build),
        (("across",), ("across_problems", "leaderboard"), build),
        (("cost",), ("runs", "leaderboard"), build),
        (("sensitivity",), ("sensitivity",), build),
    ]
    rows = [
        {
            "labels": [table_label(name) for name in names],
            "files": [file_name(name) for name in sources] or ["study.json"],
            "command": command,
        }
        for names, sources, command in kinds
        # a table without a row is left out
        if not sources or len(tables[sources[0]])
    ]
    claims = {"files": ["paper/claims.csv"], "command": commands["claims"]}
    prints = {"files": ["provenance/manifest.json"], "command": commands["verify"]}
    return [
        *rows,
        {"labels": [table_label("claims")], **claims},
        {"labels": [table_label("fingerprints")], **prints},
    ]


def of_figures(shown: Sequence[PaperFigure], commands: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return for each kind of figure: which they are, their tables and their command."""
    kinds = dict.fromkeys(figure.name for figure in shown)
    return [
        {
            "labels": [figure_label(figure) for figure in shown if figure.name == kind],
            "files": sorted({file for f in shown if f.name == kind for file in f.tables}),
            "command": f"{commands['figures']} --only {kind}",
        }
        for kind in kinds
    ]


def table_label(name: str) -> str:
    """Return the name by which the paper refers to a table."""
    return f"table-{name}"


def figure_label(figure: PaperFigure) -> str:
    """Return the name by which the paper refers to a figure."""
    return "-".join(filter(None, ("figure", figure.name, figure.problem)))
