"""Tune an optimizer: screen many candidates on few seeds, let every evaluation seed choose its own.

The *screening* runs every candidate on the tuning seeds and keeps the best few, the *finalists*. If
the best learning rate lies at an end of the grid, the grid grows there first. Every evaluation seed
then runs all finalists and chooses among them by its own validation metric; the test result of the
chosen run counts. The luck of tuning is thus part of what seeds differ by, and of every interval.
The test split is never read for a choice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import study_parser
from descent.study.measures import final, higher_is_better, selection_metric
from descent.study.origins import note
from descent.study.plan import GRID_LOOKS, TUNED_TRACKS, Run, Study, load_study
from descent.training.records import Record, Status

#: The overrides of a candidate: hyper-parameter to value.
Overrides = Mapping[str, Any]


def screen(
    candidates: Mapping[str, Overrides],
    records: Mapping[str, Sequence[Record]],
    finalists: int = 1,
    examples: int | None = None,
) -> dict[str, Any]:
    """Return what the tuning seeds say of the candidates of one optimizer on one problem.

    Parameters
    ----------
    candidates : mapping of str to mapping
        The hyper-parameters that each candidate sets.
    records : mapping of str to sequence of Record
        The runs of each candidate, one a tuning seed, the same seeds for all.
    finalists : int, default 1
        How many candidates are kept, >= 1.
    examples : int or None, default None
        Validation examples of the problem, >= 1; None without a dataset. Only an accuracy, a share
        of them, has the error below.

    Returns
    -------
    dict
        Of JSON types: ``finalists``, each with its ``candidate`` and ``hyperparameters``, best
        first; ``metric``, the column they were chosen by; ``on_edge``, whether the best is an
        end of a grid of learning rates; ``seeds``;
        and for each of ``candidates`` its ``mean``, its ``values`` by seed and how many of its
        runs ``diverged``, a timeout included. A missing value is None.

    Raises
    ------
    ValueError
        If there are no candidates, or if their runs are not on the same seeds.

    Notes
    -----
    A candidate with a run that did not finish ranks behind all that have none. The mean of the
    metric over the seeds decides next. Accuracies that differ by less than a standard error of the
    best, ``sqrt(p (1 - p) / examples)``, are the luck of the validation examples: of such
    candidates the one with the least validation loss is better. Equals are decided by the smaller
    learning rate, then by the candidate's place in the study.
    """
    if not candidates:
        raise ValueError("there must be at least one candidate to choose from. Received: none")
    seeds = {name: [record.seed for record in records[name]] for name in candidates}
    first = next(iter(seeds.values()))
    for name, of_this in seeds.items():
        if of_this != first or not first:
            raise ValueError(
                f"every candidate must have run on the same tuning seeds. "
                f"Received: {name} on {of_this}, {next(iter(seeds))} on {first}"
            )
    every = [record for name in candidates for record in records[name]]
    metric = next((m for m in map(selection_metric, every) if m is not None), "train_loss")
    summary = {
        name: {
            "mean": _mean(final(record, metric) for record in runs),
            "values": {str(record.seed): final(record, metric) for record in runs},
            "diverged": sum(record.status is not Status.FINISHED for record in runs),
        }
        for name, runs in records.items()
        if name in candidates
    }
    by_rate = sorted(
        candidates, key=lambda name: float(candidates[name].get("learning_rate", math.inf))
    )
    order = _best_first({name: records[name] for name in by_rate}, metric, examples)
    return {
        "finalists": [
            {"candidate": name, "hyperparameters": dict(candidates[name])}
            for name in order[:finalists]
        ],
        "on_edge": on_edge(order[0], candidates),
        "metric": metric,
        "candidates": summary,
        "seeds": first,
    }


def choose(finalists: Sequence[Record], examples: int | None = None) -> Record:
    """Return the run of one evaluation seed that counts.

    Parameters
    ----------
    finalists : sequence of Record
        The seed's runs of all finalists, in the order of the screening.
    examples : int or None, default None
        As :func:`screen` has it.

    Returns
    -------
    Record
        By the same rules as the screening; of equals the first.
    """
    metric = next((m for m in map(selection_metric, finalists) if m is not None), "train_loss")
    places = {str(place): [record] for place, record in enumerate(finalists)}
    return finalists[int(_best_first(places, metric, examples)[0])]


def _best_first(
    candidates: Mapping[str, Sequence[Record]], metric: str, examples: int | None
) -> list[str]:
    """Return candidates by the rules of :func:`screen`, equals in their order."""
    loss = "validation_loss" if metric.startswith("validation_") else "train_loss"
    sign = 1.0 if higher_is_better(metric) else -1.0
    unfinished = {
        name: sum(record.status is not Status.FINISHED for record in runs)
        for name, runs in candidates.items()
    }
    scores, losses = (
        {name: _mean(final(record, column) for record in runs) for name, runs in candidates.items()}
        for column in (metric, loss)
    )
    order: list[str] = []
    while len(order) < len(candidates):
        left = [name for name in candidates if name not in order]
        fewest = min(unfinished[name] for name in left)
        left = [name for name in left if unfinished[name] == fewest]
        known = [score for name in left if (score := scores[name]) is not None]
        if known:
            best = max(known, key=lambda score: sign * score)
            is_share = metric.endswith("accuracy") and 0 <= best <= 1
            error = math.sqrt(best * (1 - best) / examples) if examples and is_share else 0.0
            left = [
                name
                for name in left
                if (score := scores[name]) is not None and sign * (best - score) <= error
            ]
        order.append(min(left, key=lambda name: _or_infinite(losses[name])))
    return order


def _or_infinite(loss: float | None) -> float:
    return math.inf if loss is None else loss


def on_edge(chosen: str, candidates: Mapping[str, Overrides]) -> bool:
    """Return whether a candidate is an end of the grid, so that a better one may be outside it.

    Parameters
    ----------
    chosen : str
        Name of the candidate.
    candidates : mapping of str to mapping
        All of them. Random trials have no grid and no edge.
    """
    if not all(name.startswith("lr-") for name in candidates) or len(candidates) == 1:
        return False
    grid = [overrides["learning_rate"] for overrides in candidates.values()]
    return candidates[chosen]["learning_rate"] in (min(grid), max(grid))


def grown(rates: Sequence[float], best: float, points: int = 2) -> list[float]:
    """Return the learning rates by which a grid grows at the end where the best one lies.

    Parameters
    ----------
    rates : sequence of float
        The grid so far.
    best : float
        The best of them.
    points : int, default 2
        How many are added, each as far from its neighbour as the last two of the grid.

    Returns
    -------
    list of float
        Rounded to three significant digits; none if the best one lies inside, or the grid has a
        single point.

    Examples
    --------
    >>> grown([0.001, 0.00316, 0.01], best=0.01)
    [0.0316, 0.1]
    """
    grid = sorted(set(rates))
    if len(grid) < 2 or best not in (grid[0], grid[-1]):
        return []
    end, neighbour = (grid[-1], grid[-2]) if best == grid[-1] else (grid[0], grid[1])
    return [float(f"{end * (end / neighbour) ** i:.3g}") for i in range(1, points + 1)]


def look_at_grids(
    study: Study, problem: str, look: str, record: Callable[[Run], Record] | None = None
) -> dict[str, Any]:
    """Return which grids of a problem grow, because their best learning rate lies at an end.

    Parameters
    ----------
    study : Study
        The plan.
    problem : str
        Name of the problem.
    look : str
        Name of the look, one of ``GRID_LOOKS``; it sees what the looks before it have added.
    record : callable, optional
        As :func:`screen_runs` has it.

    Returns
    -------
    dict
        Of JSON types: ``grown``, the learning rates that grids are given, by optimizer.
    """
    before, added = GRID_LOOKS.index(look), {}
    for optimizer in study.optimizers_on(problem):
        candidates = study.candidates(problem, optimizer, "tuned", before)
        best = screen_runs(study, problem, optimizer, "tuned", before, record)["finalists"][0]
        rates = [candidate["learning_rate"] for candidate in candidates.values()]
        added[optimizer] = grown(rates, best["hyperparameters"]["learning_rate"])
    return {"grown": {optimizer: rates for optimizer, rates in added.items() if rates}}


def _mean(values: Any) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) / len(present) if present else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Screen the candidates of one optimizer on one problem, and write the finalists."""
    parser = study_parser("descent.study.tuning", main.__doc__ or "")
    parser.add_argument("--problem", required=True, help="name of the problem")
    parser.add_argument("--optimizer", required=True, help="name of the optimizer")
    parser.add_argument("--track", required=True, choices=TUNED_TRACKS, help="name of the track")
    given = parser.parse_args(arguments)
    study = load_study(given.study)
    tuned = (given.problem, given.optimizer, given.track)
    path = study.tuned_path(*tuned)
    write_json(path, screen_runs(study, *tuned))
    read = [study.path, *study.record_paths(study.tuning_runs(*tuned))]
    note(study.folder, "descent.study.tuning", [path], read)


def screen_runs(
    study: Study,
    problem: str,
    optimizer: str,
    track: str,
    grid_looks: int = len(GRID_LOOKS),
    record: Callable[[Run], Record] | None = None,
) -> dict[str, Any]:
    """Return what :func:`screen` finds in the tuning runs of a study.

    Parameters
    ----------
    study : Study
        The plan.
    problem, optimizer, track, grid_looks
        Which runs, see :meth:`descent.study.plan.Study.candidates`.
    record : callable, optional
        From a run to its record; by default its file is read.
    """
    record = record or study.record
    candidates = study.candidates(problem, optimizer, track, grid_looks)
    records: dict[str, list[Record]] = {name: [] for name in candidates}
    for run in study.tuning_runs(problem, optimizer, track, grid_looks):
        records[run.candidate].append(record(run))
    examples = study.validation_examples(problem, study.tuning_seeds[0])
    return screen(candidates, records, study.config["finalists"], examples)


if __name__ == "__main__":
    main()
