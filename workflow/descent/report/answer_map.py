"""The first screen: the answer as a table in colour."""

from __future__ import annotations

from dataclasses import dataclass

from descent.analysis.tables.formatting import metric_name, metric_value, signed_difference
from descent.analysis.tables.study_tables import StudyTables
from descent.verdicts.sentences import seen_from

#: What each colour of a cell means.
LEGENDS = {
    "front": "leads: no other is shown to be better",
    "behind": "another is better",
    "lost": "no run finished",
    "better": "better",
    "slightly-better": "better, but within the margin",
    "equivalent": "equivalent within the margin",
    "undecided": "undecided",
    "slightly-worse": "worse, but within the margin",
    "worse": "worse",
}


@dataclass(frozen=True)
class Cell:
    """One optimizer on one problem: what is written, and a key of ``LEGENDS``."""

    text: str
    kind: str


@dataclass(frozen=True)
class AnswerMap:
    """A table of optimizers by problems whose colours are the answer.

    Attributes
    ----------
    caption : str
        What it shows.
    columns : list of (str, str, str)
        Name, display name and metric of each problem.
    rows : list of (str, list of Cell)
        Name of each optimizer with its cells; the best on most problems first.
    legend : dict of str to str
        The kinds of cells that occur, and what they mean.
    """

    caption: str
    columns: list[tuple[str, str, str]]
    rows: list[tuple[str, list[Cell]]]
    legend: dict[str, str]


def map_of_front(tables: StudyTables) -> AnswerMap:
    """Return the mean of every optimizer, with those in colour that none is better than."""
    cells: dict[str, list[Cell]] = {name: [] for name in tables.optimizers}
    places = {name: [0.0, 0.0] for name in tables.optimizers}
    columns = []
    for problem, title in tables.problem_titles.items():
        board = tables.of("leaderboard", problem=problem, track=tables.track)
        metric = str(board["metric"].iloc[0])
        columns.append((problem, title, metric_name(metric)))
        for row in board.to_dict("records"):
            name, lost = row["optimizer"], row["unfinished"] == row["seeds"]
            kind = "lost" if lost else "front" if row["contender"] else "behind"
            text = "lost" if lost else metric_value(row["mean"], metric)
            cells[name].append(Cell(text, kind))
            places[name][0] -= kind == "front"
            places[name][1] += row["rank"]
    order = sorted(tables.optimizers, key=lambda name: places[name])
    return _map(
        "Mean of the reported metric on each problem.", columns, [(n, cells[n]) for n in order]
    )


def map_of_focus(tables: StudyTables) -> AnswerMap | None:
    """Return what the optimizer of ``focus`` is to every other; None if there is none."""
    focus = tables.config.get("focus")
    rivals = [name for name in tables.optimizers if name != focus]
    if focus is None or not rivals:
        return None
    cells: dict[str, list[Cell]] = {name: [] for name in rivals}
    columns = []
    for problem, title in tables.problem_titles.items():
        pairs = tables.pairs(problem)
        metric = str(pairs[0]["metric"])
        columns.append((problem, title, metric_name(metric)))
        for pair in pairs:
            if focus in (pair["optimizer"], pair["rival"]):
                seen = seen_from(focus, pair)
                kind = kind_of(seen.verdict)
                text = seen.verdict.partition(" and ")[0]
                if seen.lead is not None:
                    text += f" {signed_difference(seen.lead, metric).removesuffix(' points')}"
                cells[seen.rival].append(Cell(text, kind))
    title = tables.optimizer_titles[focus]
    caption = f"{title} against each other rule: the verdict, and the mean lead of {title}."
    return _map(caption, columns, [(name, cells[name]) for name in rivals])


def kind_of(verdict: str) -> str:
    """Return the key of ``LEGENDS`` for a verdict: ``slightly-better`` if it is also equivalent."""
    better, also_equivalent, _ = verdict.partition(" and equivalent")
    return f"slightly-{better}" if also_equivalent else better


def _map(
    caption: str, columns: list[tuple[str, str, str]], rows: list[tuple[str, list[Cell]]]
) -> AnswerMap:
    kinds = {cell.kind for _, cells in rows for cell in cells}
    legend = {kind: words for kind, words in LEGENDS.items() if kind in kinds}
    return AnswerMap(caption, columns, rows, legend)
