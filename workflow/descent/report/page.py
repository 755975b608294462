"""The page: the study's tables, findings and figures, laid out by ``page.html``.

The same tables and figures give the same bytes. The page loads nothing from a network, and names
from the config are escaped.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import shlex
from pathlib import Path
from urllib.parse import quote

import jinja2

from descent.analysis import findings
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import BAD, GOOD, INK, palette
from descent.report import overview
from descent.report.figures import page_figures
from descent.report.pictures import picture
from descent.report.tables import sortable_table

_TEMPLATES = Path(__file__).parent


def page(tables: StudyTables, folder: Path) -> str:
    """Return the page of a study as HTML.

    Parameters
    ----------
    tables : StudyTables
        The tables of a finished study.
    folder : Path
        The study's folder as seen from the page, for links to files.

    Returns
    -------
    str
        A self-contained page.

    Raises
    ------
    FileNotFoundError
        If a table or a figure of the study is not there.
    """
    config = tables.config
    pictures = [picture(place, tables.folder) for place in page_figures(config)]
    of_problems = [findings.of_problem(tables, problem) for problem in tables.problems]
    sortable = ("leaderboard", "sensitivity", "comparisons", "tuning_budget")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = sentence
    script = environment.get_template("page.js").render()
    return environment.get_template("page.html").render(
        study=config["study"],
        question=overview.question(config),
        tracks=overview.tracks(config),
        problems=overview.problems(config),
        optimizers=overview.optimizers(config),
        how=findings.how_it_was_run(tables),
        warnings=findings.warnings(tables),
        sections=[
            findings.summary(tables),
            *of_problems,
            findings.over_all_problems(tables),
            findings.notable(tables),
        ],
        tables={name: sortable_table(tables, name) for name in sortable if len(tables[name])},
        groups=[
            (group, list(members))
            for group, members in itertools.groupby(pictures, lambda shown: shown.figure.group)
        ],
        colours={
            tables.optimizer_titles[name]: look.colour
            for name, look in palette(tables.optimizers).items()
        },
        ink=INK,
        good=GOOD,
        bad=BAD,
        link=lambda file: quote(f"{folder.as_posix()}/{file}"),
        results=f"results/{config['study']}",
        command=f"snakemake --cores 8 --configfile {_in_results(config, 'provenance/config.json')}",
        redo=(
            f"python -m descent.report {_in_results(config, 'study.json')} "
            f"--output {_in_results(config, 'report/index.html')}"
        ),
        verify=f"python -m descent.reproducibility.verify {_in_results(config)}",
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def sentence(text: str) -> str:
    """Return text with a full stop at its end, unless it has one."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _in_results(config: dict[str, str], file: str = "") -> str:
    return shlex.quote("/".join(part for part in ("results", config["study"], file) if part))
