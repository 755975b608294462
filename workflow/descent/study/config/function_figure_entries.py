"""Checks of the entries of ``function_figures`` against the modules that draw them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from descent.study.config.errors import ErrorList
from descent.study.config.optimizer_entries import check_rule, number_of
from descent.study.function_settings import FunctionSettings


def check_function_figures(config: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check the function, the optimizers and the settings of every figure.

    Parameters
    ----------
    config : dict
        The completed config; numbers in text are replaced in place.
    errors : ErrorList
        Receives the errors.
    base_folder : Path
        Folder that paths are relative to.
    """
    for name, entry in config["function_figures"].items():
        place = ("function_figures", name)
        if errors.any_at(*place):
            continue
        for key in entry.keys() - {"draw", "optimizers"}:
            entry[key] = number_of(entry[key])
        for optimizer, rule in entry["optimizers"].items():
            check_rule(rule, (*place, "optimizers", optimizer), errors, base_folder)
        if errors.any_at(*place):
            continue
        settings = {key: value for key, value in entry.items() if key != "draw"}
        try:
            read = FunctionSettings.read(settings, folder=base_folder)
            if entry["draw"] in {"paths", "map"}:
                read.check_plane()
        except (TypeError, ValueError) as error:
            errors.add(place, str(error))
