"""What figures and findings read: the tables of a study, each when it is asked for."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.tables.columns import file_name
from descent.analysis.tables.typeset import with_titles

#: Level of the tests, as in :mod:`descent.analysis.inference`, which needs SciPy.
_LEVEL = 0.05


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

    @cached_property
    def problem_titles(self) -> dict[str, str]:
        """The display name of each problem."""
        return {name: entry["title"] for name, entry in self.config["problems"].items()}

    @cached_property
    def optimizer_titles(self) -> dict[str, str]:
        """The display name of each optimizer."""
        return {name: entry["title"] for name, entry in self.config["optimizers"].items()}

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
            read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
            self._read[name] = read(path)
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

    def titled(self, name: str, **keys: str) -> pd.DataFrame:
        """Return the same rows with display names in place of the names of config entries.

        Parameters
        ----------
        name : str
            The table.
        **keys
            Column and value, as the table has it.
        """
        return with_titles(self.of(name, **keys), self.problem_titles, self.optimizer_titles)
