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

    def summary(self) -> str:
        """Return the summary of the findings and the page's path; empty if this run made none."""
        folder = self._study.folder
        findings, page = folder / "findings.md", folder / "report" / "index.html"
        if not (page.is_file() and findings.is_file()):
            return ""
        if findings.stat().st_mtime < self._began:
            return ""
        text = findings.read_text(encoding="utf-8").partition("## Summary\n")[2]
        lines = text.partition("\n## ")[0].splitlines()
        sentences = [line.removeprefix("- ") for line in lines if line]
        return "\n".join([*sentences, f"All results: {page}"])


def _trainings(runs: Iterable[Run]) -> list[Training]:
    return [(run.problem, run.optimizer) for run in runs]
