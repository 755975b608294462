"""The seeds of a study: expanded to lists, tuning and evaluation apart."""

from __future__ import annotations

from typing import Any

from descent.foundation.suggestions import listed
from descent.study.config.errors import ErrorList


def expand_seeds(config: dict[str, Any], errors: ErrorList) -> None:
    """Replace ``{first, count}`` by a list of seeds, and check that the two sets are disjoint.

    Parameters
    ----------
    config : dict
        A completed config; changed in place.
    errors : ErrorList
        Receives seeds that are used both to tune and to evaluate.
    """
    if errors.any_at("seeds"):
        return
    seeds = config["seeds"]
    for stage, chosen in seeds.items():
        if isinstance(chosen, dict):
            seeds[stage] = list(range(chosen["first"], chosen["first"] + chosen["count"]))
    shared = sorted(set(seeds["tuning"]) & set(seeds["evaluation"]))
    if shared:
        errors.add(
            ("seeds", "evaluation"),
            f"shares {listed(map(str, shared[:5]))} with seeds.tuning: a seed that helped to "
            "choose a setting cannot judge it",
        )
