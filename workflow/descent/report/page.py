"""The page: the study's answer, figures, tables and files, laid out by ``page.html``.

The same tables and figures give the same bytes. The page loads nothing from a network, and names
from the config are escaped.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from descent.analysis import answer, findings
from descent.analysis.tables import display
from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import BAD, GOOD, INK, MUTED, palette
from descent.figures.test_metric import FRONT_COLOUR
from descent.figures.verdicts import SHOWN as VERDICT_SHADES
from descent.report import answer_map, overview
from descent.report.charts import MEASURES, PLACES, Chart, charts
from descent.report.colours import DARK, on_dark
from descent.report.figures import page_figures
from descent.report.svg import PageDrawings
from descent.study.titles import capitalized

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
        If a table or an embedded figure of the study is not there.
    ValueError
        If names are so long that a chart has no room for them.
    """
    config = tables.config
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"sentence": sentence, "capitalized": capitalized}
    records = {
        (problem, track): records_of(tables, problem, track)
        for problem in tables.problems
        for track in config["tracks"]
    }
    record = next(iter(records.values()))[tables.optimizers[0]]
    script = environment.get_template("page.js").render()
    drawings = PageDrawings(_colours(tables))
    drawn = [_drawn(chart, drawings) for chart in charts(tables)]
    return environment.get_template("page.html").render(
        study=config["study"],
        question=answer.question(config),
        opening=answer.opening(tables),
        best=answer.best(tables),
        maps=list(filter(None, (answer_map.map_of_focus(tables), answer_map.map_of_front(tables)))),
        titles=tables.optimizer_titles,
        optimizers=[
            {"name": name, "title": tables.optimizer_titles[name], "colour": look.colour}
            for name, look in palette(tables.optimizers).items()
        ],
        dark=DARK,
        on_dark=on_dark,
        tracks=dict(sorted(overview.tracks(config), key=lambda shown: shown[0] != tables.track)),
        track=tables.track,
        measures=MEASURES,
        places=PLACES,
        problems=[
            {
                "name": problem,
                "title": title,
                "leaderboards": {
                    track: display.leaderboard(tables, problem, track, display.PAGE)
                    for track in config["tracks"]
                },
                "findings": findings.of_problem(tables, problem),
            }
            for problem, title in tables.problem_titles.items()
        ],
        records=records,
        tables={
            name: display.typeset_table(
                name, tables[name], tables.problem_titles, tables.optimizer_titles
            )
            for name in ("comparisons", "sensitivity")
            if len(tables[name])
        },
        file_name=file_name,
        schedules=findings.of_schedules(tables),
        over_all=findings.over_all_problems(tables),
        warnings=findings.warnings(tables),
        setup_problems=overview.problems(config),
        setup_optimizers=overview.optimizers(config),
        how=findings.how_it_was_run(tables),
        groups=[
            (group, [(figure, figure.source(tables.folder)) for figure in members])
            for group, members in itertools.groupby(page_figures(config), lambda of: of.group)
        ],
        study_folder=tables.folder,
        link=lambda file: quote(f"{folder.as_posix()}/{file}"),
        results=f"results/{config['study']}",
        commands=_commands(config, next(iter(record.values()))),
        charts=drawn,
        formats=config["figures"]["formats"],
        style_sheet=drawings.style_sheet,
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def sentence(text: str) -> str:
    """Return text with a full stop at its end, unless it has one."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def records_of(tables: StudyTables, problem: str, track: str) -> dict[str, dict[int, str]]:
    """Return the record that counts of each evaluation seed, below the study's folder."""
    runs = tables.rows("runs", problem=problem, track=track, counts=True)
    records: dict[str, dict[int, str]] = {name: {} for name in tables.optimizers}
    for run in sorted(runs, key=lambda run: run["seed"]):
        folder = f"runs/{problem}/{run['optimizer']}/{run['candidate']}"
        records[run["optimizer"]][run["seed"]] = f"{folder}/seed-{run['seed']}.json"
    return records


def _colours(tables: StudyTables) -> dict[str, str]:
    """Return the page's colour in place of each colour of the figures."""
    page = {
        "#ffffff": "--paper",
        "#e4e4e4": "--grid",
        INK: "--ink",
        MUTED: "--muted",
        GOOD: "--good",
        BAD: "--bad",
        FRONT_COLOUR: "--good-shade",
        **{
            shade: f"--verdict-{answer_map.kind_of(verdict)}"
            for verdict, (_, shade, _) in VERDICT_SHADES.items()
        },
        **{look.colour: f"--o{i}" for i, look in enumerate(palette(tables.optimizers).values())},
    }
    return {colour.lower(): f"var({name})" for colour, name in page.items()}


def _drawn(chart: Chart, drawings: PageDrawings) -> dict[str, Any]:
    """Return a chart as the template shows it."""
    shown = {
        "place": chart.place,
        "problem": chart.problem,
        "tracks": chart.tracks,
        "measures": chart.measures,
        "table": file_name(chart.table),
        "stem": f"figures/{chart.problem}/{chart.figure}" if chart.figure else None,
    }
    if isinstance(chart.shown, str):
        return shown | {"svg": None, "note": chart.shown}
    title = " ".join(chart.shown.figure.get_suptitle().split())
    return shown | {"title": title, "note": chart.shown.caption, "svg": drawings.svg(chart.shown)}


def _commands(config: dict[str, Any], record: str) -> dict[str, str]:
    """Return the commands that make what the page shows; ``record`` is the record of a run."""
    study = _in_results(config, "study.json")
    again = f"snakemake --cores 8 --configfile {_in_results(config, 'provenance/config.json')}"
    record = _in_results(config, record)
    return {
        "study": again,
        "record": f"rm {record} && snakemake {record} {again.removeprefix('snakemake ')}",
        "tables": f"python -m descent.analysis.tables.build {study}",
        "figures": f"python -m descent.figures.study_figures {study}",
        "page": (
            f"python -m descent.report {study} --output {_in_results(config, 'report/index.html')}"
        ),
        "verify": f"python -m descent.reproducibility.verify {_in_results(config)}",
    }


def _in_results(config: dict[str, Any], file: str = "") -> str:
    return shlex.quote("/".join(part for part in ("results", config["study"], file) if part))
