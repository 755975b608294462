"""Problems at other horizons: longer and shorter runs, each with its own decay and its own tuning.

They are planned, trained and tuned as problems are, under names such as ``mnist_mlp@1.4``, and
paired with the runs of the problem itself: initial parameters and batch order are the same. What is
reported of them is the speed-up (:mod:`descent.analysis.tables.speed_up`) and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Between the name of a problem and a multiple of its length; no name of an entry has it.
AT = "@"


def multiples_of(entry: Mapping[str, Any]) -> list[float]:
    """Return the horizons of a problem as multiples of its length, in order; 1 if it has none."""
    return sorted({1, *entry.get("horizons", {}).get("multiples", ())})


def name_at(problem: str, multiple: float) -> str:
    """Return the name of a problem at a horizon."""
    return problem if multiple == 1 else f"{problem}{AT}{multiple:g}"


def problem_of(name: str) -> str:
    """Return the name of the problem itself."""
    return name.partition(AT)[0]


def at_all_horizons(problems: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the entries of problems at all of their horizons, by name.

    Parameters
    ----------
    problems : mapping of str to mapping
        Entries of a completed config.

    Returns
    -------
    dict of str to mapping
        Each problem as it is, and its other horizons behind it: without a target, and evaluated at
        the end of a run alone.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, entry in problems.items():
        for multiple in sorted(multiples_of(entry), key=lambda multiple: multiple != 1):
            epochs = float(f"{entry['epochs'] * multiple:.10g}")
            found[name_at(name, multiple)] = (
                entry
                if multiple == 1
                else {
                    **entry,
                    "title": f"{entry['title']}, {multiple:g} times as long",
                    "epochs": int(epochs) if epochs.is_integer() else epochs,
                    "evaluations_per_epoch": 1 / epochs,
                    "target": None,
                }
            )
    return found


def baseline_of_horizons(config: Mapping[str, Any]) -> str | None:
    """Return the optimizer that is trained at all horizons: ``baseline``, or else AdamW if any."""
    if config["baseline"] is not None:
        return str(config["baseline"])
    return next((n for n, rule in config["optimizers"].items() if rule["use"] == "adamw"), None)
