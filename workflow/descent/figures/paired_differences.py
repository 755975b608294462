"""How far behind the leader each optimizer is, and what the margin makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing
from descent.foundation.wording import metric_difference
from descent.verdicts.sentences import Seen, seen_from, verdicts_of

TITLE = "How far behind the leader is each optimizer, and does it matter?"
TITLE_OF_BASELINE = "How far ahead of {} is each other optimizer, and does it matter?"
_MARGIN_COLOUR = "#E8F0F8"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw paired differences, for one problem in a column's width or for all on a page."""
    problems = [problem] if problem else tables.problems
    baseline = tables.config["baseline"]
    leaders = {name: tables.optimizer_titles[_leader(tables, name)] for name in problems}
    title, subtitles = TITLE, {name: f"first: {leader}" for name, leader in leaders.items()}
    if baseline is not None:
        title, subtitles = TITLE_OF_BASELINE.format(tables.optimizer_titles[baseline]), {}
    figure, axes = panels.problem_panels(
        title, tables, problems, subtitles,
        height=panels.height_of_rows(tables) + 0.65, extra=0.3, most_columns=2,
    )  # fmt: skip
    whose = "the first" if baseline is None else "each"
    for name, panel in axes.items():
        draw_leads(panel, tables, name, _leads(tables, name, baseline))
        panel.set_xlabel(f"lead of {whose} ({unit_words(tables.metric(name))})")
    return Drawing(figure, caption(tables, problem))


def _leader(tables: StudyTables, problem: str) -> str:
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    return str(board.sort_values("rank")["optimizer"].iloc[0])


def _leads(tables: StudyTables, problem: str, baseline: str | None) -> dict[str, Seen]:
    """Return by rank the leader's lead over each other optimizer, or theirs over the baseline."""
    one = _leader(tables, problem) if baseline is None else baseline
    board = tables.of("leaderboard", problem=problem, track=tables.track).sort_values("rank")
    pairs = {frozenset((row["optimizer"], row["rival"])): row for row in tables.pairs(problem)}
    return {
        other: seen_from(one if baseline is None else other, pairs[frozenset((one, other))])
        for other in map(str, board["optimizer"])
        if other != one
    }


def unit_words(metric: str) -> str:
    """Return the unit of a difference with its metric: ``points of test accuracy``."""
    words = metric.replace("_", " ")
    return f"points of {words}" if metric.endswith("accuracy") else words


def draw_leads(axes: Axes, tables: StudyTables, problem: str, leads: Mapping[str, Seen]) -> None:
    """Draw a row for each optimizer: a lead with its interval, the margin and the verdict."""
    titles, pair = tables.optimizer_titles, tables.pairs(problem)[0]
    metric, margin = str(pair["metric"]), float(pair["margin"])
    looks = style.palette(titles)
    board = tables.of("leaderboard", problem=problem, track=tables.track)
    unfinished = dict(zip(board["optimizer"], board["unfinished"], strict=True))
    scale = 100.0 if metric.endswith("accuracy") else 1.0
    axes.axvspan(-scale * margin, scale * margin, color=_MARGIN_COLOUR, linewidth=0, zorder=0)
    axes.axvline(0, color=style.INK, linewidth=0.8)
    for i, (other, seen) in enumerate(leads.items()):
        look = looks[other]
        sure = seen.verdict.startswith(("better", "worse"))
        if seen.low is not None and seen.high is not None:
            ends = [scale * seen.low, scale * seen.high]
            axes.plot(ends, [i, i], color=look.colour, linewidth=1.6)
        if seen.lead is not None:
            axes.plot(
                scale * seen.lead, i, marker=look.marker, color=look.colour, markersize=5,
                markerfacecolor=look.colour if sure else "white",
            )  # fmt: skip
        lost = f" ({unfinished[other]} diverged)" if unfinished[other] else ""
        axes.text(
            1.02, i, seen.verdict + lost, transform=axes.get_yaxis_transform(), va="center",
            fontsize=6.5, color=style.MUTED if seen.verdict == "undecided" else style.INK,
        )  # fmt: skip
    panels.row_labels(axes, [titles[other] for other in leads])
    axes.margins(x=0.08)


def caption(tables: StudyTables, problem: str | None = None) -> str:
    """Return what the figure shows, with the verdicts on the leader."""
    baseline = tables.config["baseline"]
    lead = (
        "Mean lead of the first optimizer over each other one"
        if baseline is None
        else f"Mean lead of each other optimizer over {tables.optimizer_titles[baseline]}"
    )
    opening = (
        f"{lead}, paired by {tables.evaluation_seeds(problem)} evaluation seeds, track "
        f"{tables.track}, with 95 % intervals that allow for all pairs of a problem; "
        "filled markers are differences that are more than chance, shaded is the margin."
    )

    def verdicts(name: str) -> str:
        pairs = tables.pairs(name, titled=True)
        margin = metric_difference(pairs[0]["margin"], pairs[0]["metric"])
        told = _leader(tables, name) if baseline is None else baseline
        return f"(margin {margin}) {verdicts_of(tables.optimizer_titles[told], pairs)}"

    return panels.caption(tables, problem, opening, verdicts)
