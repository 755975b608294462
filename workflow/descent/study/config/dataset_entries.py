"""Checks of the entries of ``datasets`` against their sources."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from descent.data.errors import DataError, SettingError
from descent.data.options import check_options
from descent.data.sources import SOURCES, own_files
from descent.foundation.suggestions import did_you_mean, listed
from descent.study.config.errors import ErrorList
from descent.study.config.settings import check_settings, locate_message


def check_datasets(datasets: dict[str, Any], errors: ErrorList, base_folder: Path) -> None:
    """Check the source, the options and the files of every dataset.

    Parameters
    ----------
    datasets : dict
        The entries; numbers in text are replaced in place.
    errors : ErrorList
        Receives the errors.
    base_folder : Path
        Folder that paths are relative to.
    """
    for name, entry in datasets.items():
        place = ("datasets", name)
        if errors.any_at(*place):
            continue
        use = entry["use"]
        if use not in SOURCES:
            errors.add(
                (*place, "use"),
                f"there is no source of data {use!r}.{did_you_mean(use, SOURCES)} "
                f"Known: {listed(SOURCES)}",
            )
            continue
        source = SOURCES[use]
        options = {key: value for key, value in entry.items() if key != "use"}
        checked = check_settings(options, source.options, source.required, use, place, errors)
        entry.update(checked)
        if errors.any_at(*place):
            continue
        try:
            check_options(checked)
        except SettingError as error:
            errors.add(*locate_message(str(error), checked, place))
        try:
            files = own_files(entry, base_folder)
        except DataError as error:
            errors.add(place, str(error))
            continue
        for file in files:
            if not file.exists():
                errors.add(place, f"{file} does not exist")
            elif not os.access(file, os.R_OK):
                errors.add(place, f"{file} may not be read")
