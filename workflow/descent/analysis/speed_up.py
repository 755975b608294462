"""How much longer the baseline runs to reach what others reach, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from descent.analysis.tables.formatting import metric_words, speed_up
from descent.analysis.tables.speed_up import FACTORS
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.values import Row
from descent.verdicts.sentences import listed_names

#: Steps whose cost differs by less cost the same.
LEAST_COST = 0.02
#: What is known where there is no number.
NO_NUMBER = ("saturated", "unfinished")


def speed_ups(tables: StudyTables, problem: str) -> Iterator[str]:
    """Yield who reaches the same in fewer steps than the baseline, and who does not.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.
    problem : str
        Name of the problem; nothing is yielded for one that has a single horizon.
    """
    every = tables.rows("speed_up", titled=True, problem=problem)
    focus = tables.optimizer_titles.get(tables.config["focus"])
    left = sorted(
        (row for row in every if row["horizon"] == 1), key=lambda row: -(row["speed_up"] or 0)
    )
    for row in [row for row in left if is_faster(row) or row["optimizer"] == focus]:
        yield reaches(row)
        left.remove(row)
    slower = [row for row in left if row["high"] and row["high"] < 1]
    saturated = [row for row in left if row["known"] == "saturated"]
    equal = [row for row in left if row not in slower and row["known"] not in NO_NUMBER]
    for rows, said in (
        (slower, "slower than {}"),
        (equal, "not shown to differ from {}"),
    ):
        if rows:
            each = "; ".join(
                f"{row['optimizer']} {speed_up(row)}{_in_gradients(row)}" for row in rows
            )
            yield f"Speed-up of those {said.format(rows[0]['baseline'])}: {each}."
    if saturated:
        yield reaches(
            {**saturated[0], "optimizer": listed_names(r["optimizer"] for r in saturated)}
        )
    for name in dict.fromkeys(row["optimizer"] for row in every):
        yield from _at_several([row for row in every if row["optimizer"] == name])


def is_faster(row: Row) -> bool:
    """Return whether a whole interval of a speed-up is above 1."""
    return row["low"] is not None and row["low"] > 1


def reaches(row: Row) -> str:
    """Return in how many steps an optimizer reaches what the baseline reaches in how many.

    Parameters
    ----------
    row : mapping
        A row of ``speed_up``, with display names.
    """
    optimizer, baseline, steps = row["optimizer"], row["baseline"], row["steps"]
    if row["known"] == "unfinished":
        return f"Runs were lost, so there is no speed-up of {optimizer} over {baseline}."
    if row["known"] == "saturated":
        return (
            f"Longer runs do not improve the {metric_words(row['metric'])} of {baseline}, so there "
            f"is no speed-up of {optimizer}."
        )
    low, high = (
        None if row[end] is None else f"{steps * row[end]:,.0f}" for end in ("low", "high")
    )
    reach = {
        "between": f"{low} to {high}",
        "at least": f"at least {low}",
        "at most": f"at most {high}",
        "unknown": "an unknown number",
    }[row["known"]]
    many = row["baseline_steps"]
    told = f"{many:,.0f} (95 %: {reach})" if many else f"{reach} (95 %)"
    said = f"{optimizer} reaches in {steps:,} steps what {baseline} reaches in {told}"
    said += _in_gradients(row)
    return f"{said}."


def _in_gradients(row: Row) -> str:
    """Return the speed-up in gradients, if it is not that in steps."""
    if abs(row["cost_of_step"] - 1) < LEAST_COST:
        return ""
    return f", in gradients {speed_up(row | {end: row[f'{end}_in_gradients'] for end in FACTORS})}"


def _at_several(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the speed-ups of one optimizer at several horizons, and whether they shrink."""
    known = [row for row in rows if row["known"] == "between"]
    if len(known) < 2:
        return
    said = listed_names(f"{speed_up(row)} in {row['steps']:,}" for row in known)
    first, last = known[0], known[-1]
    change = "is not shown to change with the length of a run"
    if first["low"] and last["high"] and last["high"] < first["low"]:
        change = "shrinks with the length of a run"
    elif first["high"] and last["low"] and first["high"] < last["low"]:
        change = "grows with the length of a run"
    yield f"The speed-up of {first['optimizer']} {change}: {said} steps."
