"""The kinds of evidence: each reads a table of a study and says whether it agrees with a claim.

Optimizers are known by their rule, ``use`` in the config, whatever a study calls their entries.
Claims on optimizers are judged on problems with data alone, as their sources speak of no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from descent.analysis.claims.claim import NO_DATA, Agreement, Outcome
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import metric_value, missing, signed_difference
from descent.analysis.verdict_sentences import listed_names, seen_from
from descent.study.measures import higher_is_better

Row = Mapping[str, Any]


def entries_of(tables: StudyTables, rules: Sequence[str]) -> list[str]:
    """Return the study's entries whose rule is one of ``rules``, in the study's order."""
    return [name for name, entry in tables.config["optimizers"].items() if entry["use"] in rules]


def problems_with_data(tables: StudyTables) -> list[str]:
    """Return the problems of a study that learn from data, in the study's order."""
    return [name for name, entry in tables.config["problems"].items() if entry.get("dataset")]


def verdict_between(
    tables: StudyTables, table: str, problem: str, track: str, one: str, other: str
) -> str | None:
    """Return the verdict on a pair as ``one`` sees it, or None if there is none."""
    rows = tables.of(table, problem=problem, track=track)
    pair = rows[rows["optimizer"].isin([one, other]) & rows["rival"].isin([one, other])]
    for record in pair.to_dict("records"):
        return seen_from(one, {str(column): value for column, value in record.items()}).verdict
    return None


def first_track(tables: StudyTables, tracks: Sequence[str]) -> str | None:
    """Return the first of ``tracks`` that the study has."""
    return next((track for track in tracks if track in tables.config["tracks"]), None)


def _margin(tables: StudyTables, problem: str, track: str) -> float | None:
    rows = tables.of("resolution", problem=problem, track=track)
    return float(rows["margin"].iloc[0]) if len(rows) else None


def _is_remarked(tables: StudyTables, problem: str, optimizer: str) -> bool:
    """Return whether a rule says that on this problem it did not run as it is meant to."""
    of_rules = tables.of("warnings", check="remarks_of_rules", problem=problem, optimizer=optimizer)
    return len(of_rules) > 0


def _shares(good: int, total: int) -> Agreement:
    """Return agreement where every instance should agree."""
    if good == total:
        return Agreement.AGREES
    return Agreement.IN_PART if good else Agreement.DISAGREES


@dataclass(frozen=True)
class NeverWorse:
    """General rules against those that they include; pairs of (general, special) rules."""

    pairs: tuple[tuple[str, str], ...]
    tracks: tuple[str, ...] = ("searched", "tuned")
    tables: tuple[str, ...] = ("comparisons",)
    decided: str = "agrees if no general rule is worse and at least one pair is decided"

    def outcome(self, tables: StudyTables) -> Outcome:
        """Count the verdicts, and name the pairs in which the general rule is worse."""
        track = first_track(tables, self.tracks)
        if track is None:
            return NO_DATA
        counts: Counter[str] = Counter()
        against = []
        for problem in problems_with_data(tables):
            for general, special in self._entries(tables):
                verdict = verdict_between(tables, "comparisons", problem, track, general, special)
                if verdict is not None:
                    counts[verdict] += 1
                if verdict == "worse":
                    titles = tables.optimizer_titles
                    against.append(
                        f"{titles[general]} than {titles[special]} on "
                        f"{tables.problem_titles[problem]}"
                    )
        if not counts:
            return NO_DATA
        said = listed_names(f"{counts[verdict]} {verdict}" for verdict in sorted(counts))
        measure = f"track {track}, {sum(counts.values())} pairs: {said}"
        if against:
            return Outcome(Agreement.DISAGREES, f"{measure} ({'; '.join(against)})")
        decided = len(set(counts) - {"undecided"}) > 0
        return Outcome(Agreement.AGREES if decided else Agreement.UNDECIDED, measure)

    def _entries(self, tables: StudyTables) -> Iterator[tuple[str, str]]:
        for general, special in self.pairs:
            for one in entries_of(tables, [general]):
                for other in entries_of(tables, [special]):
                    yield one, other


