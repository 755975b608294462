"""The tables of a paper: each is made of tables of the study, and computes no statistic."""

from __future__ import annotations

from descent.analysis.claims.table import Assessed
from descent.analysis.tables.display import (
    FINDINGS,
    Align,
    ShownTable,
    gradients_per_step,
    leaderboard,
    of_texts,
)
from descent.analysis.tables.formatting import MISSING, number
from descent.analysis.tables.study_tables import StudyTables


def of_problem(tables: StudyTables, problem: str) -> ShownTable:
    """Return the results of every optimizer on a problem, best first."""
    return leaderboard(tables, problem, tables.track, FINDINGS, other_tracks=True)


def cost(tables: StudyTables) -> ShownTable:
    """Return the costs of an optimizer that are the same on every machine."""
    state = tables["runs"].groupby("optimizer")["state_bytes_per_parameter"].agg(["min", "max"])
    gradients = gradients_per_step(tables)
    columns: dict[str, Align] = {
        "optimizer": "left",
        "bytes per parameter": "right",
        "gradients per step": "point",
    }
    rows = [
        (
            title,
            " to ".join(dict.fromkeys(map(number, state.loc[name]))),
            number(gradients.get(name)),
        )
        for name, title in tables.optimizer_titles.items()
    ]
    return of_texts(columns, rows, optimizers=tables.optimizers, sources=("runs",))


def claims(assessed: list[Assessed]) -> ShownTable:
    """Return the claims of the literature beside what the study says to them."""
    rows = [
        (
            " ".join(filter(None, (one.claim.text, one.claim.remark))),
            one.claim.source_title,
            one.outcome.measure or MISSING,
            str(one.outcome.agreement),
        )
        for one in assessed
    ]
    read = dict.fromkeys(name for one in assessed for name in one.claim.tables)
    columns: dict[str, Align] = {
        "claim": "wide",
        "source": "left",
        "ours": "wide",
        "agreement": "left",
    }
    return of_texts(columns, rows, sources=tuple(read))
