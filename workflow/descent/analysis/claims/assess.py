"""What a study says about each claim: one function a claim, which only reads tables.

``claims.yaml`` has the sentence of each claim, and how agreement is decided.

Optimizers are known by their rule, ``use`` in the config, whatever a study calls their entries.
Claims about optimizers are judged only on problems with data, as those of their sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from descent.analysis.claims.claim import NO_DATA, Agreement, Outcome
from descent.analysis.tables.formatting import metric_value
from descent.analysis.tables.study_tables import StudyTables
from descent.foundation.wording import missing
from descent.verdicts.sentences import listed_names, seen_from

#: The rules of the publications from which those ranges are.
CLASSICAL = (
    *("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop"),
    *("adam", "amsgrad", "adamax", "nadam", "adamw"),
)
#: General rules, each with one that it includes.
INCLUSIONS = (
    *(("momentum", "sgd"), ("nesterov", "sgd"), ("rmsprop", "sgd"), ("adam", "sgd")),
    *(("adam", "momentum"), ("nadam", "sgd"), ("nadam", "nesterov")),
)


def inclusion(tables: StudyTables) -> Outcome:
    """Count the verdicts, and name the pairs in which the general rule is worse."""
    track = first_track(tables, ("searched", "tuned"))
    pairs = [
        (one, other)
        for general, special in INCLUSIONS
        for one in entries_of(tables, [general])
        for other in entries_of(tables, [special])
    ]
    counts: Counter[str] = Counter()
    against = []
    for problem in problems_with_data(tables):
        for general, special in pairs:
            verdict = verdict_between(tables, "comparisons", problem, track, general, special)
            if verdict is not None:
                counts[verdict] += 1
            if verdict == "worse":
                titles = tables.optimizer_titles
                where = tables.problem_titles[problem]
                against.append(f"{titles[general]} than {titles[special]} on {where}")
    if not counts:
        return NO_DATA
    said = listed_names(f"{counts[verdict]} {verdict}" for verdict in sorted(counts))
    measure = f"track {track}, {counts.total()} pairs: {said}"
    if against:
        return Outcome(Agreement.DISAGREES, f"{measure} ({'; '.join(against)})")
    return Outcome(Agreement.UNDECIDED if counts["undecided"] else Agreement.AGREES, measure)


def protocol_decides(tables: StudyTables) -> Outcome:
    """Count the pairs that turn between tracks."""
    rows = tables["comparisons"]
    return _turned_pairs(tables, rows.assign(place=rows["track"], within=rows["problem"]))


def tasks_differ(tables: StudyTables) -> Outcome:
    """Count the pairs that turn between problems."""
    rows = tables.of("comparisons", track=tables.track)
    return _turned_pairs(tables, rows.assign(place=rows["problem"], within=""))


def _turned_pairs(tables: StudyTables, rows: Any) -> Outcome:
    """Count the pairs that turn between places, of those that are decided in two or more."""
    rows = rows[rows["problem"].isin(problems_with_data(tables))]
    if rows["place"].nunique() < 2:
        return NO_DATA
    winners: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in rows[rows["verdict"] == "better"].to_dict("records"):
        pair = tuple(sorted((row["optimizer"], row["rival"])))
        winners.setdefault((row["within"], pair), []).append(row["optimizer"])
    twice = {key: won for key, won in winners.items() if len(won) > 1}
    turned = [key for key, won in twice.items() if len(set(won)) > 1]
    measure = f"{len(turned)} of the {len(twice)} pairs that are decided twice or more"
    if turned:
        _, example = min(turned)
        names = listed_names(tables.optimizer_titles[name] for name in example)
        measure += f", for example {names}"
    return Outcome(Agreement.AGREES if turned else Agreement.UNDECIDED, measure)


def none_dominates(tables: StudyTables) -> Outcome:
    """Count the optimizers that are shown not to be the best on some problem."""
    problems = problems_with_data(tables)
    if len(problems) < 2 or len(tables.optimizers) < 2:
        return NO_DATA
    pairs = [pair for problem in problems for pair in tables.pairs(problem)]
    every = {
        name: [
            seen_from(name, pair).verdict
            for pair in pairs
            if name in (pair["optimizer"], pair["rival"])
        ]
        for name in tables.optimizers
    }
    held = [name for name, of in every.items() if any(v.startswith(("worse", "equ")) for v in of)]
    measure = (
        f"{len(held)} of {len(every)} optimizers are worse than another or equivalent to it on one "
        f"of {len(problems)} problems"
    )
    if any(all(verdict.startswith("better") for verdict in of) for of in every.values()):
        return Outcome(Agreement.DISAGREES, measure)
    return Outcome(Agreement.AGREES if len(held) == len(every) else Agreement.UNDECIDED, measure)


def non_diagonal(tables: StudyTables) -> Outcome:
    """Compare SOAP and Muon with AdamW."""
    return _faster_than_adamw(tables, ("soap", "muon"), ("tuned", "searched"))


def schedule_free(tables: StudyTables) -> Outcome:
    """Compare Schedule-Free AdamW with AdamW."""
    return _faster_than_adamw(tables, ("schedule_free_adamw",), ("default",))


def _faster_than_adamw(tables: StudyTables, rules: Sequence[str], tracks: Sequence[str]) -> Outcome:
    """Count the verdicts on gradient evaluations to the target, over problems and rules."""
    track, references = first_track(tables, tracks), entries_of(tables, ["adamw"])
    counts: Counter[str] = Counter()
    parts = []
    for name in entries_of(tables, rules) if references else ():
        verdicts = (
            verdict_between(tables, "gradients_to_target", problem, track, name, references[0])
            for problem in problems_with_data(tables)
            if tables.of(
                "warnings", check="remarks_of_rules", problem=problem, optimizer=name
            ).empty
        )
        own = Counter(v.removesuffix(" and equivalent") for v in verdicts if v is not None)
        if own:
            words = {"better": "faster", "worse": "slower"}
            said = listed_names(f"{words.get(v, v)} on {own[v]}" for v in sorted(own))
            parts.append(f"{tables.optimizer_titles[name]} {said}")
        counts += own
    if not counts:
        return NO_DATA
    against = tables.optimizer_titles[references[0]]
    if counts["better"]:
        everywhere = counts["better"] == counts.total()
        agreement = Agreement.AGREES if everywhere else Agreement.IN_PART
    elif counts["undecided"] and not counts["worse"]:
        agreement = Agreement.UNDECIDED
    else:
        agreement = Agreement.DISAGREES
    return Outcome(agreement, f"track {track}, against {against}: {'; '.join(parts)}")


def softmax_on_mnist(tables: StudyTables) -> Outcome:
    """Return the range of the means."""
    return _within_range(tables, {"use": "softmax_regression"}, 0.92, 0.93)


def perceptron_on_mnist(tables: StudyTables) -> Outcome:
    """Return the range of the means."""
    perceptron = {"use": "mlp", "hidden": [128], "mini_batch": 128, "epochs": 5}
    return _within_range(tables, perceptron, 0.972, 0.977)


def _within_range(
    tables: StudyTables, settings: Mapping[str, Any], low: float, high: float
) -> Outcome:
    """Return the range of the classical rules' means, on MNIST problems of these settings."""
    track = first_track(tables, ("tuned", "searched"))
    parts, inside, total = [], 0, 0
    for problem in tables.problems:
        entry = tables.config["problems"][problem]
        data = tables.config["datasets"].get(entry.get("dataset"), {}).get("use")
        if data != "mnist" or any(entry.get(key) != value for key, value in settings.items()):
            continue
        board = tables.of("leaderboard", problem=problem, track=track)
        board = board[board["optimizer"].isin(entries_of(tables, CLASSICAL))].dropna(subset="mean")
        if not board.empty:
            metric, means = str(board["metric"].iloc[0]), board["mean"]
            inside += int(means.round(3).between(low, high).sum())
            total += len(board)
            least, most = (metric_value(float(v), metric) for v in (means.min(), means.max()))
            parts.append(f"{tables.problem_titles[problem]}: {least} to {most} %")
    return _shares(inside, total, f"{'; '.join(parts)} ({inside} of {total} rules in the range)")


