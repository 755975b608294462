"""The result of every optimizer on every problem, coloured by tie group."""

from __future__ import annotations

from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Patch

from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import metric_name, metric_value
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Which tuned optimizer does well on which problem?"
#: From the group of the best to the fourth and all after it.
_SHADES = ("#009E73", "#7CC8A4", "#D3EBDD", "#F4F4F4")
_GROUPS = ("ties with the best", "second group", "third group", "further behind")


def draw(tables: StudyTables) -> Drawing:
    """Draw optimizers against problems; the colour is the tie group, the text the mean."""
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
    groups = [[min(cells[o, p]["tie_group"], 4) for p in problems] for o in optimizers]
    norm = BoundaryNorm([0.5, 1.5, 2.5, 3.5, 4.5], 4)
    shades = ("#F4F4F4",) * 4 if tables.too_few_seeds else _SHADES
    axes.imshow(groups, cmap=ListedColormap(shades), norm=norm, aspect="auto")
    strong = "rank" if tables.too_few_seeds else "tie_group"
    for i, optimizer in enumerate(optimizers):
        for j, problem in enumerate(problems):
            cell = cells[optimizer, problem]
            lost = f" ({cell['unfinished']} lost)" if cell["unfinished"] else ""
            axes.text(
                j,
                i,
                metric_value(cell["mean"], cell["metric"]) + lost,
                ha="center",
                va="center",
                fontsize=6.5,
                fontweight="bold" if cell[strong] == 1 else "normal",
                color="white" if strong == "tie_group" and cell[strong] == 1 else style.INK,
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
    shown = 0 if tables.too_few_seeds else max(map(max, groups))
    handles = [
        Patch(facecolor=shade, edgecolor=style.MUTED, linewidth=0.4, label=name)
        for shade, name in list(zip(_SHADES, _GROUPS, strict=True))[:shown]
    ]
    if tables.too_few_seeds:
        handles = [Patch(facecolor=shades[0], label="too few seeds to tell ties; bold: best mean")]
    columns = 4 if wide else 2
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handlelength=1.2)
    return Drawing(figure, caption(tables))


def caption(tables: StudyTables) -> str:
    """Return what the figure shows, with who is in the first group most often."""
    seeds = len(tables.config["seeds"]["evaluation"])
    opening = (
        f"Mean over {seeds} evaluation seeds, track {tables.track}; (n lost) counts runs that "
    )
    if tables.too_few_seeds:
        return opening + f"diverged. {seeds} seeds are too few for any test to show a winner."
    rows = tables.titled("across_problems", track=tables.track)
    most = int(rows["first_groups"].max())
    names = rows[rows["first_groups"] == most]["optimizer"]
    leaders = ", ".join(names)
    return (
        f"{opening}diverged. The colour is the group of optimizers without a significant "
        "difference in the corrected sign-flip test, not the value. In the first group most "
        f"often: {leaders}, on {most} of {len(tables.problems)} problems."
    )
