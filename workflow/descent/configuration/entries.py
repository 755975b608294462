"""The named entries of a config against the code that they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from descent.configuration.findings import Findings, shown_value


def check_entries(config: dict[str, Any], findings: Findings, base_folder: Path) -> None:
    """Check datasets, optimizers and problems, and complete them in place.

    Parameters
    ----------
    config : dict
        The completed config.
    findings : Findings
        Takes what is wrong; what the schema refused already is left alone.
    base_folder : Path
        Folder that paths are relative to.
    """
    # Imported here: an import of this package costs no NumPy.
    from descent.configuration.dataset_entries import check_datasets  # noqa: PLC0415
    from descent.configuration.function_figure_entries import (  # noqa: PLC0415
        check_function_figures,
    )
    from descent.configuration.optimizer_entries import check_optimizers  # noqa: PLC0415
    from descent.configuration.problem_entries import check_problems  # noqa: PLC0415

    sections = ("datasets", "problems", "optimizers", "function_figures")
    for section in sections:
        if not isinstance(config.get(section), dict) or not all(
            isinstance(entry, dict) for entry in config[section].values()
        ):
            return  # the schema has noted it
        _check_case(section, list(config[section]), findings)
    check_datasets(config["datasets"], findings, base_folder)
    check_optimizers(config, findings, base_folder)
    check_problems(config, findings)
    check_function_figures(config, findings, base_folder)


def _check_case(section: str, names: list[str], findings: Findings) -> None:
    """Note names that are one folder where the file system does not tell capitals apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            findings.add(
                (section, name),
                f"is one folder with {shown_value(other)} where capitals do not count",
            )
