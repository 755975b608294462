"""Horizons of the study and of single problems, completed and checked."""

from __future__ import annotations

from typing import Any

from descent.study.config.errors import ErrorList
from descent.study.horizons import baseline_of_horizons


def complete_horizons(config: dict[str, Any], errors: ErrorList) -> None:
    """Give every problem its horizons: its own, or else those of the study.

    Parameters
    ----------
    config : dict
        The completed config; horizons are ``{multiples, optimizers}`` of problems afterwards.
    errors : ErrorList
        Receives an error if no optimizer can be the baseline.
    """
    if errors.any_at("horizons") or errors.any_at("problems"):
        return
    asked = False
    for entry in config["problems"].values():
        given = entry.get("horizons", config["horizons"])
        chosen = given if isinstance(given, dict) else {"multiples": given}
        if chosen["multiples"] or "horizons" in entry:
            multiples = sorted({1, *chosen["multiples"]})
            entry["horizons"] = {"optimizers": "baseline", **chosen, "multiples": multiples}
            asked |= len(multiples) > 1
    if asked and not errors.any_at("optimizers") and baseline_of_horizons(config) is None:
        errors.add(
            ("baseline",),
            "missing: `horizons` train the optimizer of `baseline`, or else AdamW, and there is "
            "neither",
        )
