"""Ladders: where the lead of an optimizer begins and ends as one setting of a problem grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from descent.analysis.tables.study_tables import StudyTables
from descent.study.measures import higher_is_better
from descent.study.titles import rung_title
from descent.verdicts.sentences import first_names, listed_names


def ladders(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the problems of each ladder of a study, by increasing value of its setting."""
    found: dict[str, list[str]] = {}
    for name, entry in config["problems"].items():
        if "ladder" in entry:
            found.setdefault(entry["ladder"]["of"], []).append(name)
    return {of: sorted(rungs, key=lambda rung: _value(config, rung)) for of, rungs in found.items()}


def title_of(tables: StudyTables, rungs: Sequence[str]) -> str:
    """Return the title that the problems of a ladder have in common."""
    ladder = tables.config["problems"][rungs[0]]["ladder"]
    return tables.problem_titles[rungs[0]].removesuffix(rung_title("", ladder))


def setting_of(tables: StudyTables, rungs: Sequence[str]) -> str:
    """Return the setting of a ladder in words."""
    return str(tables.config["problems"][rungs[0]]["ladder"]["setting"]).replace("_", " ")


def values_of(tables: StudyTables, rungs: Sequence[str]) -> list[float]:
    """Return the values of the setting of a ladder."""
    return [_value(tables.config, rung) for rung in rungs]


def sentence(tables: StudyTables, rungs: Sequence[str]) -> str:
    """Return who leads from which value to which, and the critical sizes of mini-batches.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.
    rungs : sequence of str
        The problems of a ladder.

    Returns
    -------
    str
        An optimizer leads if no other is shown to be better, on the headline track.
    """
    leaders = [tuple(_leaders(tables, rung)) for rung in rungs]
    said = []
    for names, group in groupby(
        zip(leaders, values_of(tables, rungs), strict=True), lambda x: x[0]
    ):
        values = [value for _, value in group]
        where = f"{values[0]:,}" + (f" to {values[-1]:,}" if len(values) > 1 else "")
        said.append(f"at {where} {first_names(names)} {'leads' if len(names) == 1 else 'lead'}")
    text = f"{title_of(tables, rungs)}, by {setting_of(tables, rungs)}: {'; '.join(said)}."
    critical = critical_sizes(tables, rungs)
    if critical:
        sizes = listed_names(f"{name} {size:,.0f}" for name, size in critical.items())
        text += f" Critical mini-batch, beyond which a larger one saves few steps: {sizes}."
    return text


def critical_sizes(tables: StudyTables, rungs: Sequence[str]) -> dict[str, float]:
    """Return the critical mini-batch of each optimizer whose mean curves reach the target.

    The steps are those of the mean curve over seeds: a single run meets a target early by luck.
    Empty where the ladder is of something else, has fewer than three rungs, or has no target.
    """
    target = tables.config["problems"][rungs[0]].get("target")
    if setting_of(tables, rungs) != "mini batch" or len(rungs) < 3 or not target:
        return {}
    found = {}
    for optimizer, title in tables.optimizer_titles.items():
        steps = [_steps_of_mean(tables, rung, optimizer, target) for rung in rungs]
        if None not in steps:
            size = critical_size(values_of(tables, rungs), [s for s in steps if s is not None])
            if size is not None:
                found[title] = size
    return found


def _steps_of_mean(
    tables: StudyTables, rung: str, optimizer: str, target: Mapping[str, Any]
) -> float | None:
    """Return the steps at which the mean curve of the headline track first meets the target."""
    which = {"problem": rung, "track": tables.track, "optimizer": optimizer}
    curve = tables.of("metric_curves", **which, metric=target["metric"])
    up, value = higher_is_better(target["metric"]), target["value"]
    met = curve[curve["mean"] >= value] if up else curve[curve["mean"] <= value]
    if met.empty:
        return None
    runs = tables.of("runs", problem=rung, optimizer=optimizer)
    return float(met["epoch"].min() * runs["steps_per_epoch"].iloc[0])


def critical_size(sizes: Sequence[float], steps: Sequence[float]) -> float | None:
    """Return the critical size of a mini-batch from the steps to a target at several sizes.

    The steps are ``least * (1 + critical / size)`` (McCandlish et al. 2018): far below the critical
    size twice the mini-batch takes half the steps, far above it as many. The two numbers are fitted
    by least squares of the relative errors.

    Parameters
    ----------
    sizes, steps : sequence of float
        At least two.

    Returns
    -------
    float or None
        None if the steps do not fall with the size, or not to a least number above zero.

    References
    ----------
    S. McCandlish et al., "An empirical model of large-batch training", arXiv 1812.06162.
    """
    measured = np.array(steps, dtype=float)
    terms = np.array([np.ones(len(sizes)), 1.0 / np.array(sizes, dtype=float)]) / measured
    least, slope = np.linalg.lstsq(terms.T, np.ones(len(sizes)), rcond=None)[0]
    return float(slope / least) if least > 0.0 and slope > 0.0 else None


def _value(config: Mapping[str, Any], rung: str) -> float:
    value: float = config["problems"][rung]["ladder"]["value"]
    return value


def _leaders(tables: StudyTables, rung: str) -> list[str]:
    board = tables.rows("leaderboard", titled=True, problem=rung, track=tables.track)
    return [row["optimizer"] for row in board if row["contender"]]
