"""A user's own texts: a folder for each class, or such folders in one for each official part.

::

    texts/pos/1.txt  texts/neg/1.txt                               texts are split into ten folds
    texts/train/pos/1.txt  texts/train/neg/1.txt  texts/test/...   an official split
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np

from descent.data.corpus import Corpus, decode_text
from descent.data.errors import DataError
from descent.data.files import PART_NAMES, reading
from descent.data.markup import strip_markup
from descent.data.sentences import usual_split
from descent.data.source import Source

#: A label is one byte.
MOST_CLASSES = 256
#: Folders of texts without a label, as ``unsup`` of the Large Movie Review Dataset.
UNLABELLED = ("unsup", "unlabeled", "unlabelled")
#: What operating systems and archives put into folders.
SYSTEM_NAMES = ("thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx")
#: Texts are chosen by this name where there is one of such a name.
USUAL_PATTERN = "*.txt"
#: Names in a message.
SHOWN = 5


@dataclass(frozen=True)
class Layout:
    """Which files of a folder are texts of which part and class.

    Attributes
    ----------
    texts : mapping of str to (mapping of str to list of Path)
        The files by part and class, in the order of their names; without an official split there
        is one part, the empty name.
    pattern : str
        What the names of the texts match.
    others : list of Path
        What else is in the class folders.
    left_out : list of Path
        Folders that are none of a part or a class.
    """

    texts: Mapping[str, Mapping[str, list[Path]]]
    pattern: str
    others: list[Path]
    left_out: list[Path]


def layout_of(folder: Path, pattern: str | None = None) -> Layout:
    """Return which files of a folder are texts.

    Parameters
    ----------
    folder : Path
        A folder for each class; or, in folders named as in
        :data:`descent.data.files.PART_NAMES`, one for each part and class. Names that start with a
        dot are passed over.
    pattern : str or None, default None
        What the name of a text matches, in capitals or not: ``*.txt``. None is ``*.txt`` where a
        class folder has a file of such a name, and otherwise every file.

    Raises
    ------
    DataError
        If a folder may not be read.
    """
    folders = _folders(folder)
    parts = {
        part: path
        for part, names in PART_NAMES.items()
        for path in folders
        if path.name.lower() in names and _folders(path)
    }
    if "train" not in parts:
        parts = {"": folder}
    left_out = [path for path in folders if "" not in parts and path not in parts.values()]
    found: dict[str, dict[str, list[Path]]] = {}
    for part, path in parts.items():
        classes = _folders(path)
        left_out += [c for c in classes if c.name.lower() in UNLABELLED]
        found[part] = {c.name: _visible(c) for c in classes if c not in left_out}
    files = [path for classes in found.values() for paths in classes.values() for path in paths]
    if pattern is None:
        pattern = USUAL_PATTERN if any(_matches(path, USUAL_PATTERN) for path in files) else "*"
    texts = {
        part: {name: [p for p in paths if _matches(p, pattern)] for name, paths in classes.items()}
        for part, classes in found.items()
    }
    return Layout(texts, pattern, [p for p in files if not _matches(p, pattern)], left_out)


def read_text_folders(
    folder: Path,
    encoding: str = "utf-8",
    *,
    pattern: str | None = None,
    markup: str = "strip",
    fold_seed: int = 0,
) -> Corpus:
    """Read a folder of text files.

    Parameters
    ----------
    folder, pattern
        As for :func:`layout_of`.
    encoding : str, default "utf-8"
        The encoding of the files, decoded strictly.
    markup : {"strip", "keep"}, default "strip"
        Whether HTML's elements are taken out of the texts, and its entities replaced.
    fold_seed : int, default 0
        Seed of the stratified folds that the texts are split into.

    Returns
    -------
    Corpus
        By part, classes in the order of their names, texts by file name; it has no folds. Its
        notes say what was left out.

    Raises
    ------
    DataError
        If there are fewer than two class folders, one has no texts or holds a folder, the parts
        do not fit together, or a file is not text.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder with one folder a class, found none")
    layout = layout_of(folder, pattern)
    class_names = list(next(iter(layout.texts.values())))
    _check(folder, layout, class_names)
    written: list[str] = []
    labels: list[int] = []
    parts: list[str] = []
    digest = hashlib.sha256()
    for part, classes in layout.texts.items():
        for name, paths in classes.items():
            for path in paths:
                with reading(path, "a text"):
                    data = path.read_bytes()
                written.append(decode_text(data, str(path), encoding))
                labels.append(class_names.index(name))
                parts.append(part)
                # As bytes: the name of a text need not be text itself.
                place = f"{part}/{name}/{path.name}".removeprefix("/")
                digest.update(os.fsencode(f"{place} {len(data)}\n"))
                digest.update(data)
    texts = [strip_markup(text) for text in written] if markup == "strip" else written
    notes = _notes(folder, layout)
    if stripped := sum(plain != text for plain, text in zip(texts, written, strict=True)):
        notes.append(f"took markup out of {stripped:,} of {len(texts):,} texts")
    of_part = np.array(parts)
    return Corpus(
        texts=texts,
        labels=np.array(labels, dtype=np.uint8),
        class_names=class_names,
        folds=None,
        fold_seed=fold_seed,
        source="text folders",
        sha256=digest.hexdigest(),
        official={part: of_part == part for part in layout.texts if part},
        # of the texts as they were written: a line break of HTML ends paragraphs, not sentences
        sentences=usual_split(written),
        notes=notes,
        remarks=[
            f"the official {part} part has no texts of the class {name}"
            for part, classes in layout.texts.items()
            for name in class_names
            if name not in classes
        ],
    )