@dataclass(frozen=True)
class OrderTurns:
    """Pairs that are decided one way in one place and the other way in another."""

    between: str  # "tracks" or "problems"
    tables: tuple[str, ...] = ("comparisons",)

    @property
    def decided(self) -> str:
        """How agreement is decided."""
        return (
            f"agrees if a pair is decided one way in one of the {self.between} and the other way "
            "in another; otherwise undecided"
        )

    def outcome(self, tables: StudyTables) -> Outcome:
        """Count the pairs that turn, of those that are decided in two places or more."""
        rows = tables["comparisons"]
        rows = rows[rows["problem"].isin(problems_with_data(tables))]
        if self.between == "tracks":
            rows = rows.assign(place=rows["track"], within=rows["problem"])
        else:
            rows = rows[rows["track"] == tables.track]
            rows = rows.assign(place=rows["problem"], within="")
        if rows["place"].nunique() < 2:
            return NO_DATA
        winners: dict[tuple[str, frozenset[str]], list[str]] = {}
        for row in rows[rows["verdict"] == "better"].to_dict("records"):
            pair = frozenset((row["optimizer"], row["rival"]))
            winners.setdefault((row["within"], pair), []).append(row["optimizer"])
        twice = {key: won for key, won in winners.items() if len(won) > 1}
        turned = {key: won for key, won in twice.items() if len(set(won)) > 1}
        measure = f"{len(turned)} of the {len(twice)} pairs that are decided twice or more"
        if turned:
            (_, first), _ = min(turned.items(), key=lambda item: (item[0][0], sorted(item[0][1])))
            names = listed_names(tables.optimizer_titles[name] for name in sorted(first))
            measure += f", for example {names}"
        return Outcome(Agreement.AGREES if turned else Agreement.UNDECIDED, measure)


@dataclass(frozen=True)
class NoneDominates:
    """Whether one optimizer is better than every other on every problem."""

    tables: tuple[str, ...] = ("leaderboard",)
    decided: str = "disagrees if one optimizer is better than all others on every problem"

    def outcome(self, tables: StudyTables) -> Outcome:
        """Name the optimizers that are in front on most problems."""
        problems = problems_with_data(tables)
        if len(problems) < 2 or len(tables.optimizers) < 2:
            return NO_DATA
        board = tables.of("leaderboard", track=tables.track, contender=True)
        fronts = [list(board[board["problem"] == problem]["optimizer"]) for problem in problems]
        counts = Counter(name for front in fronts for name in front)
        most = max(counts.values())
        ahead = [tables.optimizer_titles[o] for o in tables.optimizers if counts[o] == most]
        beaten = board["better_than"].fillna("").map(lambda names: len(str(names).split()))
        first = board[(beaten == len(tables.optimizers) - 1) & board["problem"].isin(problems)]
        alone = list(first["optimizer"])
        measure = (
            f"no other is better than {listed_names(ahead)} on {most} of {len(problems)} "
            f"problems; one is better than all others on {len(alone)}"
        )
        dominates = len(alone) == len(problems) and len(set(alone)) == 1
        return Outcome(Agreement.DISAGREES if dominates else Agreement.AGREES, measure)


@dataclass(frozen=True)
class NotBeatenEverywhere:
    """Whether some optimizer is better than a rule on every problem."""

    rule: str
    tables: tuple[str, ...] = ("comparisons", "leaderboard")
    decided: str = "agrees if no optimizer is better than it on every problem"

    def outcome(self, tables: StudyTables) -> Outcome:
        """Count the problems on which it may be the best, and on which others beat it."""
        names, problems = entries_of(tables, [self.rule]), problems_with_data(tables)
        if not names or len(problems) < 2 or len(tables.optimizers) < 2:
            return NO_DATA
        name = names[0]
        beaten_by = Counter(
            other
            for problem in problems
            for other in tables.optimizers
            if other != name
            and verdict_between(tables, "comparisons", problem, tables.track, name, other)
            == "worse"
        )
        board = tables.of("leaderboard", track=tables.track, optimizer=name, contender=True)
        measure = (
            f"no other is better than {tables.optimizer_titles[name]} on "
            f"{int(board['problem'].isin(problems).sum())} of {len(problems)} problems"
        )
        if not beaten_by:
            return Outcome(Agreement.AGREES, measure)
        most = max(beaten_by.values())
        rivals = [tables.optimizer_titles[o] for o in tables.optimizers if beaten_by[o] == most]
        measure += f"; most often better: {listed_names(rivals)}, on {most}"
        everywhere = most == len(problems)
        return Outcome(Agreement.DISAGREES if everywhere else Agreement.AGREES, measure)


