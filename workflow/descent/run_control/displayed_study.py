"""What the progress display asks about the study that a run makes."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from descent.study.plan import Run, Study
from descent.study.run_durations import Durations
from descent.verdicts.sentences import what_was_seen

#: Problem and optimizer of a training.
Training: TypeAlias = tuple[str, str]


class DisplayedStudy:
    """A study as the progress display sees it.

    Parameters
    ----------
    study : Study
        The plan.

    Attributes
    ----------
    seconds : callable
        From a problem and an optimizer to the estimated seconds of a training, or None.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._began = time.time()
        self.seconds = Durations(study).seconds

    def missing(self) -> list[Training]:
        """Return each training that has no record yet."""
        study = self._study
        return _trainings(run for run in study.runs() if not study.record_path(run).exists())

    def added(self, problem: str, seeds: int) -> list[Training]:
        """Return each training that may follow the look at so many seeds of a problem."""
        return _trainings(self._study.runs_after(problem, seeds))

    def notes(self) -> list[str]:
        """Return what the seeds of earlier runs could tell apart, for a dry run."""
        return list(_what_earlier_runs_saw(self._study))

    def summary(self, *, up_to_date: bool) -> str:
        """Return the answer of the study with its caveats, and the page's path.

        Parameters
        ----------
        up_to_date : bool
            Whether nothing was to be done. A run that did something and made neither findings nor
            the page was asked for something else, and nothing is returned.
        """
        folder = self._study.folder
        findings, page = folder / "findings.md", folder / "report" / "index.html"
        if not (page.is_file() and findings.is_file()):
            return ""
        made = max(findings.stat().st_mtime, page.stat().st_mtime)
        if made < self._began and not up_to_date:
            return ""
        # their first section is the answer
        text = findings.read_text(encoding="utf-8").partition("\n## ")[2].partition("\n## ")[0]
        said = [line[2:] for line in text.splitlines() if line.startswith("- ")]
        return "\n".join([*said, f"All results: {page}"])


def _trainings(runs: Iterable[Run]) -> list[Training]:
    return [(run.problem, run.optimizer) for run in runs]


def _what_earlier_runs_saw(study: Study) -> Iterator[str]:
    """Yield, for each problem of a study with tables of earlier runs, what its seeds could see."""
    path = study.folder / "tables" / "resolution.csv"
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for text in csv.DictReader(file):
            if text["track"] == study.track and text["problem"] in study.problems:
                row: dict[str, Any] = {
                    key: value if key in {"problem", "track", "metric"} else _number(value)
                    for key, value in text.items()
                }
                folds = study.part(row["problem"], study.evaluation_seeds[0]) != "all"
                seen = next(what_was_seen(row, folds=folds), None)
                if seen:
                    yield f"{row['problem']}: {seen}"


def _number(text: str) -> float | None:
    return float(text) if text else None