def _check(folder: Path, layout: Layout, class_names: Sequence[str]) -> None:
    """Raise for too few or too many classes, and for one without texts or of the test alone."""
    if not 2 <= len(class_names) <= MOST_CLASSES:
        raise DataError(
            f"{folder}: expected a folder for each of 2 to {MOST_CLASSES} classes, "
            f"found {len(class_names)}"
        )
    for part, classes in layout.texts.items():
        for name, paths in classes.items():
            if not name.isprintable():
                raise DataError(f"{folder}: expected the name of a class in UTF-8, found {name!a}")
            if name not in class_names:
                raise DataError(f"{folder}: {part} has the class {name!a}, which train lacks")
            if not paths:
                raise DataError(
                    f"{folder}: expected texts of the class {name!a} that match {layout.pattern}, "
                    "found none"
                )
    for path in layout.others:
        if path.is_dir() and path.name.lower() not in SYSTEM_NAMES:
            raise DataError(f"{path}: expected a text file, found a folder")


def _notes(folder: Path, layout: Layout) -> list[str]:
    """Return what was left out, and which parts the folders name."""
    notes = []
    if parts := [part for part in layout.texts if part]:
        notes.append(f"official split into {', '.join(parts)}")
    for path in layout.left_out:
        inside = len(_visible(path))
        why = "texts without a label" if path.name.lower() in UNLABELLED else "no part of the split"
        place = ascii(path.relative_to(folder).as_posix())[1:-1]
        notes.append(f"left out {place} ({inside:,} files): {why}")
    if count := len(layout.others):
        names = sorted({path.name for path in layout.others}, key=os.fsencode)
        shown = ", ".join(ascii(name)[1:-1] for name in names[:SHOWN])
        more = ", ..." if len(names) > SHOWN else ""
        notes.append(
            f"left out {count:,} other file{'s' * (count > 1)} ({shown}{more}) in class folders: "
            f"texts match {layout.pattern}"
        )
    return notes


def _matches(path: Path, pattern: str) -> bool:
    name = path.name.lower()
    return name not in SYSTEM_NAMES and fnmatch(name, pattern.lower())


def _folders(folder: Path) -> list[Path]:
    paths = _visible(folder)
    return [path for path in paths if path.is_dir() and path.name.lower() not in SYSTEM_NAMES]


def _visible(folder: Path) -> list[Path]:
    with reading(folder, "a folder"):
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _texts(options: Mapping[str, Any]) -> list[Path]:
    """Return the texts below the folder, or the folder itself if there is none."""
    folder = options["folder"]
    if not folder.is_dir():
        return [folder]
    parts = layout_of(folder, options.get("pattern")).texts.values()
    return [path for classes in parts for paths in classes.values() for path in paths]


SOURCE = Source(read_text_folders, kind="reviews", list_files=_texts)
