"""Checks of the entries of ``datasets`` against their sources."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from descent.data.errors import DataError, SettingError
from descent.data.options import check_options
from descent.data.sources import own_files, source_of
from descent.study.config.errors import ErrorList
from descent.study.config.settings import convert_settings, locate_message


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
        try:
            types = source_of(entry).options
            entry.update(convert_settings(entry, types, place, errors))
            if errors.any_at(*place):
                continue
            check_options(entry)
            files = own_files(entry, base_folder)
        except (DataError, SettingError) as error:
            errors.add(*locate_message(str(error), entry, place))
            continue
        for file in files:
            if not file.exists():
                errors.add(place, f"{file} does not exist")
            elif not file.is_file():
                errors.add(place, f"{file} is a folder, a pipe or a device, and no file")
            elif not os.access(file, os.R_OK):
                errors.add(place, f"{file} may not be read")
