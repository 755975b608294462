"""How far a run is: jobs done, running, failed, diverged, and the time that is left."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

#: The rate counts the jobs that ended in the last so many seconds.
RATE_WINDOW = 60.0
#: What a job takes of which nothing is known.
UNKNOWN_SECONDS = 2.0


class Kind(NamedTuple):
    """What jobs have in common that take about as long."""

    rule: str
    problem: str = ""
    optimizer: str = ""


@dataclass
class Progress:
    """The state of a run, told by the engine's events.

    Parameters
    ----------
    earlier : callable
        From a kind to the seconds that such jobs took in earlier runs; None if there were none.
    clock : callable, default time.monotonic
        Seconds that only increase.
    """

    earlier: Callable[[Kind], float | None]
    clock: Callable[[], float] = time.monotonic
    cores: int = 1
    done: int = 0
    diverged: int = 0
    timed_out: int = 0
    _remaining: Counter[Kind] = field(default_factory=Counter)
    _running: dict[int, tuple[Kind, float]] = field(default_factory=dict)
    _failed: dict[int, Kind] = field(default_factory=dict)
    _took: dict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))
    _ended: deque[float] = field(default_factory=deque)
    _began: float | None = None

    def plan(self, kinds: Iterable[Kind]) -> None:
        """Note all jobs that are to run."""
        self._remaining = Counter(kinds)
        self._began = self.clock()

    def start(self, job: int, kind: Kind) -> None:
        """Note that a job has begun, perhaps anew."""
        if job in self._failed:
            self._remaining[self._failed.pop(job)] += 1
        self._running[job] = (kind, self.clock())

    def finish(self, job: int) -> None:
        """Note that a job has ended well."""
        kind, began = self._running.pop(job, (None, 0.0))
        self.done += 1
        self._ended.append(self.clock())
        if kind is not None:
            self._took[kind].append(self.clock() - began)
            self._remaining[kind] -= 1

    def fail(self, job: int) -> None:
        """Note that a job has failed."""
        if job in self._running:
            kind, _ = self._running.pop(job)
            self._failed[job] = kind
            self._remaining[kind] -= 1

    @property
    def failed(self) -> int:
        """Jobs that failed and were not tried again."""
        return len(self._failed)

    @property
    def total(self) -> int:
        """Jobs of this run: ended, running and waiting."""
        return self.done + self.failed + sum(self._remaining.values())

    @property
    def running(self) -> int:
        """Jobs at work."""
        return len(self._running)

    def elapsed(self) -> float:
        """Return the seconds since the plan."""
        return 0.0 if self._began is None else self.clock() - self._began

    def per_minute(self) -> float:
        """Return how many jobs ended in a minute, of late."""
        now = self.clock()
        while self._ended and self._ended[0] < now - RATE_WINDOW:
            self._ended.popleft()
        window = min(RATE_WINDOW, self.elapsed())
        return 60.0 * len(self._ended) / window if window > 0 else 0.0

    def expected(self, kind: Kind) -> float:
        """Return how long a job of a kind is likely to take, in seconds.

        By jobs of this kind in this run, in earlier runs, by other jobs of its rule in this run.
        """
        for known in (self._took.get(kind), [self.earlier(kind)], self._of_rule(kind)):
            seconds = [s for s in known or [] if s is not None]
            if seconds:
                return sum(seconds) / len(seconds)
        return UNKNOWN_SECONDS

    def is_known(self, kind: Kind) -> bool:
        """Return whether there is anything to expect a kind's duration by."""
        return bool(self._took.get(kind) or self._of_rule(kind)) or self.earlier(kind) is not None

    def seconds_left(self) -> float:
        """Return how long the jobs that have not ended are likely to take."""
        work = sum(count * self.expected(kind) for kind, count in self._remaining.items())
        now = self.clock()
        work -= sum(min(now - began, self.expected(kind)) for kind, began in self._running.values())
        waiting = sum(self._remaining.values())
        return work / max(1, min(self.cores, waiting))

    def _of_rule(self, kind: Kind) -> list[float]:
        return [s for other, took in self._took.items() if other.rule == kind.rule for s in took]

    def line(self) -> str:
        """Return the state in one line."""
        parts = [f"{self.done}/{self.total} done", f"{self.running} running"]
        parts += [
            f"{count} {name}"
            for name, count in (
                ("failed", self.failed),
                ("diverged", self.diverged),
                ("timed out", self.timed_out),
            )
            if count
        ]
        if self._ended:
            parts.append(f"{self.per_minute():.0f} a minute")
        if self._remaining.total():
            parts.append(f"about {duration(self.seconds_left())} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a length of time as a person says it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours / 24:.1f} days"
