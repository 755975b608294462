"""What the project knows about a source of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from descent.data.word_counts import count_words
from descent.foundation.signatures import parameter_types, required_parameters

#: Parameters of readers that are no options: preparation supplies them.
SUPPLIED = ("downloads", "corpus", "fold")


class PublishedFile(NamedTuple):
    """A file on public servers.

    Attributes
    ----------
    name : str
        Its path below a mirror and below the folder of downloads.
    sha256 : str
        Its SHA-256, 64 hexadecimal digits.
    addresses : tuple of str
        Where it is published, in the order in which to try.
    """

    name: str
    sha256: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """One source of datasets.

    Attributes
    ----------
    read : callable
        From options to what ``kind`` says. The parameters are the options that a config may give,
        those annotated as paths a user's own files or folders. A parameter ``downloads`` is given
        the folder of the published files.
    kind : {"dense", "reviews", "characters"}, default "dense"
        ``dense``: ``read`` returns images or other labelled vectors as a dataset, see
        :mod:`descent.data.labelled_vectors`. ``reviews``: it returns texts as a
        :class:`descent.data.corpus.Corpus`, whose words :mod:`descent.data.word_counts` counts; the
        options of that belong to the source, too. With the option ``unit`` "character" its data
        are ``characters`` instead: :mod:`descent.data.characters` numbers them. Of texts, another
        fold gives another dataset.
    files : tuple of PublishedFile, default ()
        The published files that it needs.
    title : str, default ""
        Display name of the dataset; empty for a user's own data, named by the config entry.
    list_files : callable or None, default None
        From the options, paths resolved, to the user's own files that are read, where an option
        names a folder. None: the files are those that the options name.
    """

    read: Callable[..., Any]
    kind: Literal["dense", "reviews", "characters"] = "dense"
    files: tuple[PublishedFile, ...] = ()
    title: str = ""
    list_files: Callable[[Mapping[str, Any]], list[Path]] | None = None

    @cached_property
    def options(self) -> dict[str, Any]:
        """The settings that it accepts, besides ``use``: their types by their names."""
        unit = {"unit": str} if self.kind == "reviews" else {}
        return parameter_types(self.read, SUPPLIED) | self.counting | unit

    @property
    def counting(self) -> dict[str, Any]:
        """The settings among them that say how words are counted."""
        return parameter_types(count_words, SUPPLIED) if self.kind == "reviews" else {}

    @property
    def required(self) -> set[str]:
        """The options without a default."""
        return required_parameters(self.read) - set(SUPPLIED)

    @property
    def paths(self) -> list[str]:
        """The options that name a user's own file or folder."""
        return [name for name, kind in self.options.items() if kind in {Path, Path | None}]

    @property
    def has_folds(self) -> bool:
        """Whether another fold gives another dataset."""
        return self.kind != "dense"

    def kind_of(self, settings: Mapping[str, Any]) -> str:
        """Return the kind of the data that it gives with some settings, as in ``kind``."""
        return "characters" if settings.get("unit") == "character" else self.kind
