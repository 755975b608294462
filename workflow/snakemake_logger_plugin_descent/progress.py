"""How far a run is, the time that is left, and what a dry run says of jobs, reasons and time."""

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
    #: How many finished trainings have each status.
    statuses: Counter[str] = field(default_factory=Counter)
    done: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    _waiting: Counter[str] = field(default_factory=Counter)
    _trainings: Counter[tuple[str, str]] = field(default_factory=Counter)
    _running: dict[int, tuple[Kind, float]] = field(default_factory=dict)
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
        """Note the trainings of a rule that a look has added to all that the study lacks."""
        before = self._trainings.total()
        running = Counter(kind[1:] for kind, _ in self._running.values() if _is_training(kind.rule))
        self._trainings = Counter(trainings) - running
        self._waiting[rule] += max(0, self._trainings.total() - before)

    def start(self, job: int, kind: Kind) -> None:
        """Note that a job has begun, perhaps anew."""
        if job in self.failed | self.done:
            self.failed.discard(job)
            self.done.discard(job)
        else:
            self._waiting -= Counter([kind.rule])
            self._trainings -= Counter([kind[1:]])
        self._running[job] = (kind, self.clock())

    def finish(self, job: int) -> None:
        """Note that a job has ended well."""
        self.done.add(job)
        if job in self._running:
            kind, began = self._running.pop(job)
            for known in {kind, Kind(kind.rule)}:
                self._took[known].append(self.clock() - began)

    def fail(self, job: int) -> None:
        """Note that a job has failed."""
        self._running.pop(job, None)
        self.failed.add(job)

    @property
    def total(self) -> int:
        """Jobs of this run: ended, running and waiting."""
        return len(self.done | self.failed) + len(self._running) + self._waiting.total()

    @property
    def at_full_speed(self) -> int:
        """How many jobs are worked on at the same time as if each were alone."""
        return min(self.cores, self.processors or self.cores)

    def known(self, kind: Kind) -> float | None:
        """Return how long a kind takes alone, by this run or earlier ones; None if none tells."""
        if kind in self._took:
            return fmean(self._took[kind]) * self.at_full_speed / self.cores
        return self.earlier(kind.problem, kind.optimizer) if kind.optimizer else None

    def expected(self, kind: Kind) -> float:
        """Return how long a job is likely to take alone: like its kind, or like its rule."""
        guesses = (self.known(kind), self.known(Kind(kind.rule)), UNKNOWN_SECONDS)
        return next(seconds for seconds in guesses if seconds is not None)

    def _expected_of_waiting(self, rule: str) -> float:
        if _is_training(rule) and self._trainings:
            work = [n * self.expected(Kind(rule, *of)) for of, n in self._trainings.items()]
            return sum(work) / self._trainings.total()
        return self.expected(Kind(rule))

    def seconds_left(self) -> float:
        """Return how long the jobs that have not ended are likely to take."""
        now, speed = self.clock(), self.at_full_speed / self.cores
        work = sum(n * self._expected_of_waiting(rule) for rule, n in self._waiting.items())
        work += sum(
            max(0.0, self.expected(kind) - (now - began) * speed)
            for kind, began in self._running.values()
        )
        jobs = len(self._running) + self._waiting.total()
        return work / max(1, min(self.at_full_speed, jobs))

    def line(self) -> str:
        """Return the state in one line."""
        parts = [f"{len(self.done)}/{self.total} done", f"{len(self._running)} running"]
        counts = {
            "failed": len(self.failed),
            "diverged": self.statuses["diverged"],
            "timed out": self.statuses["timeout"],
        }
        parts += [f"{count} {name}" for name, count in counts.items() if count]
        if self._running or self._waiting:
            parts.append(f"about {duration(self.seconds_left())} left")
        return ", ".join(parts)


def _is_training(rule: str) -> bool:
    """Return whether a rule is that of tuning runs or of evaluation runs."""
    return rule.endswith((TUNING, EVALUATION))


class Plan:
    """The jobs that a dry run announces.

    Parameters
    ----------
    progress : Progress
        Knows cores and earlier durations.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        #: Kind and reason of each job, by rule and problem.
        self._jobs: dict[str, list[tuple[Kind, str]]] = defaultdict(list)
        #: The seeds of the first look at each problem.
        self._looks: dict[str, int] = {}

    def add(self, kind: Kind, reason: str) -> None:
        """Note a job, with Snakemake's reason to run it: ``Missing output files: a; ...``."""
        why = reason.partition(":")[0].strip().lower()
        why = why.replace("params have changed since last execution", "settings or code changed")
        self._jobs[f"{kind.rule} {kind.problem}"].append((kind, why))

    def look(self, problem: str, seeds: int) -> None:
        """Note a job that looks at so many seeds of a problem; it may add trainings."""
        self._looks[problem] = min(seeds, self._looks.get(problem, seeds))

    def growth(self, added: Callable[[str, int], Iterable[tuple[str, str]]]) -> str:
        """Return how many trainings the looks may add at most; empty if none.

        Parameters
        ----------
        added : callable
            From a problem and the seeds of a look to problem and optimizer of each training that
            may follow it.
        """
        kinds = [Kind(EVALUATION, *of) for look in self._looks.items() for of in added(*look)]
        if not kinds:
            return ""
        return (
            f"This is the least. Looks add at most {len(kinds)} trainings, about "
            f"{duration(self._seconds(kinds))}, where comparisons are undecided."
        )

    def _seconds(self, kinds: Iterable[Kind]) -> float:
        """Return how long jobs are likely to take side by side."""
        work = [self._progress.expected(kind) for kind in kinds]
        return sum(work) / min(self._progress.at_full_speed, len(work))

    def table(self) -> str:
        """Return a line for all jobs, and one for each rule and problem; empty without jobs."""
        kinds = [kind for row in self._jobs.values() for kind, _ in row]
        if not kinds:
            return ""
        cores = min(self._progress.at_full_speed, len(kinds))
        unknown = sum(bool(k.optimizer) and self._progress.known(k) is None for k in kinds)
        jobs = "1 job" if len(kinds) == 1 else f"{len(kinds)} jobs"
        on = "one core" if cores == 1 else f"{cores} cores"
        guess = f" (a guess for {unknown} of them, new problems)" if unknown else ""
        lines = [f"{jobs} would run, about {duration(self._seconds(kinds))} on {on}{guess}:"]
        width = max(map(len, self._jobs))
        for name, row in self._jobs.items():
            seconds = sum(self._progress.expected(kind) for kind, _ in row)
            reasons = Counter(why for _, why in row).most_common()
            why = ", ".join(f"{reason} ({n})" for reason, n in reasons)
            lines.append(f"  {name:<{width}}  {len(row):>5}  {duration(seconds):>10}  {why}")
        return "\n".join(lines)


def duration(seconds: float) -> str:
    """Return a length of time as a person says it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if hours < 2:
        return f"{60 * hours + minutes} min"
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours / 24:.1f} days"
