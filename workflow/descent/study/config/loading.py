"""The config of a study: read, completed and checked against the code.

The result has plain JSON types, with every default filled in. All errors are reported at once, each
with its place, the nearest valid name and the received value.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from descent.study.config.command_entries import usual_tracks
from descent.study.config.entries import check_entries
from descent.study.config.errors import ErrorList
from descent.study.config.plain_types import plain
from descent.study.config.schema import complete


def validate(
    raw: Mapping[str, Any], *, base_folder: Path | None = None, source: str = "the config"
) -> dict[str, Any]:
    """Return a config with every default filled in, or raise an error that lists all faults.

    Parameters
    ----------
    raw : mapping
        A config as YAML gives it. Numbers may be text (``"1e-3"``), seeds ``{first, count}``.
    base_folder : Path, optional
        Folder that paths in the config are relative to; by default the working directory.
    source : str, default "the config"
        Where it is from, for the message.

    Returns
    -------
    dict
        Plain dicts, lists, text, numbers and None: seeds are lists, each optimizer's
        ``learning_rates`` a complete ``{centre, decades, points}`` or an increasing list.
        Validating it again returns the same.

    Raises
    ------
    ConfigError
        If anything is wrong: one sentence for each problem, ten at most.
    """
    errors = ErrorList(source)
    config = plain(raw, errors)
    errors.raise_if_any()
    config = complete(usual_tracks(config), errors)
    check_entries(config, errors, base_folder or Path.cwd())
    errors.raise_if_any()
    return config
