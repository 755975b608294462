"""What the schedule of the study is worth for each optimizer, against each other schedule."""

from __future__ import annotations

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import paired_differences, panels
from descent.figures.drawing import Drawing
from descent.study.plan import schedule_pairs

TITLE = "What is the schedule worth for each optimizer?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw the leads of the study's schedule, for one problem in a column's width or for all."""
    problems = [problem] if problem else tables.problems
    pairs = schedule_pairs(tables.config)
    figure, axes = panels.problem_panels(
        TITLE, tables, problems, height=panels.height_of_rows(tables) / 2 + 0.65, extra=0.3,
        most_columns=2,
    )  # fmt: skip
    for name, panel in axes.items():
        leads = {pair[1]: findings.seen_pair(tables, name, pair) for pair in pairs}
        paired_differences.draw_leads(panel, tables, name, leads)
        unit = paired_differences.unit_words(tables.metric(name))
        panel.set_xlabel(f"lead of {tables.config['schedule']['use']} ({unit})")
    opening = (
        "Mean lead of each optimizer with the schedule of the study over itself with another, "
        f"track {tables.track}, paired by seed, with 95 % intervals that allow for all optimizers; "
        "filled markers are differences that are more than chance, shaded is the margin."
    )
    return Drawing(
        figure,
        panels.caption(tables, problem, opening, lambda name: findings.worth(tables, name, pairs)),
    )
