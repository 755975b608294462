"""What figures and findings read: the tables of a study, each when it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from descent.analysis.tables.columns import TABLES, file_name
from descent.analysis.tables.values import Row
from descent.foundation.wording import missing
from descent.study.plan import headline_track, named_optimizers

#: Columns that name an optimizer; in the sensitivity table ``best`` is a number, and stays.
_OPTIMIZERS = ("optimizer", "rival", "best", "overtakes", "baseline")
#: Columns that list optimizers, with blanks between their names.
_LISTS = ("better_than", "worse_than", "equivalent_to", "undecided_with")


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


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table, with None in empty cells."""
    cells = table.astype(object).where(table.notna(), None)
    return [
        {str(column): value for column, value in row.items()} for row in cells.to_dict("records")
    ]


def with_titles(
    table: pd.DataFrame, problems: Mapping[str, str], optimizers: Mapping[str, str]
) -> pd.DataFrame:
    """Return a table with display names in place of the names of config entries.

    Parameters
    ----------
    table : DataFrame
        Any table of a study.
    problems, optimizers : mapping of str to str
        Display names by the name of the entry.

    Returns
    -------
    DataFrame
        A copy; only the columns that name problems and optimizers differ.
    """
    titles = {"problem": problems, **dict.fromkeys(_OPTIMIZERS, optimizers)}
    shown = {c: table[c].replace(titles[c]) for c in titles if c in table}

    def listed(cell: Any) -> Any:
        return cell if missing(cell) else ", ".join(optimizers[name] for name in cell.split())

    shown |= {column: table[column].map(listed) for column in _LISTS if column in table}
    return table.assign(**shown)


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

    def metric(self, problem: str) -> str:
        """Return the metric that is reported of a problem."""
        return str(self.of("leaderboard", problem=problem)["metric"].iloc[0])

    def evaluation_seeds(self, problem: str | None = None, track: str | None = None) -> str:
        """Return how many evaluation seeds a track has, or the headline track: ``10 to 80``."""
        keys = {} if problem is None else {"problem": problem}
        seeds = self.of("leaderboard", track=track or self.track, **keys)["seeds"]
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

    def of(self, name: str, **keys: str | float) -> pd.DataFrame:
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

    def titled(self, name: str, **keys: str | float) -> pd.DataFrame:
        """Return the same rows with display names in place of the names of config entries.

        Parameters
        ----------
        name : str
            The table.
        **keys
            Column and value, as the table has it.
        """
        return with_titles(self.of(name, **keys), self.problem_titles, self.optimizer_titles)

    def rows(self, name: str, *, titled: bool = False, **keys: str | float) -> list[Row]:
        """Return the same rows as dicts, with None in empty cells.

        Parameters
        ----------
        name : str
            The table.
        titled : bool, default False
            Whether display names take the place of the names of config entries.
        **keys
            Column and value, as the table has it.
        """
        return rows_of((self.titled if titled else self.of)(name, **keys))

    def pairs(self, problem: str, *, titled: bool = False) -> list[Row]:
        """Return the rows of ``comparisons`` of a problem in the headline track."""
        return self.rows("comparisons", titled=titled, problem=problem, track=self.track)
