"""Tables of results from anywhere: which column says what, and one row for each run.

It reads CSV, Parquet and JSON lines: a row for each run; histories, in which the last step of a run
counts; wide tables with a column for each method, each seed or each run; and what W&B and
TensorBoard export. Several files are one table; where no column names the method, the name of the
file does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from descent.foundation.suggestions import nearest
from descent.foundation.wording import counted

#: What a column may be called, the likeliest first; what is before a dot or slash is left out.
GUESSES = {
    "method": (
        *("optimizer", "method", "algorithm", "variant", "version", "record", "group", "model"),
        *("name", "run", "file"),
    ),
    "seed": ("seed", "random_seed", "repeat", "repetition", "replicate", "trial", "run"),
    "problem": ("problem", "dataset", "task", "benchmark", "environment"),
    "state": ("state", "status"),
    "step": ("step", "_step", "global_step", "iteration", "epoch"),
}
#: Words in the name of a score that is better the lower it is, and of any other.
LOWER = re.compile(
    r"loss|error|perplexity|ppl|bpb|nll|mse|mae|regret|distance|time|seconds|minutes|_ms$"
)
HIGHER = re.compile(r"score|acc|reward|return|auc|f1|bleu|precision|recall|value")
#: What a run has in place of a score, or as its state, if it was lost, and if it goes on.
LOST = (
    "[+-]?nan|[+-]?inf(?:inity)?|none|null|n/?a|-|diverged|failed|crashed|lost|oom|timeout|killed"
    "|error"
)
RUNNING = "running|pending|queued"
#: A name that ends with the seed: ``adam_seed3``, ``adam-3``, ``adam s3``; ``seed 3`` alone.
ENDS_WITH_SEED = re.compile(r"(.*?)[\s_\-/.,]*(?:(?:seed|run|s)[\s_\-=]*)?(\d+)", re.IGNORECASE)
TENSORBOARD = ["Wall time", "Step", "Value"]
#: What W&B and TensorBoard say of every run beside its results.
CLOCKS = re.compile(r"wall time|_?runtime|_?timestamp|created")
FILE = "file"


class BadTableError(ValueError):
    """A table that cannot be read as results; the message says why, and what to do."""


@dataclass(frozen=True)
class Runs:
    """The runs of a table.

    Attributes
    ----------
    table : DataFrame
        ``problem``, ``method``, ``seed`` and ``score``, a row for each run. The score of a lost
        run is NaN; problem and seed are empty strings where the table has none.
    score : str
        What the score is called; empty if the table does not tell.
    remarks : list of str
        What a reader must know of how the table was read, in sentences.
    """

    table: pd.DataFrame
    score: str
    remarks: list[str]


def read_files(paths: Sequence[Path]) -> pd.DataFrame:
    """Return the rows of one file or several, the cells as they are written there.

    Parameters
    ----------
    paths : sequence of Path
        ``.csv``, ``.tsv``, ``.parquet``, ``.jsonl`` and ``.json`` (JSON lines).

    Raises
    ------
    BadTableError
        If a file cannot be read.
    """
    frames = [_read_file(path) for path in paths]
    if len(frames) == 1 and FILE not in frames[0]:
        return frames[0]
    named = [f.assign(**{FILE: f.get(FILE, p.stem)}) for f, p in zip(frames, paths, strict=True)]
    return pd.concat(named, ignore_index=True)


def _read_file(path: Path) -> pd.DataFrame:
    try:
        if path.suffix in (".parquet", ".pq"):
            return pd.read_parquet(path)
        if path.suffix in (".jsonl", ".ndjson", ".json"):
            lines = path.read_text(encoding="utf-8").splitlines()
            return pd.DataFrame([json.loads(line) for line in lines if line.strip()], dtype=object)
        separator = "\t" if path.suffix == ".tsv" else ","
        frame = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadTableError(f"{path} cannot be read as a table: {error}") from error
    if list(frame.columns) != TENSORBOARD:
        return frame
    run = re.fullmatch(r"(?:run-)?(?P<name>.*?)(?:-tag-(?P<tag>.*))?", path.stem)
    assert run is not None
    return frame.rename(columns={"Value": run["tag"] or "value"}).assign(**{FILE: run["name"]})


def runs_of(
    frame: pd.DataFrame,
    *,
    score: str | None = None,
    method: str | None = None,
    seed: str | None = None,
    problem: str | None = None,
) -> Runs:
    """Return the runs of a table.

    Parameters
    ----------
    frame : DataFrame
        As described above.
    score, method, seed, problem : str, optional
        The columns of that; by default they are guessed from their names. The score of a wide table
        is no column of it: ``score`` is then what it is called.

    Raises
    ------
    BadTableError
        If a column is missing or ambiguous, or a score is no number.
    """
    frame = frame.set_axis(list(map(str, frame)), axis=1).reset_index(drop=True).map(_word)
    columns = _columns(frame, {"method": method, "seed": seed, "problem": problem})
    others = [name for name in map(str, frame) if name not in columns.values()]
    numeric = [n for n in others if not CLOCKS.fullmatch(n.lower()) and _is_numeric(frame[n])]
    name = score or ""
    if "method" not in columns and len(numeric) > 1 and score not in frame:
        frame, name = _from_columns_of_methods(frame, columns, numeric, name)
    elif "method" not in columns:
        raise BadTableError(
            "no column names the methods: say which by --method. "
            f"Received the columns: {', '.join(frame.columns)}"
        )
    elif "seed" not in columns and score not in frame and _are_seeds(numeric):
        frame = frame.melt(list(columns.values()), numeric, "seed", "score")
        frame["seed"] = frame["seed"].str.extract(r"(\d+)$", expand=False)
        columns["seed"] = "seed"
    else:
        name = _score_column(frame, numeric, score)
        frame = frame.rename(columns={name: "score"})
    table = pd.DataFrame(
        {what: frame[columns[what]] if what in columns else "" for what in GUESSES}
    ).assign(score=_numbers(frame["score"]))
    table.loc[table["state"].ne("") & _is_lost(table["state"]), "score"] = np.nan
    going = table["state"].str.fullmatch(RUNNING, case=False)
    remarks = [f"Left out because they are still running: {counted(int(going.sum()), 'run')}."]
    table = table[~going]
    if "step" in columns:
        steps = _numbers(table["step"])
        last = steps.groupby([table[key] for key in ("problem", "method", "seed")]).transform("max")
        table = table[steps.eq(last) | last.isna()]
    if "seed" not in columns:
        table = _with_seeds_of_names(table)
    twice = table[table["seed"].ne("") & table.duplicated(["problem", "method", "seed"])]
    if len(twice):
        raise BadTableError(
            "every row must be a run of its own; {method} has more than one with seed {seed}: say "
            "by --problem or --seed which column tells them apart".format(**twice.iloc[0])
        )
    runs = table[["problem", "method", "seed", "score"]]
    return Runs(runs, name, remarks if going.any() else [])


def _columns(frame: pd.DataFrame, given: dict[str, str | None]) -> dict[str, str]:
    """Return the column of each part of a run, given or guessed, where there is one."""
    found = {what: column for what, column in given.items() if column is not None}
    for what, column in found.items():
        if column not in frame:
            raise BadTableError(
                f"--{what}: there is no column {column!r}. {nearest(column, frame.columns)}"
            )
    plain = {re.split(r"[./]", column)[-1].strip().lower(): column for column in map(str, frame)}
    for what, names in GUESSES.items():
        free = [n for n in names if n in plain and plain[n] not in found.values()]
        if what not in found and free:
            found[what] = plain[free[0]]
    return found


def _score_column(frame: pd.DataFrame, numeric: Sequence[str], score: str | None) -> str:
    if score is not None:
        if score not in frame:
            raise BadTableError(
                f"--score: there is no column {score!r}. {nearest(score, frame.columns)}"
            )
        return score
    likely = [n for n in numeric if LOWER.search(n.lower()) or HIGHER.search(n.lower())]
    for among in (["score"] if "score" in numeric else [], likely, numeric):
        if len(among) == 1:
            return among[0]
    raise BadTableError(
        "more than one column may be the score: say which by --score. "
        f"Received: {', '.join(likely or numeric) or 'no column of numbers'}"
    )


def _from_columns_of_methods(
    frame: pd.DataFrame, columns: dict[str, str], numeric: Sequence[str], score: str
) -> tuple[pd.DataFrame, str]:
    """Return a row for each cell of a table with a column for each method, or for each run."""
    runs = [name for name in numeric if not name.endswith(("__MIN", "__MAX"))]  # of W&B
    if "step" in columns:
        score = score or runs[0].partition(" - ")[2]
        last = [next((cell for cell in frame[name][::-1] if cell), "") for name in runs]
        methods = [name.partition(" - ")[0] for name in runs]
        frame = pd.DataFrame({"method": methods, "score": last})
        columns.clear()
    else:
        frame = frame.melt(list(columns.values()), runs, "method", "score")
        if "seed" not in columns:  # columns of unequal length end with blanks: no runs, not lost
            blank = frame["score"].eq("")
            ends = blank[::-1].groupby(frame["method"][::-1]).cumprod().astype(bool)
            frame = frame[~ends.reindex(frame.index)]
    columns["method"] = "method"
    return frame, score


def _are_seeds(names: Sequence[str]) -> bool:
    """Return whether columns are called ``0``, ``1`` or ``seed 0``, ``run_1``."""
    found = [ENDS_WITH_SEED.fullmatch(name) for name in names]
    return len(names) > 1 and all(end is not None and not end[1] for end in found)


def _with_seeds_of_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which the name of a run, ``adam_seed3``, is method and seed."""
    parts = table["method"].str.extract(f"^{ENDS_WITH_SEED.pattern}$", re.IGNORECASE)
    once = not table.duplicated(["problem", "method"]).any()
    named = parts.notna().all(axis=None) and parts[0].ne("").all()
    if once and named and len(set(parts[0])) > 1:
        return table.assign(method=parts[0], seed=parts[1])
    return table


def _is_lost(cells: pd.Series[Any]) -> pd.Series[bool]:
    return cells.eq("") | cells.str.fullmatch(LOST, case=False)


def _is_numeric(cells: pd.Series[Any]) -> bool:
    """Return whether a column has numbers, and nothing else but words for lost runs."""
    finished = cells[~_is_lost(cells)]
    return bool(len(finished) and pd.to_numeric(finished, errors="coerce").notna().all())


def _word(cell: Any) -> str:
    """Return a cell as text; a whole number without a decimal point, nothing as an empty text."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _numbers(cells: pd.Series[Any]) -> pd.Series[float]:
    """Return scores or steps; NaN for those of a lost run."""
    numbers = pd.to_numeric(cells.mask(_is_lost(cells)), errors="coerce")
    wrong = cells[numbers.isna() & ~_is_lost(cells)]
    if len(wrong):
        raise BadTableError(f"a score must be a number. Received: {wrong.iloc[0]}")
    return numbers
