"""The validation metric over the learning rate and one other hyper-parameter, as a heat map."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from descent.analysis.tables.formatting import metric_name, metric_value
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing
from descent.study.measures import higher_is_better

TITLE = "Which pair of hyper-parameters does best?"


def draw(tables: StudyTables, problem: str | None = None) -> Drawing:
    """Draw a panel for each hyper-parameter of an optimizer's grid, for one problem or for all."""
    problems = [problem] if problem else tables.problems
    shown = [
        (one, optimizer, name, len(values))
        for one in problems
        for optimizer, entry in tables.config["optimizers"].items()
        for name, values in entry.get("grid", {}).items()
    ]
    width = style.COLUMN_WIDTH if problem else style.PAGE_WIDTH
    titles = [
        panels.wrapped(
            f"{tables.optimizer_titles[optimizer]} on {tables.problem_titles[one]}",
            panels.title_room(tables, width),
        )
        for one, optimizer, _, _ in shown
    ]
    height = sum(0.22 * values + 0.75 for *_, values in shown)
    height += 0.14 * sum(title.count("\n") for title in titles)
    figure = style.new_figure(width, height + 0.5)
    panels.add_title(figure, TITLE)
    ratios = [values + 2 for *_, values in shown]
    grid = figure.subplots(len(shown), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for axes, title, (one, optimizer, name, _) in zip(grid, titles, shown, strict=True):
        _heat_map(axes, tables.of("learning_rates", problem=one, optimizer=optimizer), name)
        axes.set_title(title, fontweight="normal")
    optimizers = list(dict.fromkeys(optimizer for _, optimizer, _, _ in shown))
    return Drawing(figure, caption(tables, problems, optimizers))


def _heat_map(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    """Draw the mean of each pair that was tried; a frame marks what was chosen."""
    metric = str(rows["metric"].iloc[0])
    higher = higher_is_better(metric)
    values = rows.assign(other=[json.loads(text)[name] for text in rows["hyperparameters"]])
    whole = values.where(values["unfinished"] == 0)["mean"]
    cells = values.assign(mean=whole).pivot_table(
        "mean", "other", "learning_rate", aggfunc="max" if higher else "min", dropna=False
    )
    tried = values.pivot_table("runs", "other", "learning_rate", dropna=False).notna().to_numpy()
    heights = cells.to_numpy() if higher else -cells.to_numpy()
    # by rank: one diverging corner would leave all else in one colour
    ranks = pd.Series(heights.ravel()).rank(pct=True).to_numpy().reshape(heights.shape)
    axes.imshow(ranks, cmap="viridis", aspect="auto", vmin=0.0, vmax=1.0)
    for i, j in np.argwhere(tried):
        found = np.isfinite(heights[i, j])
        axes.text(
            j,
            i,
            _short(abs(float(heights[i, j])), metric) if found else "×",  # noqa: RUF001
            ha="center",
            va="center",
            fontsize=6.5,
            color="white" if found and ranks[i, j] < 0.6 else style.INK,
        )
    chosen = values[values["chosen"]].iloc[0]
    place = (
        list(cells.columns).index(chosen["learning_rate"]),
        list(cells.index).index(chosen["other"]),
    )
    axes.add_patch(
        Rectangle(
            (place[0] - 0.5, place[1] - 0.5), 1, 1, fill=False, edgecolor=style.BAD, linewidth=1.6
        )
    )
    axes.set_xticks(range(len(cells.columns)), [f"{rate:g}" for rate in cells.columns])
    axes.set_yticks(range(len(cells.index)), [str(value) for value in cells.index])
    axes.tick_params(length=0, labelsize=6.5)
    axes.grid(visible=False)
    axes.set_xlabel("learning rate")
    axes.set_ylabel(name.rpartition(".")[2].replace("_", " "))


def _short(value: float, metric: str) -> str:
    """Return a value in the room of a cell: a loss with two significant digits."""
    return metric_value(value, metric) if higher_is_better(metric) else f"{value:.2g}"


def caption(tables: StudyTables, problems: list[str], optimizers: list[str]) -> str:
    """Return what the figure shows, with what was chosen."""
    opening = (
        f"Validation metric, mean over the {len(tables.config['seeds']['tuning'])} tuning seeds, "
        "for the pairs of learning rate and another hyper-parameter that were tried. The colour is "
        "the rank, the frame the chosen pair, a cross a run that diverged."
    )
    said = [opening]
    for problem, optimizer in itertools.product(problems, optimizers):
        rows = tables.of("learning_rates", problem=problem, optimizer=optimizer)
        chosen = rows[rows["chosen"]].iloc[0]
        settings = json.loads(chosen["hyperparameters"]).items()
        others = ", ".join(
            f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in settings
        )
        metric = chosen["metric"]
        said.append(
            f"{tables.problem_titles[problem]}, {tables.optimizer_titles[optimizer]}: learning "
            f"rate {chosen['learning_rate']:g}, {others} ({metric_name(metric)} "
            f"{metric_value(chosen['mean'], metric)})."
        )
    return " ".join(said)
