"""The figures among which the reader of the page chooses, by problem, track and measure.

They are drawn as for print, each for one problem; the figures' own modules say what they show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import (
    learning_curves,
    sensitivity,
    steps_to_target,
    test_metric,
    tuning_budget,
    verdicts,
)
from descent.figures.drawing import Drawing

#: What the reader may look at, and what it is called.
MEASURES = {"result": "final result", "loss": "training loss", "speed": "epochs to target"}
#: The places of the page that show a chart, in its order.
PLACES = ("final", "verdicts", "curves", "sensitivity", "budget")
#: Evaluations of a curve that are drawn: a screen has no more room.
_MOST_POINTS = 21


@dataclass(frozen=True)
class Chart:
    """What one place shows for a problem, some tracks and some measures.

    Attributes
    ----------
    place : str
        One of ``PLACES``.
    problem : str
        Name of the config entry.
    tracks, measures : tuple of str
        For which it is shown.
    shown : Drawing or str
        The figure, or why there is none.
    table : str
        The table with its numbers.
    figure : str or None
        Name of the figure for print that is the same.
    """

    place: str
    problem: str
    tracks: tuple[str, ...]
    measures: tuple[str, ...]
    shown: Drawing | str
    table: str
    figure: str | None = None


def charts(tables: StudyTables) -> Iterator[Chart]:
    """Yield every chart of a study, each drawn when it is asked for."""
    tracks = tuple(tables.config["tracks"])
    for problem in tables.problems:
        shown: Drawing | str = "No learning rate of this problem was tuned on a grid."
        if not tables.of("learning_rates", problem=problem).empty:
            shown = sensitivity.draw(tables, problem, in_colour=True)
        yield Chart(
            "sensitivity", problem, tracks, tuple(MEASURES), shown, "learning_rates", "sensitivity"
        )
        for track in tracks:
            yield from _of_track(tables, problem, track)


def _of_track(tables: StudyTables, problem: str, track: str) -> Iterator[Chart]:
    target = tables.config["problems"][problem].get("target")
    board = tables.of("leaderboard", problem=problem, track=track)
    reported = str(board["metric"].iloc[0])

    def chart(
        place: str, measures: str, shown: Drawing | str, table: str, figure: str | None = None
    ) -> Chart:
        printed = figure if track == tables.track else None
        return Chart(place, problem, (track,), tuple(measures.split()), shown, table, printed)

    def curves(metric: str | None) -> Drawing:
        return learning_curves.draw(tables, problem, track, metric, _MOST_POINTS)

    budget: Drawing | str = f"The track {track} tunes nothing."
    if track != "default":
        budget = tuning_budget.draw(tables, problem, track, in_colour=True)
    yield chart("budget", " ".join(MEASURES), budget, "tuning_budget", "tuning_budget")

    result = test_metric.draw(tables, problem, track)
    yield chart("final", "result loss", result, "leaderboard", "test_metric")
    yield chart("curves", "loss", curves(None), "learning_curves", "learning_curves")

    single = "There is no pair to compare."
    several = len(tables.optimizers) > 1
    pairs = verdicts.draw(tables, problem, track) if several else single
    if target is None:
        yield chart("final", "speed", "The study sets no target for this problem.", "leaderboard")
        yield chart("verdicts", " ".join(MEASURES), pairs, "comparisons", "verdicts")
        yield chart("curves", "result speed", curves(reported), "metric_curves")
        return
    times = steps_to_target.draw(tables, problem, track)
    yield chart("final", "speed", times, "leaderboard", "steps_to_target")
    yield chart("verdicts", "result loss", pairs, "comparisons", "verdicts")
    faster = verdicts.draw(tables, problem, track, "steps_to_target") if several else single
    yield chart("verdicts", "speed", faster, "steps_to_target")
    same = target["metric"] == reported
    yield chart("curves", "result speed" if same else "result", curves(reported), "metric_curves")
    if not same:
        yield chart("curves", "speed", curves(target["metric"]), "metric_curves")
