"""Every chart of a study, and which of them belong to a problem, a track and a measure."""

from __future__ import annotations

from typing import Any

from descent.analysis.tables.study_tables import StudyTables
from descent.report.charts import (
    final_result,
    learning_curves,
    sensitivity,
    tuning_budget,
    verdict_matrix,
)
from descent.report.charts.view import View

#: What the reader may look at, and what it is called.
MEASURES = {"result": "final result", "loss": "training loss", "speed": "epochs to target"}
#: The places of the page that show a chart, in its order.
PLACES = ("final", "verdicts", "curves", "sensitivity", "budget")


def charts(tables: StudyTables) -> dict[str, Any]:
    """Return every chart, and which is shown where.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.

    Returns
    -------
    dict
        ``views``: the content of each chart. ``shown``: by problem, track and measure, the number
        of the chart in each of ``PLACES``.
    """
    views: list[dict[str, Any]] = []

    def added(view: View) -> int:
        views.append(view.content())
        return len(views) - 1

    shown: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for problem in tables.problems:
        shown[problem] = {}
        tuned = added(sensitivity.learning_rates(tables, problem))
        for track in tables.config["tracks"]:
            everywhere = {
                "sensitivity": tuned,
                "budget": added(tuning_budget.expected_best(tables, problem, track)),
                "verdicts": added(verdict_matrix.of_result(tables, problem, track)),
            }
            shown[problem][track] = {
                measure: everywhere | {place: added(view) for place, view in of_measure.items()}
                for measure, of_measure in _by_measure(tables, problem, track).items()
            }
    return {"views": views, "shown": shown}


def _by_measure(tables: StudyTables, problem: str, track: str) -> dict[str, dict[str, View]]:
    board = tables.of("leaderboard", problem=problem, track=track)
    reported = str(board["metric"].iloc[0])
    target = tables.config["problems"][problem].get("target")
    if target:
        speed = {
            "final": final_result.epochs_to_target(tables, problem, track),
            "curves": learning_curves.metric(tables, problem, track, target["metric"]),
            "verdicts": verdict_matrix.of_speed(tables, problem, track),
        }
    else:
        none = "The study sets no target for this problem."
        speed = {
            "final": View("Epochs to the target", None, none, "study.json"),
            "curves": learning_curves.metric(tables, problem, track, reported),
        }
    return {
        "result": {
            "final": final_result.reported(tables, problem, track),
            "curves": learning_curves.metric(tables, problem, track, reported),
        },
        "loss": {
            "final": final_result.training_loss(tables, problem, track),
            "curves": learning_curves.training_loss(tables, problem, track),
        },
        "speed": speed,
    }
