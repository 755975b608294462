"""Look at what a study has so far: which grids grow, which optimizers are given more seeds.

Run as ``python -m descent.analysis.look results/<study>/study.json --problem NAME
--look NAME``; it writes ``looks/<problem>/<look>.json`` of the study.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from descent.analysis.results import load_evaluated
from descent.analysis.rivals import rivals_of
from descent.foundation.atomic_files import write_json
from descent.foundation.command_line import fails_on, study_parser
from descent.study.origins import note
from descent.study.plan import GRID_LOOKS, Study, load_study
from descent.study.tuning import look_at_grids
from descent.verdicts.contenders import rivals_to_continue


def look_at_seeds(study: Study, problem: str, seeds: int) -> dict[str, Any]:
    """Return which optimizers are given more seeds.

    Parameters
    ----------
    study : Study
        The plan, with the runs of this look and of those before it made.
    problem : str
        Name of the problem; its headline track is looked at.
    seeds : int
        Seeds of the look.

    Returns
    -------
    dict
        What JSON can hold: ``seeds`` of the look; ``continuing``, the optimizers that are given
        the seeds of the next one, none after the last; ``undecided`` pairs; and, if the config
        limits the minutes, ``minutes``, how many of processor time the added seeds should take.
    """
    results = load_evaluated(study, problem, study.track, seeds)
    rivals = rivals_of(results, problem, study.track, seeds)
    comparisons = rivals.compare()
    given = {name: len(values) for name, values in rivals.scores.items()}
    may_continue = [name for name, n in given.items() if n == seeds < rivals.looks[-1].seeds]
    undecided = [[p.first, p.second] for p in comparisons if p.verdict == "undecided"]
    limit = study.minutes_for_more_seeds
    if limit is None:
        continuing = rivals_to_continue(may_continue, comparisons, study.named)
        return {"seeds": seeds, "continuing": continuing, "undecided": undecided}
    minutes = {name: _minutes_of_more_seeds(study, problem, name, seeds) for name in may_continue}
    earlier = [look.seeds for look in rivals.looks if look.seeds < seeds]
    left = limit - sum(study.decision(problem, str(n))["minutes"] for n in earlier)
    continuing = rivals_to_continue(may_continue, comparisons, study.named, minutes, left)
    return {
        "seeds": seeds,
        "continuing": continuing,
        "undecided": undecided,
        "minutes": sum(minutes[name] for name in continuing),
    }


def _minutes_of_more_seeds(study: Study, problem: str, optimizer: str, seeds: int) -> float:
    """Return the processor minutes of the seeds that a look may give, by those of the runs so far.

    A look gives as many seeds as there were, up to the last look.
    """
    runs = study.evaluation_runs(problem, optimizer, study.track, seeds)
    paths = study.costs_paths(runs)
    spent = sum(
        float(json.loads(path.read_text(encoding="utf-8"))["cpu_seconds"]) for path in paths
    )
    most = study.looks_of(problem, study.track)[-1].seeds
    return spent / 60 * (min(2 * seeds, most) - seeds) / seeds


def decide(study: Study, problem: str, look: str) -> dict[str, Any]:
    """Return what a look decides: see :func:`look_at_grids` and :func:`look_at_seeds`."""
    if look in GRID_LOOKS:
        return look_at_grids(study, problem, look)
    return look_at_seeds(study, problem, int(look))


@fails_on(FileNotFoundError, ValueError)
def main(arguments: Sequence[str] | None = None) -> int:
    """Write what one look decides; exit code 1 if a run is missing or may not be compared."""
    parser = study_parser("descent.analysis.look", __doc__)
    parser.add_argument("--problem", required=True, help="name of the problem")
    parser.add_argument("--look", required=True, help="name of the look: grid-1, 10")
    given = parser.parse_args(arguments)
    study = load_study(given.study)
    decided = decide(study, given.problem, given.look)
    path, looks = study.look_path(given.problem, given.look), study.looks(given.problem)
    write_json(path, decided)
    earlier = [study.look_path(given.problem, look) for look in looks[: looks.index(given.look)]]
    records = study.record_paths(study.runs_to_look_at(given.problem, given.look))
    note(study.folder, "descent.analysis.look", [path], [study.path, *earlier, *records])
    return 0


if __name__ == "__main__":
    sys.exit(main())
