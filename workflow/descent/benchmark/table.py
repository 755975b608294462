"""The benchmarks as Markdown tables, with the machine they were measured on.

``python -m descent.benchmark.table results/benchmark --output results/benchmark/benchmark.md``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from descent.benchmark.measurement import FASTEST_KERNELS, OURS, PRODUCTS, PYTORCH
from descent.foundation.command_line import command_parser
from descent.training.machine import machine

#: Columns of candidates: PyTorch's default implementation, and its fastest one.
DEFAULT, FASTEST = f"{PYTORCH}, default", f"{PYTORCH}, fastest"
#: Tables that compare candidates, by title: what is measured, with its unit; what to multiply
#: values with; and the columns beside ours.
COMPARISONS: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "An epoch": ("ms an epoch", 1e3, (PRODUCTS, DEFAULT, FASTEST)),
    "A whole run": ("s from start to end of the process", 1.0, (FASTEST_KERNELS, PYTORCH)),
    "A step of an optimizer": ("ns a parameter", 1.0, (DEFAULT, FASTEST)),
}
#: In which of them a benchmark is, and what it puts before the names of its rows.
ROWS = {
    "mlp_epoch": ("An epoch", "multilayer perceptron, "),
    "softmax_epoch": ("An epoch", "softmax regression, "),
    "mlp_run": ("A whole run", "multilayer perceptron, "),
    "language_model_run": ("A whole run", "language model, "),
    "optimizer_step": ("A step of an optimizer", ""),
}


def tables(measured: Mapping[str, pd.DataFrame]) -> str:
    """Return all tables as Markdown.

    Parameters
    ----------
    measured : mapping of str to DataFrame
        Measurements by benchmark; a table without any is left out.

    Returns
    -------
    str
        A section for each kind of benchmark; what was not measured is a dash.
    """
    rows: dict[str, list[pd.DataFrame]] = {title: [] for title in COMPARISONS}
    for benchmark, (title, beginning) in ROWS.items():
        if benchmark in measured:
            table = measured[benchmark]
            rows[title].append(table.assign(case=beginning + table["case"]))
    sections = {title: compare(title, pd.concat(of)) for title, of in rows.items() if of}
    return "\n".join("\n".join([f"### {t}", "", *lines, ""]) for t, lines in sections.items())


def compare(title: str, rows: pd.DataFrame) -> list[str]:
    """Return a table with a row for each case: the candidates, and their time divided by ours.

    Parameters
    ----------
    title : str
        A key of ``COMPARISONS``.
    rows : DataFrame
        Measurements.
    """
    quantity, scale, others = COMPARISONS[title]
    wide = rows.pivot_table("value", "case", "candidate", sort=False) * scale
    wide[FASTEST] = wide.filter(like=PYTORCH).min(axis=1)
    wide = wide.reindex(columns=[OURS, *others])
    ratios = wide[list(others)].div(wide[OURS], axis=0)
    body = [[str(case), *map(_number, [*wide.loc[case], *ratios.loc[case]])] for case in wide.index]
    header = [quantity, *wide.columns, *(f"{name} / {OURS}" for name in others)]
    rule = ["---", *["---:"] * (len(header) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (header, rule, *body)]


def _number(value: float) -> str:
    """Return a number with three digits, or all of those before the point; a dash if missing."""
    if pd.isna(value):
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def machine_and_versions() -> str:
    """Return the machine and the versions in one paragraph."""
    found = machine()
    for name in ("torch", "snakemake"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return "; ".join(f"{name}: {value}" for name, value in found.items()) + "."


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the tables."""
    parser = command_parser("descent.benchmark.table", __doc__)
    parser.add_argument("folder", type=Path, help="where the CSV files are")
    parser.add_argument("--output", type=Path, required=True, help="Markdown file")
    options = parser.parse_args(arguments)
    files = sorted(options.folder.glob("*.csv"))
    measured = {file.stem: pd.read_csv(file) for file in files}
    text = f"Measured on: {machine_and_versions()}\n\n{tables(measured)}"
    options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
