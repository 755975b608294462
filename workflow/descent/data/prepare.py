"""The preparation of a dataset, of any source.

``python -m descent.data.prepare --settings JSON --downloads DIR --fold K --output FOLDER``
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from descent.data.characters import number_characters
from descent.data.dataset import Dataset, save_dataset
from descent.data.errors import DataError, SettingError
from descent.data.files import file_sha256
from descent.data.options import check_options
from descent.data.source import PublishedFile
from descent.data.sources import content_of, modules_of, options_of, source_of
from descent.data.word_counts import count_words
from descent.foundation.command_line import command_parser
from descent.foundation.signatures import parameter_types
from descent.foundation.source_digest import made_from


def prepare(
    settings: Mapping[str, Any], downloads: Path, *, fold: int = 0, base_folder: Path
) -> Dataset:
    """Prepare the dataset that a config entry describes.

    Parameters
    ----------
    settings : mapping of str to object
        ``use``, a key of :data:`descent.data.sources.SOURCES`, and the options of that source.
    downloads : Path
        Folder of the published files, laid out by their names.
    fold : int, default 0
        Test fold of a dataset that has folds, 0 to 9; without effect on others.
    base_folder : Path
        The folder that a relative path in the settings is relative to.

    Returns
    -------
    Dataset
        The dataset: dense (:mod:`descent.data.labelled_vectors`), reviews
        (:mod:`descent.data.word_counts`) or characters (:mod:`descent.data.characters`).
        ``about["made_from"]`` is the digest of code, settings, fold and content, and
        ``about["content"]`` what :func:`descent.data.sources.content_of` returns.

    Raises
    ------
    SettingError
        If there is no such source, it has no such option, or an option is missing or out of range.
    DataError
        If a file is missing or faulty.
    """
    source = source_of(settings)
    options = options_of(settings, base_folder)
    check_options(options)
    for file in source.files:  # which may have been put there by hand
        _check_published(file, downloads / file.name)
    content = content_of(settings, base_folder)
    parameters = parameter_types(source.read)
    if "downloads" in parameters:
        options["downloads"] = downloads
    read = source.read(**{name: v for name, v in options.items() if name in parameters})
    if source.kind_of(settings) == "characters":
        read = number_characters(read, fold)
    elif source.kind == "reviews":
        read = count_words(read, fold, **{k: v for k, v in options.items() if k in source.counting})
    dataset: Dataset = read
    # Whatever a folder of results holds, it says itself whether the study still asks for it.
    made = made_from(modules_of(settings), dict(settings), content, fold)
    return replace(dataset, about={**dataset.about, "content": content, "made_from": made})


def _check_published(file: PublishedFile, path: Path) -> None:
    """Raise unless a file is the published one, and set a date in the future to now."""
    sha256 = file_sha256(path) if path.is_file() else "none"
    if sha256 != file.sha256:
        raise DataError(
            f"{path} has other bytes: SHA-256 {sha256}, expected {file.sha256}. Delete it, and it "
            "is fetched anew"
        )
    # Snakemake refuses to go on after a job that read a file of the future.
    if path.stat().st_mtime > time.time():
        os.utime(path)


def main(arguments: list[str] | None = None) -> int:
    """Prepare a dataset and save it; return 1, with one message, if its data or settings are wrong.

    Parameters
    ----------
    arguments : list of str or None, default None
        The command line; None takes the process's own.

    Returns
    -------
    int
        Exit code.
    """
    parser = command_parser("descent.data.prepare", __doc__)
    parser.add_argument("--settings", required=True, type=json.loads, help="the entry, as JSON")
    parser.add_argument("--downloads", required=True, type=Path, help="folder of published files")
    parser.add_argument("--fold", default=0, type=int, help="test fold, 0 to 9 (default: 0)")
    parser.add_argument("--output", required=True, type=Path, help="folder to write")
    parser.add_argument(
        "--base", default=Path(), type=Path, help="folder that paths are relative to (default: .)"
    )
    given = parser.parse_args(arguments)
    try:
        dataset = prepare(given.settings, given.downloads, fold=given.fold, base_folder=given.base)
    except (DataError, SettingError) as error:
        print(f"The data cannot be prepared. {error}", file=sys.stderr)
        return 1
    save_dataset(dataset, given.output)
    for remark in dataset.about.get("remarks", []):
        print(f"warning: {remark}")
    for note in dataset.about.get("notes", []):
        print(f"note: {note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
