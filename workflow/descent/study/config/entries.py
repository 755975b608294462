"""Checks of the named entries of a config against the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from descent.foundation.suggestions import listed, nearest, shown_value
from descent.study.config.command_entries import check_commands, complete_commands
from descent.study.config.dataset_entries import check_datasets
from descent.study.config.errors import ErrorList
from descent.study.config.horizon_entries import complete_horizons
from descent.study.config.ladders import expand_ladders
from descent.study.config.optimizer_entries import check_optimizers
from descent.study.config.problem_entries import check_problems
from descent.study.config.title_entries import complete_titles
from descent.study.plan import seeds_that_may_run

#: Folders below ``results`` that are no study's.
RESERVED = ("benchmark", "downloads", "tutorial")


def check_entries(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check seeds, datasets, optimizers and problems, and complete them in place.

    Parameters
    ----------
    config : dict
        The completed config.
    errors : ErrorList
        Receives errors; entries with errors from the schema are skipped.
    base_folder : Path
        Folder that paths are relative to.
    """
    if not errors.any_at("seeds"):
        _expand_seeds(config["seeds"], errors)
    _check_folders(config, errors)
    sections = ("datasets", "problems", "optimizers")
    for section in sections:
        if not isinstance(config.get(section), dict) or not all(
            isinstance(entry, dict) for entry in config[section].values()
        ):
            return  # the schema has reported it
        _check_case(section, list(config[section]), errors)
    complete_commands(config, errors)
    expand_ladders(config, errors)
    check_datasets(config["datasets"], errors, base_folder)
    complete_horizons(config, errors)
    check_optimizers(config, errors, base_folder)
    check_problems(config, errors)
    check_commands(config, errors, base_folder)
    for key in ("focus", "baseline"):
        name, optimizers = config.get(key), config["optimizers"]
        if isinstance(name, str) and name not in optimizers:
            errors.add((key,), f"there is no optimizer {name!r}. {nearest(name, optimizers)}")
    complete_titles(config, errors)


def _expand_seeds(seeds: dict[str, Any], errors: ErrorList) -> None:
    """Replace ``{first, count}`` by a list, and check that no seed both tunes and evaluates.

    Evaluation seeds that may become more stay ``{first, count, at_most}``.
    """
    every = {stage: seeds_that_may_run(chosen) for stage, chosen in seeds.items()}
    for stage, chosen in seeds.items():
        if isinstance(chosen, dict) and chosen.get("at_most", 0) <= chosen["count"]:
            if chosen.get("at_most", chosen["count"]) < chosen["count"]:
                least = f"must be at least the count, {chosen['count']}"
                received = chosen["at_most"]
                errors.add(("seeds", stage, "at_most"), f"{least}. Received: {received}")
            seeds[stage] = every[stage]
    shared = sorted(set(every["tuning"]) & set(every["evaluation"]))
    if shared:
        errors.add(
            ("seeds", "evaluation"),
            f"shares {listed(map(str, shared[:5]))} with seeds.tuning: a seed that helped to "
            "choose a setting cannot judge it",
        )


def _check_folders(config: dict[str, Any], errors: ErrorList) -> None:
    """Note names that are those of folders of the workflow's own."""
    study = config.get("study")
    if isinstance(study, str) and study.lower() in RESERVED:
        errors.add(
            ("study",),
            f"results/{study} is a folder of the workflow's own, as are {listed(RESERVED)}: "
            "choose another name",
        )


def _check_case(section: str, names: list[str], errors: ErrorList) -> None:
    """Add errors for names that are one folder on a case-insensitive file system."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            errors.add(
                (section, name),
                f"is the same folder as {shown_value(other)} on a case-insensitive file system",
            )
