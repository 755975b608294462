"""The benchmark as Markdown tables, with the machine they were measured on.

``python -m descent.benchmark.table results/benchmark --output results/benchmark/benchmark.md``;
``--document docs/performance.md`` also puts them between the two marks in a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from descent.benchmark.rows import OURS, PRODUCTS, Row, fastest, read_rows
from descent.benchmark.whole_run import PLAIN
from descent.foundation.command_line import command_parser
from descent.training.machine import machine

#: Marks in a document; the tables are written between them.
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"

#: The epochs, by the name of their measurement.
EPOCHS = {
    "mlp_epoch": "multilayer perceptron",
    "rnn_epoch": "recurrent network",
    "softmax_epoch": "softmax regression",
    "logistic_epoch": "logistic regression",
}
#: Goals: at most so many times the floor, at least so many times as fast as PyTorch's
#: default and as its fastest.
TARGETS: dict[tuple[str, str], tuple[float | None, float | None, float | None]] = {
    ("mlp_epoch", "sgd"): (1.2, 1.6, 1.4),
    ("mlp_epoch", "rmsprop"): (1.35, 1.6, 1.4),
    ("mlp_epoch", "adam"): (1.45, 1.6, 1.4),
    ("rnn_epoch", "sgd"): (None, None, 2.5),
    ("rnn_epoch", "rmsprop"): (None, None, 2.5),
    ("rnn_epoch", "adam"): (None, None, 2.5),
}
#: Whole runs, by the name of their measurement.
RUNS = {"mlp_run": "multilayer perceptron", "rnn_run": "recurrent network"}
#: At least so many times as fast as a plain script.
RUN_TARGET = 4.0
#: Goals of what is measured of a study; of the wall time, in seconds, on two cores.
STUDY_TARGETS = {
    "wall time": "≤ 780",
    "all / training steps": "≤ 1.6",
    "evaluation / training steps": "≤ 0.35",
    "evaluation / training steps, mnist_mlp": "≤ 0.25",
}
MISSING = "-"
#: The figure in the document's folder that a document shows if it exists.
FIGURE = "images/benchmark.svg"


def tables(rows: Sequence[Row]) -> str:
    """Return all tables as Markdown.

    Parameters
    ----------
    rows : sequence of Row
        Of any of the measurements.

    Returns
    -------
    str
        One section a kind of measurement, the machine, and why what is missing is missing.
    """
    sections = [
        _section("An epoch", _epochs(rows)),
        _section("A whole run", _runs(rows)),
        _section("A step of an optimizer", _steps(rows)),
        _section("A study, everything included", _study(rows)),
        _section("Estimates before the first run", _estimates(rows)),
        _section("The workflow", _workflow(rows)),
        _section("Growth", _growth(rows)),
        _section("Not measured", _notes(rows)),
    ]
    return "\n".join(section for section in sections if section)


def provenance() -> str:
    """Return the machine and the versions in one paragraph."""
    found = machine()
    for name in ("scipy", "torch", "scikit-learn", "snakemake"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return "; ".join(f"{name}: {value}" for name, value in found.items()) + "."


def insert(document: str, content: str) -> str:
    """Return a document with what is between its marks replaced.

    Raises
    ------
    ValueError
        If it does not have the two marks.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the document must contain the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{content.strip()}\n\n{END}{after}"


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"### {title}", "", *lines, ""]) if lines else ""


