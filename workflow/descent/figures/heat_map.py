"""Every optimizer on every problem at a glance; what is equivalent to the leader looks alike."""

from __future__ import annotations

from matplotlib.colors import ListedColormap

from descent.analysis.tables.formatting import metric_name, metric_value
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Which tuned optimizer does well on which problem?"
#: What an optimizer is to the leader of the problem: its shade and what the legend says.
_SHOWN = {
    "leader": ("#009E73", "first"),
    "equivalent": ("#7CC8A4", "equivalent to the first within the margin"),
    "undecided": ("#D3EBDD", "undecided against the first"),
    "worse": ("#F4F4F4", "worse than the first"),
}


def draw(tables: StudyTables) -> Drawing:
    """Draw optimizers against problems; the colour is the verdict, the text the mean."""
    board = tables.of("leaderboard", track=tables.track)
    problems, optimizers = tables.problems, tables.optimizers
    wide = len(problems) > 2
    width = style.PAGE_WIDTH if wide else style.COLUMN_WIDTH
    figure = style.new_figure(
        width, 1.15 * panels.height_of_rows(tables) + (2.3 if len(problems) > 5 else 1.5)
    )
    panels.add_title(figure, TITLE)
    axes = figure.subplots()
    cells = {(r["optimizer"], r["problem"]): r for r in board.to_dict("records")}
    standing = {problem: _standing(tables, problem) for problem in problems}
    kinds = list(_SHOWN)
    colours = [[kinds.index(standing[p][o]) for p in problems] for o in optimizers]
    shades = ListedColormap([shade for shade, _ in _SHOWN.values()])
    axes.imshow(colours, cmap=shades, vmin=-0.5, vmax=len(kinds) - 0.5, aspect="auto")
    for i, optimizer in enumerate(optimizers):
        for j, problem in enumerate(problems):
            cell = cells[optimizer, problem]
            lost = f" ({cell['unfinished']} lost)" if cell["unfinished"] else ""
            first = standing[problem][optimizer] == "leader"
            axes.text(
                j,
                i,
                metric_value(cell["mean"], cell["metric"]) + lost,
                ha="center",
                va="center",
                fontsize=6.5,
                fontweight="bold" if first else "normal",
                color="white" if first else style.INK,
            )
    metrics = {p: cells[optimizers[0], p]["metric"] for p in problems}
    labels = [
        f"{panels.wrapped(tables.problem_titles[p], 22)}\n{metric_name(metrics[p])}"
        for p in problems
    ]
    axes.set_xticks(range(len(problems)), labels, rotation=90 if len(problems) > 5 else 0)
    axes.set_yticks(
        range(len(optimizers)),
        panels.row_titles(tables),
    )
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    used = {kind for of_problem in standing.values() for kind in of_problem.values()}
    shades_used = {words: shade for kind, (shade, words) in _SHOWN.items() if kind in used}
    panels.shade_legend(figure, shades_used, columns=4 if wide else 1)
    return Drawing(figure, caption(tables))


def _standing(tables: StudyTables, problem: str) -> dict[str, str]:
    """Return what each optimizer is to the first of a problem."""
    board = tables.of("leaderboard", problem=problem, track=tables.track).sort_values("rank")
    leader = str(board["optimizer"].iloc[0])
    standing = {leader: "leader"}
    for row in tables.pairs(problem):
        names = {str(row["optimizer"]), str(row["rival"])}
        if leader in names:
            (other,) = names - {leader}
            verdict = str(row["verdict"])
            known = "equivalent" if verdict.endswith("equivalent") else verdict
            standing[other] = known.replace("better", "worse")
    return standing


def caption(tables: StudyTables) -> str:
    """Return what the figure shows, with who is in front most often."""
    rows = tables.titled("across_problems", track=tables.track)
    most = int(rows["contender"].max())
    leaders = ", ".join(rows[rows["contender"] == most]["optimizer"])
    return (
        f"Mean over {tables.evaluation_seeds()} evaluation seeds, track {tables.track}; (n lost) "
        "counts runs that diverged. The colour is the verdict on the pair with the first of the "
        f"problem, not the value. No other optimizer is better most often for: {leaders}, on "
        f"{most} of {len(tables.problems)} problems."
    )
