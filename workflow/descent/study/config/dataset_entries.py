"""Checks of the entries of ``datasets`` against their sources."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from descent.data.csv_file import prepare_csv
from descent.data.digits import prepare_digits
from descent.data.errors import DataError, SettingError
from descent.data.generated_corpus import generated_corpus
from descent.data.idx import prepare_idx
from descent.data.npz import prepare_npz
from descent.data.options import check_options
from descent.data.parquet_file import prepare_parquet
from descent.data.prepare import SOURCES, own_files
from descent.data.reviews import prepare_reviews
from descent.data.text_folders import read_text_folders
from descent.foundation.suggestions import did_you_mean, listed
from descent.study.config.errors import ErrorList
from descent.study.config.settings import check_settings, locate_message, signature_types

#: The functions that take a source's options; their annotations give the types.
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "mnist": (),
    "digits": (prepare_digits,),
    "reviews": (prepare_reviews,),
    "generated_reviews": (generated_corpus, prepare_reviews),
    "npz": (prepare_npz,),
    "csv": (prepare_csv,),
    "parquet": (prepare_parquet,),
    "idx": (prepare_idx,),
    "text_folders": (read_text_folders, prepare_reviews),
}


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
        types = option_types(use)
        options = {key: value for key, value in entry.items() if key != "use"}
        checked = check_settings(options, types, SOURCES[use].required, use, place, errors)
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


def option_types(use: str) -> dict[str, Any]:
    """Return the type of each option of a source, by name."""
    source = SOURCES[use]
    types = {name: kind for f in FUNCTIONS[use] for name, kind in signature_types(f).items()}
    return {name: str if name in source.paths else types.get(name, Any) for name in source.options}
