"""The commands that make a study and its parts, as a paper names them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from descent.analysis.tables.study_tables import StudyTables
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
