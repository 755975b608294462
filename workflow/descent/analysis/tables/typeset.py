"""Tables as a paper shows them: LaTeX for ``booktabs``, and Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from descent.study.measures import higher_is_better

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
#: Header of a column and what its cells say.
Cells = dict[str, Callable[[Row], str]]

MISSING = "-"
MINUS = "\N{MINUS SIGN}"
#: Columns that name an optimizer; in the sensitivity table ``best`` is a number, and stays.
_OPTIMIZERS = ("optimizer", "rival", "best", "overtakes")
#: Columns that list optimizers, with blanks between their names.
_LISTS = ("better_than", "worse_than", "equivalent_to", "undecided_with")


def missing(value: Any) -> bool:
    """Return whether a cell of a table is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Any, spec: str = ".3g") -> str:
    """Return a number, or a dash where there is none."""
    return MISSING if missing(value) else f"{value:{spec}}"


def metric_name(metric: str) -> str:
    """Return ``test_accuracy`` as ``test accuracy (%)``; a metric that is no share has no unit."""
    text = metric.replace("_", " ")
    return f"{text} (%)" if metric.endswith("accuracy") else text


def metric_value(value: Any, metric: str) -> str:
    """Return a value of a metric: an accuracy in percent with two decimals."""
    if missing(value):
        return MISSING
    return f"{100 * value:.2f}" if metric.endswith("accuracy") else f"{value:.4g}"


def metric_difference(value: Any, metric: str) -> str:
    """Return a difference of a metric with its unit: ``0.12 points``."""
    if missing(value):
        return MISSING
    if metric.endswith("accuracy"):
        return f"{100 * value:.2f} points"
    return f"{value:.3g}"


def signed_difference(value: float, metric: str) -> str:
    """Return a difference of a metric with its sign and unit: ``+0.12 points``."""
    return ("+" if value >= 0 else MINUS) + metric_difference(abs(value), metric)


def _interval(low: str, high: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        if missing(row[low]):
            return MISSING
        return (
            f"[{metric_value(row[low], row['metric'])}, {metric_value(row[high], row['metric'])}]"
        )

    return cell


def _metric(column: str) -> Callable[[Row], str]:
    return lambda row: metric_value(row[column], row["metric"])


def _text(column: str) -> Callable[[Row], str]:
    return lambda row: MISSING if missing(row[column]) else str(row[column])


def _number(column: str, spec: str = ".3g") -> Callable[[Row], str]:
    return lambda row: number(row[column], spec)


def _chosen_rate(row: Row) -> str:
    return number(row["learning_rate"]) + (" (edge)" if row["on_edge"] else "")


def _decades(row: Row) -> str:
    return ("≥ " if row["robust_censored"] else "") + number(row["robust_decades"], ".2f")


def _reached(row: Row) -> str:
    return f"{row['target_reached']:.0f}/{row['seeds']}" if row["target_reached"] >= 0 else MISSING


def _share(column: str) -> Callable[[Row], str]:
    return lambda row: number(100 * row[column], ".0f")


SHOWN: dict[str, Cells] = {
    "leaderboard": {
        "problem": _text("problem"),
        "track": _text("track"),
        "rank": _text("rank"),
        "optimizer": _text("optimizer"),
        "metric": lambda row: metric_name(row["metric"]),
        "mean": _metric("mean"),
        "95 % interval": _interval("low", "high"),
        "unfinished": lambda row: f"{row['unfinished']}/{row['seeds']}",
        "better than": _text("better_than"),
        "equivalent to": _text("equivalent_to"),
        "undecided with": _text("undecided_with"),
        "learning rate": _chosen_rate,
        "on target": _reached,
        "epochs to target": _number("median_epochs_to_target"),
    },
    "comparisons": {
        "problem": _text("problem"),
        "track": _text("track"),
        "optimizer": _text("optimizer"),
        "verdict": _text("verdict"),
        "rival": _text("rival"),
        "metric": lambda row: metric_name(row["metric"]),
        "difference": lambda row: metric_value(row["difference"], row["metric"]),
        "interval": _interval("low", "high"),
        "margin": lambda row: metric_value(row["margin"], row["metric"]),
        "seeds": _text("seeds"),
        "on other data": _interval("low_other_data", "high_other_data"),
    },
    "sensitivity": {
        "problem": _text("problem"),
        "optimizer": _text("optimizer"),
        "metric": lambda row: metric_name(row["metric"]),
        "best learning rate": _number("best_learning_rate"),
        "best": _metric("best"),
        "worst finite": _metric("worst"),
        "robust decades": _decades,
        "competitive decades": _number("competitive_decades", ".2f"),
        "unfinished (%)": _share("divergence_rate"),
    },
    "tuning_budget": {
        "problem": _text("problem"),
        "track": _text("track"),
        "trials": _text("trials"),
        "optimizer": _text("optimizer"),
        "metric": lambda row: metric_name(row["metric"]),
        "expected best": _metric("expected_best"),
        "rank": _number("rank"),
    },
    "warnings": {"check": _text("check"), "warning": _text("message")},
    "cost": {
        "problem": _text("problem"),
        "optimizer": _text("optimizer"),
        "ms per step": _number("milliseconds_per_step"),
        "quartiles": lambda row: (
            f"[{number(row['milliseconds_low'])}, {number(row['milliseconds_high'])}]"
        ),
        "in the optimizer (%)": _share("optimizer_share"),
        "state (bytes per parameter)": _number("state_bytes_per_parameter"),
        "training (s)": _number("training_seconds"),
    },
}

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "≥": r"$\geq$",
}