@dataclass(frozen=True)
class DefaultsAsGoodAsTuning:
    """The best of all optimizers at their defaults, against the median tuned optimizer."""

    tables: tuple[str, ...] = ("leaderboard", "resolution")
    decided: str = (
        "agrees on a problem if the best default mean is no worse than the median tuned mean less "
        "the margin"
    )

    def outcome(self, tables: StudyTables) -> Outcome:
        """Return the lead of the best default on each problem."""
        tuned = first_track(tables, ("tuned", "searched"))
        if tuned is None or "default" not in tables.config["tracks"]:
            return NO_DATA
        leads, good = [], 0
        for problem in problems_with_data(tables):
            means = {
                track: tables.of("leaderboard", problem=problem, track=track)["mean"].dropna()
                for track in (tuned, "default")
            }
            margin = _margin(tables, problem, tuned)
            if means[tuned].empty or means["default"].empty or margin is None:
                continue
            metric = str(tables.of("leaderboard", problem=problem)["metric"].iloc[0])
            up = higher_is_better(metric)
            best = means["default"].max() if up else means["default"].min()
            lead = (best - median(means[tuned])) * (1 if up else -1)
            good += bool(lead >= -margin)
            leads.append(
                f"{tables.problem_titles[problem]} {signed_difference(float(lead), metric)}"
            )
        if not leads:
            return NO_DATA
        return Outcome(_shares(good, len(leads)), f"lead of the best default: {'; '.join(leads)}")


@dataclass(frozen=True)
class Faster:
    """Rules against a reference rule, in gradient evaluations to the target."""

    rules: tuple[str, ...]
    than: str
    tracks: tuple[str, ...]
    tables: tuple[str, ...] = ("gradients_to_target", "warnings")
    decided: str = (
        "agrees if faster on some problems and slower on none; both: in part. Problems are left "
        "out on which the rule says in a warning that it did not run as it is meant to"
    )

    def outcome(self, tables: StudyTables) -> Outcome:
        """Count the verdicts over problems and rules."""
        track = first_track(tables, self.tracks)
        reference = entries_of(tables, [self.than])
        if track is None or not reference:
            return NO_DATA
        counts: Counter[str] = Counter()
        parts = []
        for name in entries_of(tables, self.rules):
            own: Counter[str] = Counter()
            for problem in problems_with_data(tables):
                verdict = verdict_between(
                    tables, "gradients_to_target", problem, track, name, reference[0]
                )
                if verdict is not None and not _is_remarked(tables, problem, name):
                    own[verdict.removesuffix(" and equivalent")] += 1
            if own:
                said = listed_names(f"{self._word(v)} on {own[v]}" for v in sorted(own))
                parts.append(f"{tables.optimizer_titles[name]} {said}")
            counts += own
        if not counts:
            return NO_DATA
        measure = f"track {track}, against {tables.optimizer_titles[reference[0]]}: "
        return Outcome(self._agreement(counts), measure + "; ".join(parts))

    @staticmethod
    def _word(verdict: str) -> str:
        return {"better": "faster", "worse": "slower"}.get(verdict, verdict)

    @staticmethod
    def _agreement(counts: Counter[str]) -> Agreement:
        if counts["better"] and counts["worse"]:
            return Agreement.IN_PART
        if counts["better"]:
            return Agreement.AGREES
        nothing_known = counts["undecided"] and not counts["worse"]
        return Agreement.UNDECIDED if nothing_known else Agreement.DISAGREES


