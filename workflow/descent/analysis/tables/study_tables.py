"""What figures and findings read: the tables of a study, each when it is asked for."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.tables.columns import TABLES, file_name

#: Level of the tests, as in :mod:`descent.analysis.inference`, which needs SciPy.
_LEVEL = 0.05


def read_table(name: str, path: Path) -> pd.DataFrame:
    """Return a table as it was before it was written.

    Parameters
    ----------
    name : str
        Which table it is; its columns say what is text, however much it looks like something else.
    path : Path
        Where it was written.
    """
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(
        path,
        dtype=TABLES[name].text_types,
        # An empty cell alone is missing: `NA`, `null` and `nan` are names like any other.
        keep_default_na=False,
        na_values=[""],
    )


class StudyTables:
    """The tables of a finished study.

    Parameters
    ----------
    study : Path
        ``results/<study>/study.json``.

    Raises
    ------
    FileNotFoundError
        When a table is asked for that is not there; the message says which command makes it.
    """

    def __init__(self, study: Path) -> None:
        self.path = Path(study)
        self.folder = self.path.parent
        self._read: dict[str, pd.DataFrame] = {}

    @cached_property
    def config(self) -> dict[str, Any]:
        """The study's config, every default filled in."""
        content: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return content

    @property
    def problems(self) -> list[str]:
        """The problems, in the study's order."""
        return list(self.config["problems"])

    @property
    def optimizers(self) -> list[str]:
        """The optimizers, in the study's order."""
        return list(self.config["optimizers"])

    @property
    def track(self) -> str:
        """The headline track: the first that tunes, or else the first."""
        tracks: list[str] = self.config["tracks"]
        return next((track for track in tracks if track != "default"), tracks[0])

    @property
    def too_few_seeds(self) -> bool:
        """Whether the evaluation seeds are too few to tell any winner, whatever the results."""
        comparisons = len(self.optimizers) - 1
        return comparisons * 2.0 ** (1 - len(self.config["seeds"]["evaluation"])) > _LEVEL

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            path = self.folder / file_name(name)
            if not path.is_file():
                raise FileNotFoundError(
                    f"{path} does not exist: "
                    f"python -m descent.analysis.tables.build {self.path} makes it"
                )
            self._read[name] = read_table(name, path)
        return self._read[name]

    def of(self, name: str, **keys: str | bool) -> pd.DataFrame:
        """Return the rows of a table in which some columns have given values.

        Parameters
        ----------
        name : str
            The table.
        **keys
            Column and value.
        """
        table = self[name]
        for column, value in keys.items():
            table = table[table[column] == value]
        return table
