"""A comparison of optimizers by a function of the user's own that trains one run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from descent.notebook.result import VERDICTS, ComparisonTable, result
from descent.notebook.rules import entrants_of
from descent.study.grids import log_grid
from descent.verdicts.judgement import verdict

#: Trains one run, given an optimizer, a learning rate and a seed; returns its score.
Train: TypeAlias = Callable[[Any, float, int], float]
FINALISTS = 3


def compare_by(
    train: Train,
    optimizers: Sequence[Any] | Mapping[str, Any],
    learning_rates: int | Sequence[float],
    spacing: float,
    tuning_seed: int,
    seeds: Sequence[int],
    progress: Callable[[], object],
    **judged: Any,
) -> ComparisonTable:
    """Compare optimizers by the score that a function returns.

    Parameters
    ----------
    train : callable
        Of an optimizer, a learning rate and a seed.
    optimizers : sequence, or mapping of str
        What is handed to ``train``; the keys of a mapping are the names. A list of learning rates
        in place of an optimizer belongs to its key, which is then handed over.
    learning_rates : int or sequence of float
        Those of every optimizer without a list; a number of them about what is typical.
    spacing : float
        Decades between two.
    tuning_seed : int
        On which all learning rates are tried.
    seeds : sequence of int
        Fresh ones. Each trains the best three rates and keeps its best score.
    progress : callable
        Called after each run.
    **judged
        ``margin`` and ``lower_is_better``, as :func:`~descent.verdicts.judgement.verdict` has them.
    """
    sign = -1 if judged.get("lower_is_better") else 1
    named = optimizers if isinstance(optimizers, Mapping) else {_name(o): o for o in optimizers}
    rows, edges = [], {}

    def score(given: Any, rate: float, seed: int) -> float:
        found = float(train(given, rate, seed))
        progress()
        return found

    def order(pair: tuple[float, float]) -> tuple[bool, float]:  # a lost run is NaN: last
        return pair[0] != pair[0], -sign * pair[0]

    for name, given in named.items():
        rates, handed = _rates(name, given, learning_rates, spacing)
        screened = sorted(((score(handed, rate, tuning_seed), rate) for rate in rates), key=order)
        finalists = [rate for _, rate in screened[:FINALISTS]]
        edges[name] = len(rates) > 1 and finalists[0] in (min(rates), max(rates))
        for seed in seeds:
            own = ((score(handed, rate, seed), rate) for rate in finalists)
            best, rate = min(own, key=order)
            rows.append({"optimizer": name, "seed": seed, "score": best, "learning_rate": rate})
    runs = pd.DataFrame(rows)
    found = verdict(runs, score="score", **judged)
    board = found.methods.rename(columns={"method": "optimizer", "lost": "unfinished"})
    board = board.set_index("optimizer").assign(
        **_relations(found.comparisons, list(board["optimizer"])),
        learning_rate=runs.groupby("optimizer")["learning_rate"].agg(lambda x: x.mode()[0]),
        on_edge=pd.Series(edges),
    )
    columns = ("mean", "sd", "seeds", "unfinished", "learning_rate", "on_edge")
    return result(board, columns, found.answer, found.comparisons)


def _name(given: Any) -> str:
    return given if isinstance(given, str) else str(getattr(given, "__name__", given))


def _rates(
    name: str, given: Any, learning_rates: int | Sequence[float], spacing: float
) -> tuple[list[float], Any]:
    """Return the learning rates of an optimizer, and what is handed over of it."""
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [float(rate) for rate in given], name
    if not isinstance(learning_rates, int):
        return [float(rate) for rate in learning_rates], given
    try:
        centre = entrants_of({name: given})[name].centre
    except (TypeError, ValueError, KeyError) as error:
        raise ValueError(
            f"nothing is known of the learning rate of {name}: list those to try, as "
            f"learning_rates=[0.001, 0.01, 0.1]. Received: {learning_rates}"
        ) from error
    return log_grid(centre, spacing * (learning_rates - 1), learning_rates), given


def _relations(comparisons: pd.DataFrame, names: Sequence[str]) -> dict[str, pd.Series[str]]:
    """Return the other optimizers by their verdict against each, as lists of names."""
    found = {column: dict.fromkeys(names, "") for column in VERDICTS}
    for pair, (own, other) in itertools.product(
        comparisons.to_dict("records"), (("first", "second"), ("second", "first"))
    ):
        kinds = {
            "better_than" if own == "first" else "worse_than": pair["verdict"].startswith("better"),
            "equivalent_to": pair["verdict"].endswith("equivalent"),
            "undecided_with": pair["verdict"] == "undecided",
        }
        for column in (column for column, holds in kinds.items() if holds):
            listed = found[column][pair[own]]
            found[column][pair[own]] = f"{listed} {pair[other]}".strip()
    return {column: pd.Series(of, dtype=object) for column, of in found.items()}