@dataclass(frozen=True)
class BestAtOneTrial:
    """Expected best after one random trial of tuning: a rule against others."""

    rule: str
    rivals: tuple[str, ...]
    tracks: tuple[str, ...] = ("searched", "tuned")
    tables: tuple[str, ...] = ("tuning_budget", "resolution")
    decided: str = (
        "agrees on a problem if its expected best is within the margin of the best of these rules"
    )

    def outcome(self, tables: StudyTables) -> Outcome:
        """Return how far it is behind the best of these rules on each problem."""
        track = first_track(tables, self.tracks)
        own, rivals = entries_of(tables, [self.rule]), entries_of(tables, self.rivals)
        if track is None or not own or not rivals:
            return NO_DATA
        leads, good = [], 0
        for problem in problems_with_data(tables):
            rows = tables.of("tuning_budget", problem=problem, track=track)
            rows = rows[rows["trials"] == 1].set_index("optimizer")
            margin = _margin(tables, problem, track)
            if rows.empty or margin is None:
                continue
            metric = str(rows["metric"].iloc[0])
            sign = 1 if higher_is_better(metric) else -1
            expected = sign * rows["expected_best"].astype(float)
            lead = float(expected[own].max() - expected[rivals].max())
            good += lead >= -margin
            leads.append(f"{tables.problem_titles[problem]} {signed_difference(lead, metric)}")
        if not leads:
            return NO_DATA
        said = f"track {track}, lead of {tables.optimizer_titles[own[0]]}: {'; '.join(leads)}"
        return Outcome(_shares(good, len(leads)), said)


@dataclass(frozen=True)
class WithinRange:
    """Means of tuned rules on a problem of given settings, against a published range."""

    problem: Mapping[str, Any]
    rules: tuple[str, ...]
    low: float
    high: float
    dataset: str | None = None
    tables: tuple[str, ...] = ("leaderboard",)

    @property
    def decided(self) -> str:
        """How agreement is decided."""
        return "agrees if the means of all these rules, rounded to 0.1 %, are in the range"

    def outcome(self, tables: StudyTables) -> Outcome:
        """Return the range of the means on each problem that has these settings."""
        track = first_track(tables, ("tuned", "searched"))
        problems = [name for name in tables.problems if self._is_meant(tables, name)]
        names = entries_of(tables, self.rules)
        if track is None or not problems or not names:
            return NO_DATA
        parts, inside, total = [], 0, 0
        for problem in problems:
            board = tables.of("leaderboard", problem=problem, track=track)
            board = board[board["optimizer"].isin(names)].dropna(subset="mean")
            if board.empty:
                continue
            metric = str(board["metric"].iloc[0])
            rounded = board["mean"].round(3)
            inside += int(rounded.between(self.low, self.high).sum())
            total += len(board)
            least, most = (metric_value(value, metric) for value in _ends(board["mean"]))
            parts.append(f"{tables.problem_titles[problem]}: {least} to {most} %")
        if not total:
            return NO_DATA
        measure = f"{'; '.join(parts)} ({inside} of {total} rules in the range)"
        return Outcome(_shares(inside, total), measure)

    def _is_meant(self, tables: StudyTables, problem: str) -> bool:
        entry = tables.config["problems"][problem]
        data = entry.get("dataset")
        of = tables.config["datasets"][data]["use"] if data else None
        return of == self.dataset and all(entry.get(k) == v for k, v in self.problem.items())


def _ends(values: Any) -> tuple[float, float]:
    return float(values.min()), float(values.max())


@dataclass(frozen=True)
class NearPublished:
    """Values of rules on one kind of problem, against published values.

    ``column`` is a column of ``leaderboard``; a published value under the rule ``""`` is compared
    with the mean over all optimizers.
    """

    use: str
    column: str
    published: Mapping[str, float]
    tolerance: float
    digits: int
    tables: tuple[str, ...] = ("leaderboard",)

    @property
    def decided(self) -> str:
        """How agreement is decided."""
        return f"agrees if ours differ by at most {100 * self.tolerance:g} %"

    def outcome(self, tables: StudyTables) -> Outcome:
        """Return ours beside the published values."""
        track = first_track(tables, ("tuned", "searched"))
        problems = [n for n, e in tables.config["problems"].items() if e["use"] == self.use]
        parts, near = [], []
        for problem in problems if track is not None else ():
            board = tables.of("leaderboard", problem=problem, track=track or "")
            if board.empty or board["metric"].iloc[0] != "test_loss":
                continue
            for rule, value in self.published.items():
                rows = board[board["optimizer"].isin(entries_of(tables, [rule]))] if rule else board
                ours = rows[self.column].mean()
                if missing(float(ours)):
                    continue
                near.append(abs(ours / value - 1) <= self.tolerance)
                title = tables.optimizer_titles[rows["optimizer"].iloc[0]] + " " if rule else ""
                parts.append(f"{title}{ours:.{self.digits}f} ({value:.{self.digits}f})")
        if not near:
            return NO_DATA
        return Outcome(_shares(sum(near), len(near)), f"ours (published): {'; '.join(parts)}")
