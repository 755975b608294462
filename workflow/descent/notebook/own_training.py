"""A comparison of optimizers by a function of the user's own that trains one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from descent.notebook.result import ComparisonTable, result
from descent.verdicts.contenders import relations
from descent.verdicts.judgement import verdict

#: Trains one run, given an optimizer, a learning rate and a seed; returns its score.
Train: TypeAlias = Callable[[Any, float, int], float]
FINALISTS = 3


def compare_by(
    train: Train,
    optimizers: Sequence[Any] | Mapping[str, Any],
    learning_rates: int | Sequence[float],
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
        Those of every optimizer without a list of its own; a number is refused, since nothing is
        known of what the function does with them.
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
    named = (
        optimizers
        if isinstance(optimizers, Mapping)
        else {o if isinstance(o, str) else getattr(o, "__name__", str(o)): o for o in optimizers}
    )
    plan = {name: _plan(name, given, learning_rates) for name, given in named.items()}
    rows, edges = [], {}

    def score(given: Any, rate: float, seed: int) -> float:
        found = float(train(given, rate, seed))
        progress()
        return found

    def order(pair: tuple[float, float]) -> tuple[bool, float]:  # a lost run is NaN: last
        return pair[0] != pair[0], -sign * pair[0]

    for name, (handed, rates) in plan.items():
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
    names, pairs = list(board["optimizer"]), list(found.comparisons.itertuples())
    board = board.set_index("optimizer").assign(
        **pd.DataFrame([relations(name, names, pairs) for name in names], names),
        learning_rate=runs.groupby("optimizer")["learning_rate"].agg(lambda x: x.mode()[0]),
        on_edge=pd.Series(edges),
    )
    columns = ("mean", "sd", "seeds", "unfinished", "learning_rate", "on_edge")
    return result(board, columns, found.answer, found.comparisons)


def _plan(name: str, given: Any, learning_rates: int | Sequence[float]) -> tuple[Any, list[float]]:
    """Return what is handed over of an optimizer, and its learning rates."""
    own_list = isinstance(given, Sequence) and not isinstance(given, str)
    handed, rates = (name, given) if own_list else (given, learning_rates)
    if isinstance(rates, int):
        raise ValueError(  # noqa: TRY004 - the number is what is wrong
            f"nothing is known of the learning rate of {name}: list those to try, as "
            f"learning_rates=[0.001, 0.01, 0.1]. Received: {learning_rates}"
        )
    return handed, [float(rate) for rate in rates]
