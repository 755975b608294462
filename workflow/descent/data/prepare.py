"""Preparation of every dataset: one table from ``use`` to the function that prepares it.

``python -m descent.data.prepare --settings JSON --downloads DIR --fold K --output FOLDER``
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from descent.data.compressed import file_sha256
from descent.data.corpus import read_review_polarity
from descent.data.csv_file import prepare_csv
from descent.data.dataset import Dataset, save_dataset
from descent.data.digits import prepare_digits
from descent.data.errors import DataError, SettingError
from descent.data.generated_corpus import generated_corpus
from descent.data.idx import prepare_idx
from descent.data.mnist import PUBLISHED_PARTS, prepare_mnist
from descent.data.npz import prepare_npz
from descent.data.options import check_options
from descent.data.parquet_file import prepare_parquet
from descent.data.published import PUBLISHED, describe_fault
from descent.data.reviews import prepare_reviews
from descent.data.text_folders import layout_of, read_text_folders
from descent.foundation.command_line import command_parser


@dataclass(frozen=True)
class Request:
    """The arguments of a source.

    Attributes
    ----------
    options : dict of str to object
        The settings without ``use``, paths resolved.
    downloads : Path
        Folder of the published files.
    fold : int
        Test fold, 0 to 9.
    """

    options: dict[str, Any]
    downloads: Path
    fold: int

    def take(self, *names: str) -> dict[str, Any]:
        """Remove the given options from the request and return them."""
        return {name: self.options.pop(name) for name in names if name in self.options}


@dataclass(frozen=True)
class Source:
    """One source of datasets.

    Attributes
    ----------
    prepare : callable
        From a request to its dataset.
    options : tuple of str
        The settings that it accepts, besides ``use``.
    required : tuple of str
        Those of them that have no default.
    paths : tuple of str
        Those of them that name a user's own file or folder.
    files : tuple of str
        The published files it needs.
    depends_on_fold : bool
        Whether another fold gives another dataset.
    title : str
        Display name of the dataset; empty for a user's own data, named by the config entry.
    """

    prepare: Callable[[Request], Dataset]
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    depends_on_fold: bool = False
    title: str = ""


def _reviews(request: Request) -> Dataset:
    corpus = read_review_polarity(request.downloads / "review_polarity.tar.gz")
    return prepare_reviews(corpus, request.fold, **request.options)


def _generated_reviews(request: Request) -> Dataset:
    corpus = generated_corpus(**request.take("seed", "reviews"))
    return prepare_reviews(corpus, request.fold, **request.options)


def _text_folders(request: Request) -> Dataset:
    corpus = read_text_folders(**request.take("folder", "encoding", "pattern", "markup"))
    return prepare_reviews(corpus, request.fold, **request.options)


TABLE = ("file", "label", "test_file", "leave_out")
SPLIT = ("validation", "test", "seed")
VECTORIZER = (
    "max_features",
    "stop_words",
    "binary",
    "min_df",
    "max_df",
    "token_pattern",
    "analyzer",
    "ngram_range",
    "sentences",
)
IDX_PATHS = ("train_inputs", "train_labels", "test_inputs", "test_labels")
MNIST_FILES = tuple(
    f"mnist/{name}" for images, labels, _ in PUBLISHED_PARTS.values() for name in (images, labels)
)

#: Every source by the value of ``use``.
SOURCES: Mapping[str, Source] = {
    "mnist": Source(
        lambda r: prepare_mnist(r.downloads / "mnist"), files=MNIST_FILES, title="MNIST"
    ),
    "digits": Source(lambda r: prepare_digits(**r.options), options=SPLIT, title="Digits"),
    "reviews": Source(
        _reviews,
        options=VECTORIZER,
        files=("review_polarity.tar.gz",),
        depends_on_fold=True,
        title="Movie reviews",
    ),
    "generated_reviews": Source(
        _generated_reviews,
        options=("seed", "reviews", *VECTORIZER),
        depends_on_fold=True,
        title="Generated reviews",
    ),
    "npz": Source(
        lambda r: prepare_npz(**r.options),
        options=("file", *SPLIT, "standardize"),
        required=("file",),
        paths=("file",),
    ),
    "csv": Source(
        lambda r: prepare_csv(**r.options),
        options=(*TABLE, "header", "separator", "encoding", *SPLIT, "standardize"),
        required=("file", "label"),
        paths=("file", "test_file"),
    ),
    "parquet": Source(
        lambda r: prepare_parquet(**r.options),
        options=(*TABLE, *SPLIT, "standardize"),
        required=("file", "label"),
        paths=("file", "test_file"),
    ),
    "idx": Source(
        lambda r: prepare_idx(**r.options),
        options=(*IDX_PATHS, "transpose", *SPLIT),
        required=("train_inputs", "train_labels"),
        paths=IDX_PATHS,
    ),
    "text_folders": Source(
        _text_folders,
        options=("folder", "encoding", "pattern", "markup", "fold_seed", *VECTORIZER),
        required=("folder",),
        paths=("folder",),
        depends_on_fold=True,
    ),
}


def prepare(
    settings: Mapping[str, Any], downloads: Path, *, fold: int = 0, base_folder: Path
) -> Dataset:
    """Prepare the dataset that a config entry describes.

    Parameters
    ----------
    settings : mapping of str to object
        ``use``, a key of :data:`SOURCES`, and the options of that source.
    downloads : Path
        Folder of the published files, laid out by their names.
    fold : int, default 0
        Test fold of a dataset that has folds, 0 to 9; of no effect on others.
    base_folder : Path
        What a relative path in the settings is relative to.

    Returns
    -------
    Dataset
        The dataset: dense (:mod:`descent.data.dense`) or reviews (:mod:`descent.data.reviews`).
        ``content``, of what is known about it, is what :func:`content_of` returns.

    Raises
    ------
    SettingError
        If there is no such source, it has no such option, or an option is missing or out of range.
    DataError
        If a file is missing or faulty.
    """
    source = _source(settings)
    options = {name: value for name, value in settings.items() if name != "use"}
    check_options(options)
    for name in options.keys() & set(source.paths):
        options[name] = base_folder / Path(options[name]).expanduser()
    for name in source.files:  # the file may have been placed by hand
        if (fault := describe_fault(PUBLISHED[name], downloads / name)) is not None:
            raise DataError(f"{downloads / name} {fault}. Delete it, and it is fetched anew")
        _date_back(downloads / name)
    content = content_of(settings, base_folder)
    dataset = source.prepare(Request(options, downloads, fold))
    return replace(dataset, about={**dataset.about, "content": content})


def files_needed(settings: Mapping[str, Any]) -> list[str]:
    """Return the names of the published files that a dataset is made of.

    Parameters
    ----------
    settings : mapping of str to object
        As for :func:`prepare`.

    Returns
    -------
    list of str
        Keys of :data:`descent.data.download.PUBLISHED`; empty if it needs no download.
    """
    return list(_source(settings).files)


def own_files(settings: Mapping[str, Any], base_folder: Path) -> list[Path]:
    """Return a user's own files that a dataset is made of, a folder file by file.

    Parameters
    ----------
    settings : mapping of str to object
        As for :func:`prepare`.
    base_folder : Path
        What a relative path in the settings is relative to.

    Returns
    -------
    list of Path
        The files, sorted; a path that does not exist is among them, and of a folder the texts.

    Raises
    ------
    DataError
        If a folder may not be read.
    """
    files: list[Path] = []
    for name in _source(settings).paths:
        if name in settings:
            path = base_folder / Path(settings[name]).expanduser()
            files += _texts(path, settings.get("pattern")) if path.is_dir() else [path]
    return sorted(files)


def content_of(settings: Mapping[str, Any], base_folder: Path) -> str | None:
    """Return the SHA-256 over names and bytes of a user's own files that a dataset is made of.

    Data are known by it, and not by a date: other data may well be older than those that they
    replace.

    Parameters
    ----------
    settings : mapping of str to object
        As for :func:`prepare`.
    base_folder : Path
        What a relative path in the settings is relative to.

    Returns
    -------
    str or None
        None if the dataset is made of published or generated data alone.

    Raises
    ------
    DataError
        If a file does not exist or cannot be read.
    """
    digest = hashlib.sha256()
    files = own_files(settings, base_folder)
    for path in files:
        try:
            sha256 = file_sha256(path)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from error
        # As bytes: a name need not be text.
        digest.update(os.fsencode(os.path.relpath(path, base_folder)) + f" {sha256}\n".encode())
    return digest.hexdigest() if files else None


def _texts(folder: Path, pattern: str | None) -> list[Path]:
    parts = layout_of(folder, pattern).texts.values()
    return [path for classes in parts for paths in classes.values() for path in paths]


def _date_back(path: Path) -> None:
    """Set a date in the future to now: the engine refuses to go on after a job that read it."""
    if path.stat().st_mtime > time.time():
        os.utime(path)


def depends_on_fold(settings: Mapping[str, Any]) -> bool:
    """Return whether another fold gives another dataset.

    Parameters
    ----------
    settings : mapping of str to object
        As for :func:`prepare`.

    Returns
    -------
    bool
        True if it has folds.
    """
    return _source(settings).depends_on_fold


def _source(settings: Mapping[str, Any]) -> Source:
    """Return the source that the settings name, after its options are checked."""
    use = str(settings.get("use"))
    if use not in SOURCES:
        raise SettingError(f"use must be one of {', '.join(SOURCES)}. Received: {use!r}")
    source = SOURCES[use]
    if unknown := sorted(settings.keys() - {"use", *source.options}):
        known = ", ".join(source.options) or "none"
        raise SettingError(f"{use} has no option {unknown[0]!r}. Options it has: {known}")
    if missing := [name for name in source.required if name not in settings]:
        raise SettingError(f"{use} needs the option {missing[0]!r}")
    return source


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
