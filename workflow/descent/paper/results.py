"""The tables of a paper: each is made of tables of the study, and computes no statistic."""

from __future__ import annotations

from collections import Counter

from descent.analysis.claims.table import Assessed
from descent.analysis.tables.display import FINDINGS, Align, ShownTable, leaderboard, of_texts
from descent.analysis.tables.formatting import MISSING, number, robust_decades
from descent.analysis.tables.study_tables import StudyTables
from descent.foundation.wording import metric_difference
from descent.verdicts.sentences import listed_names


def of_problem(tables: StudyTables, problem: str) -> ShownTable:
    """Return the results of every optimizer on a problem, best first."""
    return leaderboard(tables, problem, tables.track, FINDINGS, other_tracks=True)


def verdicts(tables: StudyTables) -> ShownTable:
    """Return the verdicts of each problem: how many pairs are decided, and who leads."""
    rows = []
    for problem, title in tables.problem_titles.items():
        pairs = tables.pairs(problem)
        counts = Counter(pair["verdict"] for pair in pairs)
        board = tables.rows("leaderboard", titled=True, problem=problem, track=tables.track)
        leaders = [row["optimizer"] for row in board if row["contender"]]
        visible = [
            metric_difference(row["least_difference"], row["metric"])
            for row in tables.rows("resolution", problem=problem, track=tables.track)
        ]
        kinds = ("better", "better and equivalent", "equivalent", "undecided")
        rows.append(
            (
                title,
                *(str(counts[kind]) for kind in kinds),
                metric_difference(pairs[0]["margin"], pairs[0]["metric"]) if pairs else MISSING,
                *(visible or [MISSING]),
                "all" if len(leaders) == len(board) else listed_names(leaders),
            )
        )
    columns: dict[str, Align] = {
        "problem": "left",
        "better": "right",
        "better, within the margin": "right",
        "equivalent": "right",
        "undecided": "right",
        "margin": "right",
        "visible": "right",
        "leaders": "wide",
    }
    return of_texts(columns, rows, sources=("comparisons", "leaderboard", "resolution"))


def cost(tables: StudyTables) -> ShownTable:
    """Return the costs of an optimizer that are the same on every machine, and its speed."""
    targets = [name for name in tables.problems if tables.config["problems"][name].get("target")]
    state = tables["runs"].groupby("optimizer")["state_bytes_per_parameter"].agg(["min", "max"])
    met = tables.of("runs", target_reached=True)
    gradients = met["gradient_evaluations_to_target"] / met["steps_to_target"]
    per_step = gradients.groupby(met["optimizer"]).median()
    epochs = {
        (row["problem"], row["optimizer"]): number(row["median_epochs_to_target"])
        for row in tables.rows("leaderboard", track=tables.track)
    }
    columns: dict[str, Align] = {
        "optimizer": "left",
        "bytes per parameter": "right",
        "gradients per step": "point",
        **{tables.problem_titles[problem]: "point" for problem in targets},
    }
    rows = [
        (
            title,
            " to ".join(dict.fromkeys(map(number, state.loc[name]))),
            number(per_step.get(name)),
            *(epochs[problem, name] for problem in targets),
        )
        for name, title in tables.optimizer_titles.items()
    ]
    return of_texts(columns, rows, optimizers=tables.optimizers, sources=("runs", "leaderboard"))


def sensitivity(tables: StudyTables) -> ShownTable:
    """Return the decades of learning rates within which each optimizer stays near its best."""
    known = {
        (row["problem"], row["optimizer"]): robust_decades(row)
        for row in tables.rows("sensitivity")
    }
    named = tables.optimizer_titles if known else {}
    rows = [
        (title, *(known.get((problem, name), MISSING) for problem in tables.problems))
        for name, title in named.items()
    ]
    columns: dict[str, Align] = {
        "optimizer": "left",
        **dict.fromkeys(tables.problem_titles.values(), "point"),
    }
    return of_texts(columns, rows, optimizers=list(named), sources=("sensitivity",))


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
