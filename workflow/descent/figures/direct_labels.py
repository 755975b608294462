"""Names beside the ends of curves, where a legend would be too long to match."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from scipy.optimize import isotonic_regression

#: From so many curves on a legend is too long; of more than the second, names do not fit.
FEWEST, MOST = 9, 16
#: Height of a name, as a share of a panel's.
NAME = 0.065


def label_ends(axes: Axes, ends: Mapping[str, tuple[float, float, str]]) -> dict[str, Annotation]:
    """Write each curve's name beside its end, in the order of the ends and none over another.

    Parameters
    ----------
    axes : Axes
        The panel, with its curves, scales and limits.
    ends : mapping of str to (float, float, str)
        By name: where the curve ends, and its colour.

    Returns
    -------
    dict of str to Annotation
        What is written.
    """
    to_panel = axes.transScale + axes.transLimits
    heights = {name: float(to_panel.transform((x, y))[1]) for name, (x, y, _) in ends.items()}
    names = sorted(heights, key=lambda name: heights[name])
    # as near to the ends as names in this order can be, a name's height apart
    stacked = NAME * np.arange(len(names))
    nearest = isotonic_regression([heights[name] for name in names] - stacked).x
    places = stacked + np.clip(nearest, 0.0, max(0.0, 1.0 - stacked[-1]))
    written = {}
    for name, place in zip(names, places, strict=True):
        x, y, colour = ends[name]
        written[name] = axes.annotate(
            name,
            (x, y),
            xytext=(1.06, place),
            textcoords="axes fraction",
            va="center",
            fontsize=6.5,
            color=colour,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.5,
                "relpos": (0.0, 0.5),
                "shrinkB": 1,
            },
            annotation_clip=False,
        )
    return written
