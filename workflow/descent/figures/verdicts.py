"""Every pair of optimizers at a glance: better, equivalent or undecided."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from descent.analysis.tables.formatting import metric_difference
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.verdict_sentences import count_of_verdicts, seen_from
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Which optimizer is better than which, and which are equivalent?"
#: What the row is to the column: its sign, its shade and what the legend says.
_SHOWN = {
    "better": ("+", "#4DB495", "better"),
    "better and equivalent": ("+", "#BFE3D6", "better, but within the margin"),
    "equivalent": ("=", "#C9DDF0", "equivalent within the margin"),
    "undecided": ("?", "#FFFFFF", "undecided"),
    "worse and equivalent": ("-", "#F7DCC8", "worse, but within the margin"),
    "worse": ("-", "#E79B66", "worse"),
    "itself": ("", "#E4E4E4", ""),
}


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the matrix of one problem in a column's width, or those of all on a page."""
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.75
    figure, axes = panels.problem_panels(
        TITLE, tables, problems, height=height, extra=0.75, most_columns=2
    )
    used: set[str] = set()
    for name, panel in axes.items():
        used |= _panel(panel, tables, name)
    handles = [
        Patch(facecolor=shade, edgecolor=style.MUTED, linewidth=0.4, label=f"{sign}  {words}")
        for verdict, (sign, shade, words) in _SHOWN.items()
        if verdict in used and words
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=2 if len(problems) == 1 else 3,
        handlelength=1.2,
        title="the row's optimizer is ... than the column's",
        title_fontsize=7,
    )
    return Drawing(figure, caption(tables, problem))


def _panel(axes: Axes, tables: StudyTables, problem: str) -> set[str]:
    """Draw one matrix, the best on top and at the left; return the verdicts that it shows."""
    board = tables.of("leaderboard", problem=problem, track=tables.track).sort_values("rank")
    names = [str(name) for name in board["optimizer"]]
    verdicts = {(name, name): "itself" for name in names}
    for row in tables.pairs(problem):
        for one in (row["optimizer"], row["rival"]):
            seen = seen_from(one, row)
            verdicts[one, seen.rival] = seen.verdict
    kinds = list(_SHOWN)
    cells = [[kinds.index(verdicts[a, b]) for b in names] for a in names]
    shades = ListedColormap([shade for _, shade, _ in _SHOWN.values()])
    axes.imshow(cells, cmap=shades, vmin=-0.5, vmax=len(kinds) - 0.5, aspect="auto")
    for i, row_of_cells in enumerate(cells):
        for j, kind in enumerate(row_of_cells):
            sign = axes.text(j, i, _SHOWN[kinds[kind]][0], ha="center", va="center", fontsize=6.5)
            sign.set_in_layout(False)  # thousands of signs, none of which needs room of its own
    # numbers name the columns: titles of any length then leave room for the matrix
    numbered = [f"{tables.optimizer_titles[name]} {i}" for i, name in enumerate(names, 1)]
    every = 1 + (len(names) - 1) // 18  # a number needs the room of a digit or two
    axes.set_xticks(range(0, len(names), every), [str(i) for i in range(1, len(names) + 1, every)])
    panels.row_labels(axes, numbered)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xticks([i - 0.5 for i in range(1, len(names))], minor=True)
    axes.set_yticks([i - 0.5 for i in range(1, len(names))], minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="white", linewidth=0.8)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    return set(verdicts.values())


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the numbers of verdicts."""
    opening = (
        "Verdicts on every pair, best mean first, the columns numbered as the rows, from "
        "intervals of the paired differences that hold for all pairs of a problem at once with "
        f"95 %, track {tables.track}, {tables.evaluation_seeds(problem)} evaluation seeds."
    )
    sentences = [opening]
    for name in [problem] if problem else tables.problems:
        pairs = tables.pairs(name)
        margin = metric_difference(pairs[0]["margin"], pairs[0]["metric"])
        sentences.append(
            f"{tables.problem_titles[name]} (margin {margin}): {count_of_verdicts(pairs)}"
        )
    return " ".join(sentences)
