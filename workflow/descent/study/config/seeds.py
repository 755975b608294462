"""The seeds of a study: expanded to lists, tuning and evaluation apart."""

from __future__ import annotations

from typing import Any

from descent.foundation.suggestions import listed
from descent.study.config.errors import ErrorList


def expand_seeds(config: dict[str, Any], errors: ErrorList) -> None:
    """Replace ``{first, count}`` by a list of seeds, and check that the two sets are disjoint.

    Evaluation seeds that may become more stay ``{first, count, at_most}``.

    Parameters
    ----------
    config : dict
        A completed config; changed in place.
    errors : ErrorList
        Takes seeds that are used both to tune and to evaluate, and an ``at_most`` under ``count``.
    """
    if errors.any_at("seeds"):
        return
    seeds = config["seeds"]
    every = {stage: seeds_that_may_run(chosen) for stage, chosen in seeds.items()}
    for stage, chosen in seeds.items():
        if not isinstance(chosen, dict) or chosen.get("at_most", 0) > chosen["count"]:
            continue
        if "at_most" in chosen and chosen["at_most"] < chosen["count"]:
            errors.add(
                ("seeds", stage, "at_most"),
                f"must be at least the count, {chosen['count']}. Received: {chosen['at_most']}",
            )
        seeds[stage] = every[stage]
    shared = sorted(set(every["tuning"]) & set(every["evaluation"]))
    if shared:
        errors.add(
            ("seeds", "evaluation"),
            f"shares {listed(map(str, shared[:5]))} with seeds.tuning: a seed that helped to "
            "choose a setting cannot judge it",
        )


def seeds_that_may_run(chosen: list[int] | dict[str, int]) -> list[int]:
    """Return a list of seeds as it is, and all seeds that ``{first, count, at_most}`` allows."""
    if isinstance(chosen, list):
        return chosen
    return list(range(chosen["first"], chosen["first"] + chosen.get("at_most", chosen["count"])))
