"""What a dry run says: how many jobs of each kind would run, why, and for about how long."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from snakemake_logger_plugin_descent.progress import EVALUATION, Kind, Progress, duration


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
            reasons = Counter(why for _, why in row)
            why = ", ".join(f"{reason} ({n})" for reason, n in reasons.most_common())
            if len(reasons) == 1:
                why = row[0][1]
            lines.append(f"  {name:<{width}}  {len(row):>5}  {duration(seconds):>10}  {why}")
        return "\n".join(lines)