def _table(header: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    lines = [" | ".join(cells) for cells in body]
    if not lines:
        return []
    rule = " | ".join(["---"] + ["---:"] * (len(header) - 1))
    return [f"| {line} |" for line in (" | ".join(header), rule, *lines)]


def _epochs(rows: Sequence[Row]) -> list[str]:
    body: list[list[str]] = []
    for measurement, title in EPOCHS.items():
        for case in dict.fromkeys(r.case for r in rows if r.measurement == measurement):
            of = {
                r.candidate: r.value
                for r in rows
                if (r.measurement, r.case) == (measurement, case) and r.value is not None
            }
            ours, floor = of.get(OURS), fastest(of, PRODUCTS)
            default, best = fastest(of, "PyTorch, default"), fastest(of, "PyTorch")
            to_floor, to_default, to_best = TARGETS.get((measurement, case), (None,) * 3)
            body.append(
                [
                    f"{title}, {case}",
                    _milliseconds(ours),
                    _milliseconds(floor),
                    _milliseconds(default),
                    _milliseconds(best),
                    _milliseconds(of.get("scikit-learn")),
                    _ratio(ours, floor, to_floor, "≤"),
                    _ratio(default, ours, to_default, "≥"),
                    _ratio(best, ours, to_best, "≥"),
                ]
            )
    header = (
        "ms an epoch", "ours", "products alone", "PyTorch, default", "PyTorch, fastest",
        "scikit-learn", "ours / products", "default / ours", "fastest / ours",
    )  # fmt: skip
    return _table(header, body)


def _steps(rows: Sequence[Row]) -> list[str]:
    names = (
        OURS,
        "memory traffic alone",
        *(f"PyTorch, {n}" for n in ("default", "foreach", "fused")),
    )
    of = [r for r in rows if r.measurement == "optimizer_step"]
    body = []
    for case in dict.fromkeys(r.case for r in of):
        values = {r.candidate: r.value for r in of if r.case == case}
        cells = [_number(values.get(name), "{:.2f}") for name in names]
        ratio = _ratio(values.get("PyTorch, default"), values.get(OURS), 1.0, "≥")
        body.append([case, *cells, ratio])
    return _table(("ns a parameter", *names, "default / ours"), body)


def _runs(rows: Sequence[Row]) -> list[str]:
    body = []
    for measurement, title in RUNS.items():
        for case in dict.fromkeys(r.case for r in rows if r.measurement == measurement):
            of = {
                r.candidate: r.value for r in rows if (r.measurement, r.case) == (measurement, case)
            }
            ours, plain = of.get(OURS), of.get(PLAIN)
            cells = [_number(ours, "{:.2f}"), _number(plain, "{:.2f}")]
            body.append([f"{title}, {case}", *cells, _ratio(plain, ours, RUN_TARGET, "≥")])
    return _table(("s from start to end of the process", OURS, PLAIN, "plain / ours"), body)


def _study(rows: Sequence[Row]) -> list[str]:
    body = [
        [r.case, _number(r.value, "{:.4g}"), r.unit, STUDY_TARGETS.get(r.case, ""), r.note]
        for r in rows
        if r.measurement == "study_share"
    ]
    return _table(("what", "measured", "unit", "target", "of what"), body)


def _estimates(rows: Sequence[Row]) -> list[str]:
    body = [
        [r.case, _number(r.value, "{:.2f}"), "0.67 to 1.5", r.note]
        for r in rows
        if r.measurement == "estimates"
    ]
    return _table(("problem", "estimated / taken", "target", "of what"), body)


def _workflow(rows: Sequence[Row]) -> list[str]:
    targets = {"overhead": "≤ 1.10", "nothing to do": "≤ 5", "dry run": "≤ 10"}
    body = [
        [
            r.case,
            _number(r.value, "{:.2f}"),
            r.unit,
            targets.get(r.case.partition(",")[0], ""),
            r.note,
        ]
        for r in rows
        if r.measurement == "study_cost" and r.size is None
    ]
    body += [
        [
            f"start: {r.case}",
            _number(r.value, "{:.3f}"),
            "s",
            "≤ 0.25" * (r.candidate == OURS),
            "",
        ]
        for r in rows
        if r.measurement == "job_start"
    ]
    body += [
        [
            f"memory: {r.case}",
            _number(r.value, "{:.0f}"),
            r.unit,
            "",
            r.note,
        ]
        for r in rows
        if r.measurement == "job_memory"
    ]
    return _table(("what", "measured", "unit", "target", "of what"), body)


def _growth(rows: Sequence[Row]) -> list[str]:
    body = [
        [r.case, f"{r.size:,.0f}", _number(r.value, "{:.1f}"), r.unit]
        for r in rows
        if r.size is not None and r.measurement in {"study_cost", "step_growth"}
    ]
    return _table(("what", "size", "cost", "unit"), body)


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = dict.fromkeys(r.note for r in rows if r.value is None and r.note)
    return [f"- {note}." for note in notes]


def _milliseconds(seconds: float | None) -> str:
    return _number(None if seconds is None else 1e3 * seconds, "{:.4g}")


def _number(value: float | None, form: str) -> str:
    return MISSING if value is None else form.format(value)


def _ratio(above: float | None, below: float | None, target: float | None, sense: str) -> str:
    """Return a ratio and its goal."""
    if above is None or below is None:
        return MISSING
    wanted = "" if target is None else f" ({sense} {target:g})"
    return f"{above / below:.2f}{wanted}"


def read_all(folder: Path) -> list[Row]:
    """Read the rows of all measurements in a folder."""
    return [row for file in sorted(folder.glob("*.csv")) for row in read_rows(file)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = command_parser("descent.benchmark.table", __doc__)
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    parser.add_argument("--output", type=Path, required=True, help="Markdown file")
    parser.add_argument("--document", type=Path, help="a document with the two marks")
    options = parser.parse_args(arguments)
    text = f"Measured on: {provenance()}\n\n{tables(read_all(options.folder))}"
    options.output.write_text(text, encoding="utf-8")
    if options.document is not None:
        figure = options.document.parent / FIGURE
        shown = f"![Epochs, steps and growth]({FIGURE})\n\n" if figure.is_file() else ""
        document = options.document.read_text(encoding="utf-8")
        options.document.write_text(insert(document, shown + text), encoding="utf-8")


if __name__ == "__main__":
    main()