def with_titles(
    table: pd.DataFrame, problems: Mapping[str, str], optimizers: Mapping[str, str]
) -> pd.DataFrame:
    """Return a table with display names in place of the names of config entries.

    Parameters
    ----------
    table : DataFrame
        Any table of a study.
    problems, optimizers : mapping of str to str
        Display names by the name of the entry.

    Returns
    -------
    DataFrame
        A copy; only the columns that name problems and optimizers differ.
    """
    titles = {"problem": problems, **dict.fromkeys(_OPTIMIZERS, optimizers)}
    shown = {c: table[c].replace(titles[c]) for c in titles if c in table}
    for column in _LISTS:
        if column in table:
            shown[column] = table[column].map(
                lambda cell: (
                    cell if missing(cell) else ", ".join(optimizers[o] for o in cell.split())
                )
            )
    return table.assign(**shown)


def latex(name: str, table: pd.DataFrame) -> str:
    """Return a table as LaTeX's ``tabular``, to be put into a ``table`` of the paper.

    Parameters
    ----------
    name : str
        One of ``SHOWN``.
    table : DataFrame
        The whole table.

    Returns
    -------
    str
        The ``tabular``, with a thin rule between problems; needs ``booktabs``.
    """
    cells = SHOWN[name]
    columns = " ".join("p{0.75\\linewidth}" if header == "warning" else "l" for header in cells)
    lines = [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        " & ".join(map(_escape, cells)) + r" \\",
        r"\midrule",
    ]
    before = None
    for row in _rows(table):
        if before is not None and row.get("problem") != before and name != "warnings":
            lines.append(r"\addlinespace")
        before = row.get("problem")
        lines.append(" & ".join(_escape(cell(row)) for cell in cells.values()) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def markdown(name: str, table: pd.DataFrame) -> str:
    """Return a table as Markdown.

    Parameters
    ----------
    name : str
        One of ``SHOWN``.
    table : DataFrame
        The whole table.
    """
    if name == "warnings" and table.empty:
        return "No warnings.\n"
    cells = SHOWN[name]
    lines = ["| " + " | ".join(cells) + " |", "| " + " | ".join("---" for _ in cells) + " |"]
    for row in _rows(table):
        shown = (cell(row).replace("|", r"\|") for cell in cells.values())
        lines.append("| " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _rows(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in table.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def better_word(metric: str) -> str:
    """Return which direction of a metric is better, for a label: ``higher is better``."""
    return "higher is better" if higher_is_better(metric) else "lower is better"
