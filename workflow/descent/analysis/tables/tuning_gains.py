"""Whether tuning an optimizer pays: table ``tuning_gains``, of its two tracks paired by seed."""

from __future__ import annotations

from dataclasses import replace

from descent.analysis.results import Results
from descent.analysis.rivals import rivals_of, scores
from descent.analysis.tables.values import Row, finite

#: The name of an optimizer as a rival of itself is its own and this, which no entry can have.
_DEFAULT = " with its defaults"


def tuning_gains(results: Results) -> list[Row]:
    """Return the rows of ``tuning_gains``; none if the study does not tune, or has no defaults.

    The pairs of a problem are one family: each optimizer, tuned, against itself with its defaults.
    """
    study, rows = results.study, []
    if "default" not in study.tracks or study.track == "default":
        return []
    pairs = [(name, name + _DEFAULT) for name in study.optimizers]
    for problem in study.problems:
        tuned = rivals_of(results, problem, study.track)
        default = scores(results, problem, "default")
        rivals = replace(
            tuned,
            scores=tuned.scores | {name + _DEFAULT: of for name, of in default.items()},
            named=[],
            schedules=pairs,
        )
        for pair in rivals.compare():
            name = min(pair.first, pair.second, key=len)
            if {pair.first, pair.second} == {name, name + _DEFAULT}:
                ahead = pair.first == name
                ends = [pair.low, pair.high] if ahead else [pair.high, pair.low]
                values = (finite(value) for value in (pair.difference, *ends))
                signed = [v if v is None or ahead else -v for v in values]
                verdict = pair.verdict if ahead else pair.verdict.replace("better", "worse")
                rows.append(
                    {"problem": problem, "track": study.track, "optimizer": name}
                    | {"metric": tuned.metric, "verdict": verdict, "margin": pair.margin}
                    | dict(zip(("gain", "low", "high"), signed, strict=True))
                    | {"seeds": pair.seeds}
                )
    return rows
