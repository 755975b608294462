"""What a dry run says: how many jobs of each kind would run, why, and for about how long."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from snakemake_logger_plugin_descent.progress import EVALUATION, Kind, Progress, duration


@dataclass
class Row:
    """The jobs of one rule and problem."""

    jobs: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


class Plan:
    """The jobs that a dry run announces.

    Parameters
    ----------
    progress : Progress
        Knows cores and earlier durations.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._rows: dict[str, Row] = defaultdict(Row)
        self._guessed = 0
        self._looks: dict[str, int] = {}

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
        trainings = [pair for look in self._looks.items() for pair in added(*look)]
        if not trainings:
            return ""
        work = sum(self._progress.expected(Kind(EVALUATION, *training)) for training in trainings)
        left = duration(work / min(self._progress.at_full_speed, len(trainings)))
        return (
            f"This is the least. Looks add at most {len(trainings)} trainings, about {left}, where "
            "comparisons are undecided."
        )

    def add(self, kind: Kind, reason: str) -> None:
        """Note a job, with Snakemake's reason to run it: ``Missing output files: a; ...``."""
        row = self._rows[f"{kind.rule} {kind.problem}"]
        row.jobs += 1
        row.seconds += self._progress.expected(kind)
        row.reasons[reason.partition(":")[0].strip().lower()] += 1
        self._guessed += bool(kind.optimizer) and self._progress.known(kind) is None

    def table(self) -> str:
        """Return a line for all jobs, and one for each rule and problem; empty without jobs."""
        if not self._rows:
            return ""
        total = sum(row.jobs for row in self._rows.values())
        cores = round(min(self._progress.at_full_speed, total))
        left = duration(sum(row.seconds for row in self._rows.values()) / cores)
        jobs = "1 job" if total == 1 else f"{total} jobs"
        on = "one core" if cores == 1 else f"{cores} cores"
        guess = f" (a guess for {self._guessed} of them, new problems)" if self._guessed else ""
        lines = [f"{jobs} would run, about {left} on {on}{guess}:"]
        width = max(map(len, self._rows))
        for name, row in self._rows.items():
            why = ", ".join(f"{reason} ({n})" for reason, n in row.reasons.most_common())
            if len(row.reasons) == 1:
                why = next(iter(row.reasons))
            lines.append(f"  {name:<{width}}  {row.jobs:>5}  {duration(row.seconds):>10}  {why}")
        return "\n".join(lines)
