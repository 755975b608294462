"""The tables of a paper: each is made of tables of the study, and computes no statistic."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from descent.analysis.claims.assess import Assessed
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import (
    better_word,
    metric_difference,
    metric_name,
    metric_value,
    missing,
    number,
)
from descent.analysis.verdict_sentences import listed_names
from descent.paper.cells import colours, row, table

Row = Mapping[str, Any]
DASH = "-"


def leaderboard(tables: StudyTables, problem: str) -> dict[str, Any]:
    """Return the results of every optimizer on a problem, best first."""
    board = _records(tables, "leaderboard", problem=problem, track=tables.track)
    metric = str(board[0]["metric"])
    robust = {r["optimizer"]: _decades(r) for r in _records(tables, "sensitivity", problem=problem)}
    others = [track for track in tables.config["tracks"] if track != tables.track]
    elsewhere = {
        (track, r["optimizer"]): metric_value(r["mean"], metric) + _lost(r)
        for track in others
        for r in _records(tables, "leaderboard", problem=problem, track=track)
    }
    columns = {
        "": "right",
        "optimizer": "left",
        metric_name(metric): "point",
        "interval": "left",
        "seeds": "right",
        "better than": "right",
        "worse than": "right",
        "equivalent to": "right",
        "undecided": "right",
        "learning rate": "point",
        **({"robust decades": "point"} if robust else {}),
        "epochs to target": "point",
        **dict.fromkeys(others, "point"),
    }
    shades = colours(tables.optimizers)
    rows = [
        row(
            (
                str(r["rank"]),
                tables.optimizer_titles[r["optimizer"]],
                metric_value(r["mean"], metric) + _lost(r),
                _interval(r, metric),
                str(r["seeds"]),
                *(
                    str(_count(r[column]))
                    for column in ("better_than", "worse_than", "equivalent_to", "undecided_with")
                ),
                number(r["learning_rate"]) + ("*" if r["on_edge"] else ""),
                *([robust.get(r["optimizer"], DASH)] if robust else []),
                number(r["median_epochs_to_target"]),
                *(elsewhere.get((track, r["optimizer"]), DASH) for track in others),
            ),
            colour=shades[r["optimizer"]],
            front=bool(r["contender"]),
        )
        for r in sorted(board, key=lambda r: int(r["rank"]))
    ]
    sources = ["leaderboard", *(["sensitivity"] if robust else [])]
    return table(columns, rows, sources) | {
        "metric": f"{metric_name(metric)}, {better_word(metric)}"
    }


def verdicts(tables: StudyTables) -> dict[str, Any]:
    """Return the verdicts of each problem: how many pairs are decided, and who is in front."""
    rows = []
    for problem, title in tables.problem_titles.items():
        pairs = tables.pairs(problem)
        counts = Counter(pair["verdict"] for pair in pairs)
        board = tables.titled("leaderboard", problem=problem, track=tables.track)
        front = board[board["contender"]].sort_values("rank")["optimizer"]
        seen = _records(tables, "resolution", problem=problem, track=tables.track)
        metric = str(board["metric"].iloc[0])
        cells = (
            title,
            *(str(counts[kind]) for kind in ("better", "better and equivalent", "equivalent")),
            str(counts["undecided"]),
            metric_difference(pairs[0]["margin"], metric) if pairs else DASH,
            metric_difference(seen[0]["least_difference"], metric) if seen else DASH,
            "all" if len(front) == len(board) else listed_names(front),
        )
        rows.append(row(cells))
    columns = {
        "problem": "left",
        "better": "right",
        "better, within the margin": "right",
        "equivalent": "right",
        "undecided": "right",
        "margin": "right",
        "visible": "right",
        "no other is better than": "wide",
    }
    return table(columns, rows, ("comparisons", "leaderboard", "resolution"))


def across(tables: StudyTables) -> dict[str, Any]:
    """Return how the optimizers do over all problems, best first."""
    board = tables.of("leaderboard", track=tables.track)
    counts = {
        column: {name: sum(map(_count, rows[column])) for name, rows in board.groupby("optimizer")}
        for column in ("better_than", "worse_than", "undecided_with")
    }
    shades = colours(tables.optimizers)
    rows = sorted(
        _records(tables, "across_problems", track=tables.track),
        key=lambda r: (-float(r["interquartile_mean"]), str(r["optimizer"])),
    )
    columns = {
        "optimizer": "left",
        "score": "point",
        "interval": "left",
        "mean rank": "point",
        "in front on": "right",
        "better": "right",
        "worse": "right",
        "undecided": "right",
    }
    return table(
        columns,
        [
            row(
                (
                    tables.optimizer_titles[r["optimizer"]],
                    f"{r['interquartile_mean']:.3f}",
                    f"{r['low']:.3f} to {r['high']:.3f}",
                    f"{r['mean_rank']:.2f}",
                    f"{r['contender']} of {r['problems']}",
                    *(str(counts[column][r["optimizer"]]) for column in counts),
                ),
                colour=shades[r["optimizer"]],
            )
            for r in rows
        ],
        ("across_problems", "leaderboard"),
    )


def cost(tables: StudyTables) -> dict[str, Any]:
    """Return what an optimizer costs that is the same on every machine, and its speed."""
    targets = [name for name in tables.problems if tables.config["problems"][name].get("target")]
    state = tables["runs"].groupby("optimizer")["state_bytes_per_parameter"].agg(["min", "max"])
    gradients = gradients_per_step(tables)
    median_epochs = {
        (r["problem"], r["optimizer"]): number(r["median_epochs_to_target"])
        for r in _records(tables, "leaderboard", track=tables.track)
    }
    shades = colours(tables.optimizers)
    columns = {
        "optimizer": "left",
        "bytes per parameter": "right",
        "gradients per step": "point",
        **{tables.problem_titles[problem]: "point" for problem in targets},
    }
    rows = [
        row(
            (
                title,
                _span(*state.loc[name]),
                number(gradients[name]),
                *(median_epochs[problem, name] for problem in targets),
            ),
            colour=shades[name],
        )
        for name, title in tables.optimizer_titles.items()
    ]
    return table(columns, rows, ("runs", "leaderboard"))


def _span(least: float, most: float) -> str:
    """Return the ends of a range, one number if they are equal."""
    low, high = number(least), number(most)
    return low if low == high else f"{low} to {high}"


def gradients_per_step(tables: StudyTables) -> dict[str, float]:
    """Return the gradient evaluations of a step, the median over the runs that met a target."""
    met = tables.of("runs", target_reached=True)
    ratio = met["gradient_evaluations_to_target"] / met["steps_to_target"]
    found = ratio.groupby(met["optimizer"]).median()
    return {name: float(found.get(name, math.nan)) for name in tables.optimizers}


def sensitivity(tables: StudyTables) -> dict[str, Any]:
    """Return over how many decades of the learning rate each optimizer stays near its best."""
    known = {(r["problem"], r["optimizer"]): _decades(r) for r in _records(tables, "sensitivity")}
    shades = colours(tables.optimizers)
    columns = {"optimizer": "left", **dict.fromkeys(tables.problem_titles.values(), "point")}
    rows = [
        row(
            (title, *(known.get((problem, name), DASH) for problem in tables.problems)),
            colour=shades[name],
        )
        for name, title in tables.optimizer_titles.items()
        if known
    ]
    return table(columns, rows, ("sensitivity",))


def claims(assessed: list[Assessed]) -> dict[str, Any]:
    """Return the claims of the literature beside what the study says to them."""
    columns = {"claim": "wide", "source": "left", "ours": "wide", "agreement": "left"}
    rows = [
        row(
            (
                " ".join(filter(None, (one.claim.text, one.claim.remark))),
                one.source,
                f"{one.outcome.measure or DASH}",
                str(one.outcome.agreement),
            )
        )
        for one in assessed
    ]
    read = dict.fromkeys(name for one in assessed for name in one.claim.tables)
    return table(columns, rows, tuple(read))


def _records(tables: StudyTables, name: str, **keys: str) -> list[dict[str, Any]]:
    return [
        {str(column): value for column, value in record.items()}
        for record in tables.of(name, **keys).to_dict("records")
    ]


def _count(names: Any) -> int:
    return 0 if missing(names) else len(str(names).split())


def _interval(record: Row, metric: str) -> str:
    if missing(record["low"]):
        return DASH
    return f"{metric_value(record['low'], metric)} to {metric_value(record['high'], metric)}"


def _lost(record: Row) -> str:
    return f" ({record['unfinished']} lost)" if record["unfinished"] else ""


def _decades(record: Row) -> str:
    return ("≥ " if record["robust_censored"] else "") + number(record["robust_decades"], ".2f")
