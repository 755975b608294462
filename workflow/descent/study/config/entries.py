"""Checks of the named entries of a config against the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from descent.foundation.suggestions import did_you_mean, listed, shown_value
from descent.study.config.errors import ErrorList

#: Folders below ``results`` that are no study's.
RESERVED = ("benchmark", "downloads", "parity", "tutorial")
#: The folder among those of the problems' figures that is no problem's.
FUNCTION_FIGURES = "functions"


def check_entries(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check datasets, optimizers and problems, and complete them in place.

    Parameters
    ----------
    config : dict
        The completed config.
    errors : ErrorList
        Receives errors; entries with errors from the schema are skipped.
    base_folder : Path
        Folder that paths are relative to.
    """
    # imported here, so that an import of this package does not import NumPy
    from descent.study.config.dataset_entries import check_datasets  # noqa: PLC0415
    from descent.study.config.function_figure_entries import (  # noqa: PLC0415
        check_function_figures,
    )
    from descent.study.config.optimizer_entries import check_optimizers  # noqa: PLC0415
    from descent.study.config.problem_entries import check_problems  # noqa: PLC0415
    from descent.study.config.title_entries import complete_titles  # noqa: PLC0415

    _check_folders(config, errors)
    sections = ("datasets", "problems", "optimizers", "function_figures")
    for section in sections:
        if not isinstance(config.get(section), dict) or not all(
            isinstance(entry, dict) for entry in config[section].values()
        ):
            return  # the schema has reported it
        _check_case(section, list(config[section]), errors)
    check_datasets(config["datasets"], errors, base_folder)
    check_optimizers(config, errors, base_folder)
    check_problems(config, errors)
    check_function_figures(config, errors, base_folder)
    for key in ("focus", "baseline"):
        name, optimizers = config.get(key), config["optimizers"]
        if isinstance(name, str) and name not in optimizers:
            errors.add(
                (key,),
                f"there is no optimizer {name!r}.{did_you_mean(name, optimizers)} "
                f"Optimizers in this config: {listed(optimizers)}",
            )
    complete_titles(config, errors)


def _check_folders(config: dict[str, Any], errors: ErrorList) -> None:
    """Note names that are those of folders of the workflow's own."""
    study = config.get("study")
    if isinstance(study, str) and study.lower() in RESERVED:
        errors.add(
            ("study",),
            f"results/{study} is a folder of the workflow's own, as are {listed(RESERVED)}: "
            "choose another name",
        )
    if isinstance(config.get("problems"), dict) and FUNCTION_FIGURES in config["problems"]:
        errors.add(
            ("problems", FUNCTION_FIGURES),
            f"figures/{FUNCTION_FIGURES} is the folder of the function figures: "
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