def quadratic_end(tables: StudyTables) -> Outcome:
    """Compare the means after training, by optimizer, on problems that are the noisy quadratic."""
    track = first_track(tables, ("tuned", "searched"))
    parts, near = [], []
    for problem, entry in tables.config["problems"].items():
        board = tables.of("leaderboard", problem=problem, track=track)
        if entry["use"] != "quadratic_deep" or list(board["metric"][:1]) != ["test_loss"]:
            continue
        for rule, published in (("sgd", 87.397), ("momentum", 87.045), ("adam", 87.112)):
            rows = board[board["optimizer"].isin(entries_of(tables, [rule]))]
            ours = rows["mean"].mean()
            if not missing(float(ours)):
                near.append(abs(ours / published - 1) <= 0.01)
                title = tables.optimizer_titles[rows["optimizer"].iloc[0]]
                parts.append(f"{title} {ours:.3f} ({published:.3f})")
    return _shares(sum(near), len(near), f"ours (published): {'; '.join(parts)}")


def entries_of(tables: StudyTables, rules: Sequence[str]) -> list[str]:
    """Return the study's entries whose rule is one of ``rules``, in the study's order."""
    return [name for name, entry in tables.config["optimizers"].items() if entry["use"] in rules]


def problems_with_data(tables: StudyTables) -> list[str]:
    """Return the problems of a study that learn from data, in the study's order."""
    return [name for name, entry in tables.config["problems"].items() if entry.get("dataset")]


def first_track(tables: StudyTables, tracks: Sequence[str]) -> str:
    """Return the first of ``tracks`` that the study has; an empty string if it has none."""
    return next((track for track in tracks if track in tables.config["tracks"]), "")


def verdict_between(
    tables: StudyTables, table: str, problem: str, track: str, one: str, other: str
) -> str | None:
    """Return the verdict on a pair as ``one`` sees it, or None if there is none."""
    rows = tables.of(table, problem=problem, track=track)
    pair = rows[rows["optimizer"].isin([one, other]) & rows["rival"].isin([one, other])]
    for record in pair.to_dict("records"):
        return seen_from(one, {str(column): value for column, value in record.items()}).verdict
    return None


def _shares(good: int, total: int, measure: str) -> Outcome:
    """Return agreement where every instance should agree; no data if there is no instance."""
    if not total:
        return NO_DATA
    if good == total:
        return Outcome(Agreement.AGREES, measure)
    return Outcome(Agreement.IN_PART if good else Agreement.DISAGREES, measure)
