"""The page of a study: whole, the same bytes every time, and deaf to names that are HTML."""

import base64
import hashlib
import itertools
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pandas as pd
import pytest
from study_page import made, written

from descent.analysis import answer, findings
from descent.analysis.tables.formatting import metric_value
from descent.analysis.tables.study_tables import StudyTables
from descent.figures import style
from descent.figures.drawing import Drawing, Mark
from descent.figures.style import LOOKS
from descent.report import figures
from descent.report.__main__ import main
from descent.report.charts import MEASURES, PLACES
from descent.report.colours import DARK, contrast, on_dark
from descent.report.svg import PageDrawings
from descent.verdicts.sentences import verdicts_of

TABLES = ("sensitivity", "comparisons")
EMPTY = {"meta", "img", "br", "link", "input"}


class Reader(HTMLParser):
    """Collects what the tests ask for, and checks that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.tables, self.scripts = {}, []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in EMPTY:
            self.open.append((tag, attributes))
        if tag == "script":
            self.scripts.append([attributes, ""])
        table = self.table
        if table is not None and tag == "tr":
            self.tables[table].append([])
        if table is not None and tag in ("th", "td"):
            self.tables[table][-1].append([attributes, ""])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        tags = [tag for tag, _ in self.open]
        if "script" in tags:
            self.scripts[-1][1] += text
        elif "style" not in tags:
            self.texts.append(text)
            if self.table is not None and {"th", "td"} & set(tags):
                self.tables[self.table][-1][-1][1] += text.strip()

    @property
    def table(self):
        """The sortable table that is being read."""
        if "table" not in [tag for tag, _ in self.open]:
            return None
        of = {
            key: a[key] for _, a in self.open for key in ("data-problem", "data-track") if key in a
        }
        names = [a.get("id") for _, a in self.open if a.get("class") == "sortable"]
        if not names:
            return None
        name = names[0].removeprefix("table-") if names[0] else tuple(of.values())[:2]
        self.tables.setdefault(name, [])
        return name

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    made(folder, change=out_of_time)
    return folder


def out_of_time(record):
    if (record.problem, record.optimizer, record.seed) == ("network", "sgd", 10):
        record.status = "timeout"


def named(folder, column):
    """Return the config entries that a column names; none for the tracks."""
    config = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    return config[f"{column}s"] if column != "track" else {}


@pytest.fixture(scope="module")
def page(folder):
    return written(folder)


@pytest.fixture(scope="module")
def read(page):
    return Reader(page)


def test_the_same_study_gives_the_same_bytes(folder, page):
    assert written(folder, "report/again.html") == page


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_every_table_is_there(folder, read, name):
    headers, *rows = read.tables[name]
    known = [text for _, text in headers]
    expected = pd.read_csv(folder / "tables" / f"{name}.csv")
    for column in ("problem", "track", "optimizer"):
        if column in expected:
            shown = [row[known.index(column)][1] for row in rows]
            titles = {name: entry["title"] for name, entry in named(folder, column).items()}
            assert shown == [titles.get(key, key) for key in expected[column]]


@pytest.mark.parametrize(
    ("name", "header", "column"),
    [
        ("sensitivity", "best", "best"),
        ("comparisons", "difference", "difference"),
        ("comparisons", "seeds", "seeds"),
    ],
)
def test_a_column_of_numbers_is_sorted_by_its_numbers(folder, read, name, header, column):
    headers, *rows = read.tables[name]
    place = [text for _, text in headers].index(header)
    assert "data-numeric" in headers[place][0]
    found = [row[place][0].get("data-sort", row[place][1]) for row in rows]
    table = pd.read_csv(folder / "tables" / f"{name}.csv")
    percent = table["metric"].str.endswith("accuracy") & (column in ("difference", "best"))
    expected = table[column] * percent.map({True: 100, False: 1})
    numbers = [None if pd.isna(number) else number for number in expected]
    assert found == ["-" if number is None else f"{number:.8g}" for number in numbers]


BOARDS = [(p, t) for p in ("network", "valley") for t in ("tuned", "default")]


@pytest.mark.parametrize(("problem", "track"), BOARDS)
def test_every_leaderboard_is_that_of_the_table(folder, read, problem, track):
    headers, *rows = read.tables[problem, track]
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    board = board[(board["problem"] == problem) & (board["track"] == track)].sort_values("rank")
    known = [text for _, text in headers]
    titles = {name: entry["title"] for name, entry in named(folder, "optimizer").items()}
    assert [row[known.index("optimizer")][1] for row in rows] == [
        titles[name] for name in board["optimizer"]
    ]
    scale = 100 if board["metric"].iloc[0].endswith("accuracy") else 1
    mean = next(i for i, header in enumerate(known) if header.endswith("is better"))
    for row, expected in zip(rows, board.to_dict("records"), strict=True):
        attributes, shown = row[mean]
        assert float(attributes.get("data-sort", shown)) == pytest.approx(scale * expected["mean"])
        unfinished = f"{expected['unfinished']} of {expected['seeds']}"
        number, _, lost = shown.partition(" ")
        assert float(number) == pytest.approx(scale * expected["mean"], rel=1e-3)
        assert lost == (f"({unfinished} lost)" if expected["unfinished"] else "")
        assert row[known.index("unfinished")][1] == unfinished


@pytest.mark.parametrize(("problem", "track"), BOARDS)
def test_the_verdict_of_a_leaderboard_is_that_of_the_comparison_with_the_first(
    folder, read, problem, track
):
    headers, *rows = read.tables[problem, track]
    place = [text for _, text in headers].index("verdict")
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    board = board[(board["problem"] == problem) & (board["track"] == track)].sort_values("rank")
    pairs = pd.read_csv(folder / "tables" / "comparisons.csv")
    pairs = pairs[(pairs["problem"] == problem) & (pairs["track"] == track)]
    first, *others = board["optimizer"]
    assert rows[0][place][1] == "-"
    for name, row in zip(others, rows[1:], strict=True):
        (pair,) = pairs[
            (pairs["optimizer"] == first) & (pairs["rival"] == name)
            | (pairs["optimizer"] == name) & (pairs["rival"] == first)
        ].to_dict("records")
        behind = pair["optimizer"] == first
        said = pair["verdict"].replace("better", "worse") if behind else pair["verdict"]
        assert row[place][1].startswith(said.replace(" and ", ", "))


def test_each_number_of_a_leaderboard_leads_to_the_records_of_its_runs(folder, read):
    linked = {a["href"] for a in read.all("a") if a["href"].startswith("../runs/")}
    counting = StudyTables(folder / "study.json").rows("runs", counts=True)
    evaluated = {
        f"../runs/{run['problem']}/{run['optimizer']}/{run['candidate']}/seed-{run['seed']}.json"
        for run in counting
    }
    assert linked - {"../runs/"} == evaluated != set()


def test_without_the_script_no_control_is_shown_that_does_nothing(read):
    (form,) = read.all("form")
    assert "hidden" in form
    within = [a for tag, a in read.elements if tag == "button"]
    assert len(within) == 3
    assert all(a["name"] == "optimizer" for a in within)  # all of them are in the form


def test_a_figure_is_shown_with_its_caption_or_linked_where_a_chart_takes_its_place(folder, read):
    config = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    places = figures.page_figures(config)
    shown = [base64.b64decode(image["src"].split(",")[1]) for image in read.all("img")]
    embedded = [place for place in places if place.embedded]
    assert shown == [(folder / f"{place.stem}.svg").read_bytes() for place in embedded] != []
    linked = [a["href"] for a in read.all("a")]
    for place in places:
        assert {f"../{place.stem}.{suffix}" for suffix in ("pdf", "svg", "png")} <= set(linked)
    for place in embedded:
        assert (folder / f"{place.stem}.txt").read_text(encoding="utf-8") in read.text
    drawn = {path.relative_to(folder) for path in (folder / "figures").rglob("*.svg")}
    assert {path.with_suffix("").as_posix() for path in drawn} == {place.stem for place in places}


def test_no_figure_of_times_is_there(folder):
    config = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    assert not [file for file in figures.files(config) if not file.startswith("figures/")]


def test_warnings_and_findings_are_there(folder, read):
    messages = pd.read_csv(folder / "tables" / "warnings.csv")["message"]
    assert len(messages)
    for message in messages:
        assert " ".join(message.replace("`", "").split()) in read.text
    pairs = pd.read_csv(folder / "tables" / "comparisons.csv").groupby(["problem", "track"]).size()
    assert f"verdicts on {pairs.iloc[0]} pairs" in read.text


def test_the_first_screen_answers_each_problem_in_one_sentence(folder, page):
    first = Reader(page[page.index('<section id="answer"') : page.index("<nav")])
    tables = StudyTables(folder / "study.json")
    for problem, title in tables.problem_titles.items():
        said = answer.of_problem(tables, problem).text
        assert f"{title}{said[:1].upper()}{said[1:]}" in first.text
        board = tables.of("leaderboard", problem=problem, track="tuned")
        for row in board.to_dict("records"):
            assert metric_value(row["mean"], row["metric"]) in first.text


def test_nothing_comes_from_a_network(read):
    assert read.all("link") == read.all("iframe") == []
    assert read.all("script") == [{}]
    assert all(image["src"].startswith("data:image/") for image in read.all("img"))
    assert not [a["href"] for a in read.all("a") if ":" in a["href"] or a["href"][0] == "/"]


def test_only_our_scripts_may_run(read):
    (policy,) = [m["content"] for m in read.all("meta") if "http-equiv" in m]
    digests = [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for attributes, text in read.scripts
        if not attributes
    ]
    assert f"script-src {' '.join(digests)}" in policy
    assert "default-src 'none'" in policy
    assert "eval" not in policy


def test_links_lead_to_the_files_of_the_study(folder, read):
    linked = [a["href"] for a in read.all("a") if not a["href"].startswith("#")]
    here = [link for link in linked if "/tables/" in link]
    assert len(here) > 4
    for link in here:
        assert (folder / "report" / link).exists()


def test_links_within_the_page_lead_somewhere(page):
    shown = Reader(re.sub(r"<template .*?</template>", "", page, flags=re.DOTALL))
    names = {attributes["id"] for _, attributes in shown.elements if "id" in attributes}
    assert {a["href"][1:] for a in shown.all("a") if a["href"].startswith("#")} <= names
    assert len(names) == sum("id" in attributes for _, attributes in shown.elements)


def test_no_gap_in_any_sentence(read):
    assert not re.search(r"\bnan\b|\bNone\b|\{\{|`", read.text)


def test_no_name_is_read_as_html(tmp_path):
    evil = '"><b/onx=f()>&amp;`'  # without blanks, as all names
    made(
        tmp_path,
        optimizers=("sgd", evil),
        problems=("valley", f"network_{evil}"),
        study=f"study {evil}'",
    )
    text = written(tmp_path)
    read = Reader(text)
    handlers = [name for _, attributes in read.elements for name in attributes if name[:2] == "on"]
    assert handlers == []
    assert read.all("b") == []
    assert all(image["src"].startswith("data:") for image in read.all("img"))
    assert len(read.all("script")) == 1
    assert evil in {button.get("value") for button in read.all("button")}
    assert any(evil in group["data-about"] for group in read.all("g") if "data-about" in group)
    headers, *rows = read.tables["comparisons"]
    known = [text for _, text in headers]
    names = {row[known.index(header)][1] for row in rows for header in ("optimizer", "rival")}
    assert names == {"SGD", evil}


@pytest.mark.parametrize(
    "lost", ["tables/leaderboard.csv", "figures/network/predicted_digits.svg", "study.json"]
)
def test_a_missing_file_gives_one_sentence_and_no_page(tmp_path, capsys, lost):
    made(tmp_path)
    (tmp_path / lost).unlink()
    page = tmp_path / "page.html"
    assert main([str(tmp_path / "study.json"), "--output", str(page)]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / lost) in sentence
    assert not page.exists()


def test_those_that_may_be_the_best_are_marked(folder, read):
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    marked = [row for row in read.all("tr") if row.get("class") == "leads"]
    assert len(marked) == board["contender"].sum() > 0


def test_a_study_that_tunes_nothing_has_no_empty_table(tmp_path):
    made(tmp_path, tracks=("default",))
    tables = set(Reader(written(tmp_path)).tables)
    assert tables == {("network", "default"), ("valley", "default"), "comparisons"}


def test_a_study_with_pdf_alone_has_links(tmp_path):
    config = made(tmp_path, figures={"formats": ["pdf"]})
    read = Reader(written(tmp_path))
    assert read.all("img") == []
    linked = [a["href"] for a in read.all("a") if a["href"].endswith(".pdf")]
    assert set(linked) == {f"../{place.stem}.pdf" for place in figures.page_figures(config)}


def test_the_focus_is_answered_first_against_each_other_rule(tmp_path):
    made(tmp_path, focus="lion", evaluation_seeds=tuple(range(10, 30)))
    page = written(tmp_path)
    assert re.search(r"<h1>Is Lion better than each of the 2 other rules", page)
    tables = StudyTables(tmp_path / "study.json")
    first = Reader(page[page.index('<section id="answer"') : page.index("<nav")])
    for problem in tables.problems:
        assert verdicts_of("Lion", tables.pairs(problem, titled=True)) in first.text
    section = findings.the_answer(tables)
    assert section.title == "Is Lion better than each of the 2 other rules on 2 problems?"
    assert [row.cells[0].text for row in section.table.rows] == ["SGD", "Adam"]
    text = findings.findings(tables)
    assert text.index(f"## {section.title}") < text.index("## Which optimizer is best")


def test_a_study_of_one_optimizer_has_a_page(tmp_path):
    made(tmp_path, optimizers=("adam",))
    read = Reader(written(tmp_path))
    assert "How does Adam do on 2 problems?" in read.text
    assert "There is no pair to compare." in read.text


def test_there_is_one_chart_for_every_choice(read):
    shown = Counter(
        (chart["data-place"], chart["data-problem"], track, measure)
        for chart in read.all("template")
        for track in chart["data-tracks"].split()
        for measure in chart["data-measures"].split()
    )
    choices = itertools.product(PLACES, ("network", "valley"), ("tuned", "default"), MEASURES)
    assert shown == dict.fromkeys(choices, 1)


@pytest.mark.parametrize(("problem", "track"), BOARDS)
def test_a_chart_tells_the_numbers_of_its_table(folder, page, problem, track):
    (chart,) = re.findall(
        rf'<template data-place="final" data-problem="{problem}" data-tracks="{track}" '
        r'data-measures="result loss">(.*?)</template>',
        page,
        re.DOTALL,
    )
    told = {
        mark["data-optimizers"]: [said for _, _, said in json.loads(mark["data-points"])]
        for mark in Reader(chart).all("g")
        if "data-points" in mark
    }
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    board = board[(board["problem"] == problem) & (board["track"] == track)]
    assert set(told) == set(board["optimizer"])
    for row in board.to_dict("records"):
        (mean,) = [said for said in told[row["optimizer"]] if said.startswith("mean ")]
        for value in (row["mean"], row["low"], row["high"]):
            assert metric_value(value, row["metric"]) in mean
        finished = row["seeds"] - row["unfinished"]
        assert sum(said.startswith("seed ") for said in told[row["optimizer"]]) == finished


def test_a_drawing_of_the_page_says_what_the_figure_says():
    figure = style.new_figure()
    axes = figure.subplots()
    line = axes.plot([1, 2], [0.001, 0.123456])
    axes.set(yscale="log", xlabel="0.00123 of <b>", title="not on the page")
    marks = [Mark("a", line, "A & 'B'", [(1, 0.001, "one"), (2, math.inf, "nowhere")])]
    drawn = Reader(PageDrawings({}).svg(Drawing(figure, "", marks=marks)))
    assert "0.00123 of <b>" in drawn.text
    assert "not on the page" not in drawn.text
    (group,) = (of for of in drawn.all("g") if "data-points" in of)
    assert (group["data-optimizers"], group["data-about"]) == ("a", "A & 'B'")
    ((x, y, said),) = json.loads(group["data-points"])
    assert said == "one"
    path = next(
        of["d"] for tag, of in drawn.elements[drawn.elements.index(("g", group)) :] if tag == "path"
    )
    assert [float(number) for number in re.findall(r"[\d.]+", path)[:2]] == pytest.approx(
        [x, y], abs=0.6
    )


def test_a_chart_has_the_colours_and_the_texts_of_the_page(page):
    charts = page[page.index("<template") : page.index('<section id="findings"')]
    assert not re.search(r"#[0-9a-f]{6}", charts)
    assert "<text" in charts
    rules = re.findall(r"^\.s\d+ \{ (.*) \}$", page, re.MULTILINE)
    assert len(rules) > 10
    assert not [rule for rule in rules if re.search("fill: #|stroke: #|font-family", rule)]


def test_a_colour_is_legible_on_the_dark_page():
    dark = [int(DARK[i : i + 2], 16) for i in (1, 3, 5)]
    for look in LOOKS.values():
        light = on_dark(look.colour)
        assert contrast([int(light[i : i + 2], 16) for i in (1, 3, 5)], dark) >= 4.5
    assert on_dark("#ffffff") == "#ffffff"


def test_planning_and_training_do_not_load_the_library_of_the_charts():
    program = (
        "import sys, descent.report.figures, descent.training.job; "
        "sys.exit('matplotlib' in sys.modules)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert (
        subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode
        == 0
    )
