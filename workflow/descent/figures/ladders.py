"""How the optimizers compare as one setting of a problem grows."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from descent.analysis.ladders import ladders, sentence, setting_of, title_of, values_of
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing, Mark

TITLE = "Where does the lead of an optimizer begin and end?"


def draw(tables: StudyTables) -> Drawing:
    """Draw the reported metric of every optimizer against the setting, a panel for each ladder."""
    found = ladders(tables.config)
    figure = style.new_figure(style.COLUMN_WIDTH, 0.7 + 2.2 * len(found))
    panels.add_title(figure, TITLE)
    looks = style.palette(tables.optimizers)
    drawn: dict[Axes, list[Mark]] = {}
    for axes, rungs in zip(
        figure.subplots(len(found), squeeze=False).flat, found.values(), strict=True
    ):
        metric, values = tables.metric(rungs[0]), values_of(tables, rungs)
        boards = [
            tables.of("leaderboard", problem=rung, track=tables.track).set_index("optimizer")
            for rung in rungs
        ]
        shown: list[float] = []
        drawn[axes] = []
        for optimizer in tables.optimizers:
            rows = [board.loc[optimizer] for board in boards]
            means, lows, highs = (
                panels.to_shown(np.array([row[name] for row in rows], dtype=float), metric)
                for name in ("mean", "low", "high")
            )
            look = looks[optimizer]
            artists: list[Artist] = [*axes.plot(values, means, **look.line)]
            artists.append(
                axes.fill_between(values, lows, highs, color=look.colour, alpha=0.15, linewidth=0)
            )
            drawn[axes].append(Mark(optimizer, artists, points=[(values[-1], means[-1], "")]))
            shown += means[np.isfinite(means)].tolist()
        if min(values) > 0:
            axes.set_xscale("log")
        axes.set_xticks(values, [f"{value:,}" for value in values])
        axes.minorticks_off()
        if metric.endswith("loss"):
            panels.log_scale(axes, shown)
        axes.set_xlabel(setting_of(tables, rungs))
        axes.set_ylabel(panels.shown_name(metric))
        axes.set_title(title_of(tables, rungs))
    panels.name_lines(figure, drawn, tables, None)
    opening = (
        f"Final metric of every optimizer at each value of a setting, track {tables.track}, mean "
        "over seeds with its 95 % interval. An optimizer leads if no other is shown to be better."
    )
    said = [sentence(tables, rungs) for rungs in found.values()]
    return Drawing(figure, " ".join([opening, *said]))
