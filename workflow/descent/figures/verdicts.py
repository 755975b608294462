"""Every pair of optimizers at a glance: better, equivalent or undecided."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from descent.analysis.tables.formatting import signed_difference
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.values import Row
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark
from descent.foundation.wording import missing
from descent.verdicts.sentences import Seen, count_of_verdicts, seen_from

TITLE = "Which optimizer is better than which, and which are equivalent?"
TITLE_OF_SPEED = "Which optimizer reaches the target faster than which?"
#: What the row is to the column: its sign, its shade and what the legend says.
SHOWN = {
    "better": ("+", "#4DB495", "better"),
    "better and equivalent": ("+", "#BFE3D6", "better, within the margin"),
    "equivalent": ("=", "#C9DDF0", "equivalent"),
    "undecided": ("?", "#FFFFFF", "undecided"),
    "worse and equivalent": ("-", "#F7DCC8", "worse, within the margin"),
    "worse": ("-", "#E79B66", "worse"),
}
_ITSELF = "#E4E4E4"


def draw(
    tables: StudyTables,
    problem: str | None = None,
    track: str | None = None,
    table: str = "comparisons",
) -> Drawing:
    """Draw the matrix of one problem in a column's width, or those of all on a page.

    Parameters
    ----------
    tables : StudyTables
        The study.
    problem : str, optional
        By default all.
    track : str, optional
        By default the headline track.
    table : {"comparisons", "steps_to_target"}, default "comparisons"
        Whether the reported metric is compared, or the steps to the target.
    """
    track = track or tables.track
    problems = [problem] if problem else tables.problems
    height = panels.height_of_rows(tables) + 0.75
    title = TITLE if table == "comparisons" else TITLE_OF_SPEED
    figure, axes = panels.problem_panels(
        title, tables, problems, height=height, extra=0.75, most_columns=2
    )
    marks: list[Mark] = []
    used: set[str] = set()
    for name, panel in axes.items():
        pairs = tables.rows(table, problem=name, track=track)
        marks += _panel(panel, pairs, tables, name, track)
        used |= {verdict for pair in pairs for verdict in _both(str(pair["verdict"]))}
    handles = [
        Patch(facecolor=shade, edgecolor=style.MUTED, linewidth=0.4, label=f"{sign}  {words}")
        for kind, (sign, shade, words) in SHOWN.items()
        if kind in used
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2 if problem else 3, handlelength=1.2,
        title="the row's optimizer is ... than the column's", title_fontsize=7,
    )  # fmt: skip
    compared = "paired differences" if table == "comparisons" else "ratios of steps to the target"
    opening = (
        "Verdicts on every pair, best mean first, the columns numbered as the rows, from "
        f"95 % intervals of the {compared} that allow for all pairs of a problem, "
        f"track {track}, {tables.evaluation_seeds(problem, track)} evaluation seeds."
    )

    def counted(name: str) -> str:
        pairs = tables.rows(table, problem=name, track=track)
        margin = f"a factor of {pairs[0]['margin']:g}" if "ratio" in pairs[0] else None
        return count_of_verdicts(pairs, margin)

    return Drawing(figure, panels.caption(tables, problem, opening, counted), marks=marks)


def _both(verdict: str) -> tuple[str, str]:
    """Return a verdict from either side."""
    return verdict, verdict.replace("better", "worse")


def _panel(
    axes: Axes, pairs: Sequence[Row], tables: StudyTables, problem: str, track: str
) -> list[Mark]:
    """Draw one matrix, the best on top and at the left."""
    board = tables.of("leaderboard", problem=problem, track=track).sort_values("rank")
    about = panels.with_rates(tables, problem, track)
    titles = tables.optimizer_titles
    names = [str(name) for name in board["optimizer"]]
    places = {name: i for i, name in enumerate(names)}
    marks = []
    for i, name in enumerate(names):
        own = [(seen_from(name, pair), pair) for pair in pairs if name in _names(pair)]
        columns = [i, *(places[seen.rival] for seen, _ in own)]
        shown = [("", _ITSELF), *(SHOWN[seen.verdict][:2] for seen, _ in own)]
        artists: list[Artist] = [
            axes.broken_barh(
                [(j - 0.5, 1) for j in columns], (i - 0.5, 1), edgecolor="white", linewidth=0.8,
                facecolors=[shade for _, shade in shown], clip_on=False,
            )
        ]  # fmt: skip
        for j, (sign, _) in zip(columns, shown, strict=True):
            text = axes.text(j, i, sign, ha="center", va="center", fontsize=6.5)
            text.set_in_layout(False)  # thousands of signs, none of which needs room of its own
            artists.append(text)
        points = [
            (places[seen.rival], i, f"{seen.verdict}: {titles[seen.rival]}, {_lead(seen, pair)}")
            for seen, pair in own
        ]
        marks.append(Mark(name, artists, about[name], points))
    # numbers name the columns: titles of any length then leave room for the matrix
    panels.row_labels(axes, [f"{titles[name]} {i}" for i, name in enumerate(names, 1)])
    every = 1 + (len(names) - 1) // 18  # a number needs the room of a digit or two
    axes.set_xticks(range(0, len(names), every), [str(i) for i in range(1, len(names) + 1, every)])
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return marks


def _names(pair: Row) -> tuple[str, str]:
    return pair["optimizer"], pair["rival"]


def _lead(seen: Seen, pair: Row) -> str:
    """Return the lead over the rival with its interval, in words."""
    if seen.lead is None:
        return "decided by the order on each seed, since a run did not finish"
    if "ratio" in pair:
        ends = "" if missing(seen.low) else f" ({seen.low:.3g} to {seen.high:.3g})"
        return f"ratio of steps {seen.lead:.3g}{ends}"
    metric = str(pair["metric"])
    lead = signed_difference(seen.lead, metric)
    if seen.low is not None and seen.high is not None:
        low, high = (signed_difference(end, metric) for end in (seen.low, seen.high))
        lead += f" ({low.removesuffix(' points')} to {high.removesuffix(' points')})"
    return f"lead {lead}"
