"""How far a run is: jobs done, running, failed, diverged, and the time that is left."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import NamedTuple

#: Duration that is assumed for a job of which nothing is known, in seconds.
UNKNOWN_SECONDS = 2.0
#: The rules of trainings, by their last words: a workflow that uses this one renames its rules.
TUNING, EVALUATION = "tuning_run", "evaluation_run"


class Kind(NamedTuple):
    """What jobs of about the same duration have in common; only trainings have an optimizer."""

    rule: str
    problem: str = ""
    optimizer: str = ""


@dataclass
class Progress:
    """The state of a run.

    Parameters
    ----------
    earlier : callable
        From a problem and an optimizer to the seconds that a training took in earlier runs; None
        if there were none.
    clock : callable, default time.monotonic
        Seconds that only increase.
    cores : int, default 1
        How many jobs run side by side.
    processors : int or None, default None
        How many of them the machine can run at full speed; None if they run elsewhere. With fewer
        processors than cores, jobs take longer side by side than each takes alone.
    """

    earlier: Callable[[str, str], float | None] = lambda _problem, _optimizer: None
    clock: Callable[[], float] = time.monotonic
    cores: int = 1
    processors: int | None = None
    diverged: int = 0
    timed_out: int = 0
    _waiting: Counter[str] = field(default_factory=Counter)
    _trainings: Counter[tuple[str, str]] = field(default_factory=Counter)
    _running: dict[int, tuple[Kind, float]] = field(default_factory=dict)
    _done: set[int] = field(default_factory=set)
    _failed: set[int] = field(default_factory=set)
    _took: dict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))

    def plan(self, jobs: Mapping[str, int], trainings: Iterable[tuple[str, str]] = ()) -> None:
        """Note what is to run.

        Parameters
        ----------
        jobs : mapping of str to int
            How many jobs of each rule.
        trainings : iterable of (str, str)
            Problem and optimizer of every training that the study lacks. Snakemake tells how many
            are to run, not which: those that are missing stand for them.
        """
        self._waiting, self._trainings = Counter(jobs), Counter(trainings)

    def grow(self, rule: str, trainings: Iterable[tuple[str, str]]) -> None:
        """Note the trainings that a look has added to the plan.

        Parameters
        ----------
        rule : str
            Their rule.
        trainings : iterable of (str, str)
            Problem and optimizer of every training that the study lacks by now.
        """
        running = [kind for kind, _ in self._running.values() if _is_training(kind.rule)]
        self._trainings = Counter(trainings)
        self._trainings.subtract((kind.problem, kind.optimizer) for kind in running)
        others = sum(n for name, n in self._waiting.items() if _is_training(name) and name != rule)
        self._waiting[rule] = max(self._waiting[rule], self._trainings.total() - others)

    def start(self, job: int, kind: Kind) -> None:
        """Note that a job has begun, perhaps anew."""
        if job in self._failed | self._done:
            self._failed.discard(job)
            self._done.discard(job)
        else:
            self._waiting[kind.rule] = max(0, self._waiting[kind.rule] - 1)
            self._trainings[kind.problem, kind.optimizer] -= 1
        self._running[job] = (kind, self.clock())

    def finish(self, job: int) -> None:
        """Note that a job has ended well."""
        self._done.add(job)
        if job in self._running:
            kind, began = self._running.pop(job)
            for known in {kind, Kind(kind.rule)}:
                self._took[known].append(self.clock() - began)

    def fail(self, job: int) -> None:
        """Note that a job has failed."""
        self._running.pop(job, None)
        self._failed.add(job)

    @property
    def done(self) -> int:
        """Jobs that have ended well."""
        return len(self._done)

    @property
    def total(self) -> int:
        """Jobs of this run: ended, running and waiting."""
        return self.done + len(self._failed) + len(self._running) + self._waiting.total()

    @property
    def crowding(self) -> float:
        """How many times as long a job takes beside others as alone."""
        return max(1.0, self.cores / self.processors) if self.processors else 1.0

    @property
    def at_full_speed(self) -> float:
        """How many jobs are worked on at the same time as if each were alone."""
        return self.cores / self.crowding

    def known(self, kind: Kind) -> float | None:
        """Return how long a kind takes alone, by this run or earlier ones; None if none tells."""
        if kind in self._took:
            return fmean(self._took[kind]) / self.crowding
        return self.earlier(kind.problem, kind.optimizer) if kind.optimizer else None

    def expected(self, kind: Kind) -> float:
        """Return how long a job is likely to take alone: like its kind, or like its rule."""
        guesses = (self.known(kind), self.known(Kind(kind.rule)), UNKNOWN_SECONDS)
        return next(seconds for seconds in guesses if seconds is not None)

    def _expected_of_waiting(self, rule: str) -> float:
        missing = +self._trainings
        if _is_training(rule) and missing:
            work = [n * self.expected(Kind(rule, *training)) for training, n in missing.items()]
            return sum(work) / missing.total()
        return self.expected(Kind(rule))

    def seconds_left(self) -> float:
        """Return how long the jobs that have not ended are likely to take."""
        now = self.clock()
        work = sum(n * self._expected_of_waiting(rule) for rule, n in self._waiting.items() if n)
        slower = self.crowding
        work += sum(
            max(0.0, self.expected(k) - (now - t) / slower) for k, t in self._running.values()
        )
        jobs = len(self._running) + self._waiting.total()
        return work / max(1.0, min(self.at_full_speed, jobs))

    def line(self) -> str:
        """Return the state in one line."""
        parts = [f"{self.done}/{self.total} done", f"{len(self._running)} running"]
        counts = (
            (len(self._failed), "failed"),
            (self.diverged, "diverged"),
            (self.timed_out, "timed out"),
        )
        parts += [f"{count} {name}" for count, name in counts if count]
        if self._running or self._waiting.total():
            parts.append(f"about {duration(self.seconds_left())} left")
        return ", ".join(parts)


def _is_training(rule: str) -> bool:
    """Return whether a rule is that of tuning runs or of evaluation runs."""
    return rule.endswith((TUNING, EVALUATION))


def duration(seconds: float) -> str:
    """Return a length of time as a person says it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 2:
        return f"{60 * hours + minutes} min"
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours / 24:.1f} days"
