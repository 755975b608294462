"""The figure of a comparison: panels of a study's figures side by side, in pyplot."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from descent.figures import learning_curves, panels, sensitivity, style, test_metric


def draw_comparison(
    tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str], problem: str
) -> Figure:
    """Draw learning curves, sensitivity to the learning rate, and final metrics.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``leaderboard``, ``learning_curves``, ``learning_rates`` and ``runs`` of one problem.
    titles : mapping of str to str
        Display name of each optimizer.
    problem : str
        Display name of the problem.

    Returns
    -------
    Figure
        The current figure of pyplot; the user's own settings of matplotlib are as they were.
    """
    # made outside the context: the first figure loads the backend, which sets what must last
    figure = plt.figure(figsize=(style.PAGE_WIDTH, 2.5), facecolor="white", layout="constrained")
    with mpl.rc_context():
        style.apply_style()
        curves, rates, ends = figure.subplots(1, 3)
        learning_curves.draw_curves(curves, tables["learning_curves"], titles)
        sensitivity.draw_curves(rates, tables["learning_rates"], titles)
        rates.set_xlabel("learning rate")
        counting = tables["runs"][tables["runs"]["counts"].eq(True)]
        board = tables["leaderboard"].sort_values("rank")
        test_metric.draw_seeds(ends, board, counting, titles)
        for axes, title in ((curves, "Training"), (rates, "Tuning"), (ends, "Result")):
            axes.set_title(title, fontweight="normal")
        panels.add_title(figure, problem)
        # laid out here, where the style holds, and not when the notebook shows it
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    return figure
