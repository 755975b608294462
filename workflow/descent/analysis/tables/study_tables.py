"""What figures and findings read: the tables of a study, each when it is asked for."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.tables.columns import TABLES, file_name
from descent.analysis.tables.typeset import with_titles
from descent.study.plan import headline_track, named_optimizers


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
    table = pd.read_csv(
        path,
        dtype=TABLES[name].text_types,
        # An empty cell alone is missing: `NA`, `null` and `nan` are names like any other.
        keep_default_na=False,
        na_values=[""],
    )
    # Without a row, a column of numbers has no type that it could be read with.
    empty = {c: "float64" for c in table if table.empty and c not in TABLES[name].text_types}
    return table.astype(empty)


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
        return headline_track(self.config["tracks"])

    @property
    def named(self) -> list[str]:
        """The optimizers whose every verdict is told: the baseline and the focus, if there are."""
        return named_optimizers(self.config)

    def evaluation_seeds(self, problem: str | None = None) -> str:
        """Return how many evaluation seeds the headline track has: ``10``, ``10 to 80``."""
        keys = {} if problem is None else {"problem": problem}
        seeds = self.of("leaderboard", track=self.track, **keys)["seeds"]
        least, most = int(seeds.min()), int(seeds.max())
        return str(least) if least == most else f"{least} to {most}"

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

    def pairs(self, problem: str, *, titled: bool = False) -> list[dict[str, Any]]:
        """Return the rows of ``comparisons`` of a problem in the headline track.

        Parameters
        ----------
        problem : str
            The problem.
        titled : bool, default False
            Whether display names take the place of the names of config entries.
        """
        of = self.titled if titled else self.of
        rows = of("comparisons", problem=problem, track=self.track).to_dict("records")
        return [{str(column): value for column, value in row.items()} for row in rows]

    def titled(self, name: str, **keys: str | bool) -> pd.DataFrame:
        """Return the same rows with display names in place of the names of config entries.

        Parameters
        ----------
        name : str
            The table.
        **keys
            Column and value, as the table has it.
        """
        return with_titles(self.of(name, **keys), self.problem_titles, self.optimizer_titles)
