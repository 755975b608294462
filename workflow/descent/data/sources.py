"""The sources of data: what a config can name after ``use``.

A source is a module of :mod:`descent.data.readers` with the name that a config uses. All that the
project knows about it is its ``SOURCE``, a :class:`descent.data.source.Source`.
"""

from __future__ import annotations

import hashlib
import os
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from descent.data import readers
from descent.data.errors import DataError, SettingError
from descent.data.files import file_sha256
from descent.data.source import PublishedFile, Source
from descent.foundation.suggestions import nearest

#: Every source by the value of ``use``.
SOURCES: Mapping[str, Source] = {
    module.name: import_module(f"{readers.__name__}.{module.name}").SOURCE
    for module in pkgutil.iter_modules(readers.__path__)
}

#: Every published file by its name.
PUBLISHED: Mapping[str, PublishedFile] = {
    file.name: file for source in SOURCES.values() for file in source.files
}


def modules_of(settings: Mapping[str, Any]) -> list[str]:
    """Return the modules that prepare the dataset of a config entry."""
    return ["descent.data.prepare", f"{readers.__name__}.{settings['use']}"]


def source_of(settings: Mapping[str, Any]) -> Source:
    """Return the source that a config entry names, after the names of its options are checked.

    Parameters
    ----------
    settings : mapping of str to object
        ``use``, a key of :data:`SOURCES`, and the options of that source.

    Raises
    ------
    SettingError
        If there is no such source, it has no such option, or an option is missing.
    """
    use = str(settings.get("use"))
    if use not in SOURCES:
        raise SettingError(f"there is no source of data {use!r}. {nearest(use, SOURCES)}")
    source = SOURCES[use]
    if unknown := sorted(settings.keys() - {"use", *source.options}):
        hint = nearest(unknown[0], source.options)
        raise SettingError(f"{use} has no option {unknown[0]!r}. {hint}")
    if source.kind_of(settings) == "characters":
        for name in sorted(settings.keys() & source.counting):
            must = "must be left out where the unit is a character"
            raise SettingError(f"{name} {must}. Received: {settings[name]!r}")
    if missing := sorted(source.required - settings.keys()):
        raise SettingError(f"{use} needs the option {missing[0]!r}")
    return source


def options_of(settings: Mapping[str, Any], base_folder: Path) -> dict[str, Any]:
    """Return the options of a config entry, paths resolved.

    Parameters
    ----------
    settings : mapping of str to object
        As for :func:`source_of`.
    base_folder : Path
        The folder that a relative path is relative to.
    """
    options = {name: value for name, value in settings.items() if name != "use"}
    for name in options.keys() & set(source_of(settings).paths):
        options[name] = base_folder / os.path.expanduser(options[name])  # noqa: PTH111 - raises not
    return options


def own_files(settings: Mapping[str, Any], base_folder: Path) -> list[Path]:
    """Return a user's own files that a dataset is made of, a folder file by file.

    Parameters
    ----------
    settings, base_folder
        As for :func:`options_of`.

    Returns
    -------
    list of Path
        The files, sorted; a path that does not exist is among them, and of a folder the texts.

    Raises
    ------
    DataError
        If a folder may not be read.
    """
    source, options = source_of(settings), options_of(settings, base_folder)
    if source.list_files is not None:
        return sorted(source.list_files(options))
    return sorted(options[name] for name in source.paths if name in options)


def content_of(settings: Mapping[str, Any], base_folder: Path) -> str | None:
    """Return the SHA-256 over names and bytes of a user's own files that a dataset is made of.

    Data are known by it and not by a date: new data may well be older than those that they replace.

    Parameters
    ----------
    settings, base_folder
        As for :func:`options_of`.

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
