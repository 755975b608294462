"""What the progress display asks about the study that a run makes."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TypeAlias

from descent.analysis.verdict_sentences import what_earlier_runs_saw
from descent.study.plan import Run, Study
from descent.study.run_durations import Durations

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
        return list(what_earlier_runs_saw(self._study))

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
