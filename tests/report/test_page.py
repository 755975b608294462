"""The page of a study: whole, the same bytes every time, and deaf to names that are HTML."""

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis.tables import build as tables
from descent.report import figures, pictures
from descent.report.__main__ import main

TABLES = ("leaderboard", "sensitivity", "comparisons", "tuning_budget")
EMPTY = {"meta", "img", "br", "link", "input"}


class Reader(HTMLParser):
    """Collects what the tests ask for, and checks that every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.tables, self.script = {}, ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in EMPTY:
            self.open.append((tag, attributes))
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
            self.script += text
        elif "style" not in tags:
            self.texts.append(text)
            if self.table is not None and {"th", "td"} & set(tags):
                self.tables[self.table][-1][-1][1] += text.strip()

    @property
    def table(self):
        """The sortable table that is being read."""
        names = [a["id"] for _, a in self.open if a.get("class") == "sortable"]
        if not names or "table" not in [tag for tag, _ in self.open]:
            return None
        self.tables.setdefault(names[0].removeprefix("table-"), [])
        return names[0].removeprefix("table-")

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def made(folder, **of_study):
    """Fabricate a study with its tables and stand-ins for its figures."""
    of_study = {
        "optimizers": ("sgd", "adam", "lion"),
        "problems": ("network", "valley"),
        "tuning_seeds": (0,),
        "points": 3,
        **of_study,
    }
    study = fabricate(folder, **of_study)
    assert tables.main([str(folder / "study.json")]) == 0
    for place in figures.page_figures(study.config):
        for file in place.files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            content = f'<svg width="504pt">{file}</svg>' if file.endswith("svg") else f"See {file}."
            (folder / file).write_text(content, encoding="utf-8")
    return study.config


def written(folder, name="report/index.html"):
    page = folder / name
    assert main([str(folder / "study.json"), "--output", str(page)]) == 0
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    made(folder)
    return folder


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
        ("leaderboard", "mean", "mean"),
        ("leaderboard", "rank", "rank"),
        ("leaderboard", "epochs to target", "median_epochs_to_target"),
        ("sensitivity", "best", "best"),
        ("comparisons", "seeds", "seeds"),
        ("tuning_budget", "trials", "trials"),
    ],
)
def test_a_column_of_numbers_is_sorted_by_its_numbers(folder, read, name, header, column):
    headers, *rows = read.tables[name]
    place = [text for _, text in headers].index(header)
    assert "data-numeric" in headers[place][0]
    found = [row[place][0].get("data-sort") for row in rows]
    table = pd.read_csv(folder / "tables" / f"{name}.csv")
    percent = table["metric"].str.endswith("accuracy") & (column in ("mean", "best"))
    expected = table[column] * percent.map({True: 100, False: 1})
    numbers = [None if pd.isna(number) else number for number in expected]
    assert found == [None if number is None else str(float(number)) for number in numbers]


def test_a_column_of_words_is_sorted_as_words(read):
    (headers, *rows) = read.tables["comparisons"]
    verdict = [text for _, text in headers].index("verdict")
    assert "data-numeric" not in headers[verdict][0]
    assert not any("data-sort" in row[verdict][0] for row in rows)


def test_a_cell_shows_what_it_is_sorted_by(read):
    headers, *rows = read.tables["leaderboard"]
    place = [text for _, text in headers].index("mean")
    for row in rows:
        attributes, shown = row[place]
        if "data-sort" in attributes:
            assert float(shown) == pytest.approx(float(attributes["data-sort"]), rel=1e-3)


def test_rows_can_be_chosen_by_problem_track_and_optimizer(page):
    form = page.split('id="table-leaderboard"')[1].split("</form>")[0]
    options = {
        name: re.findall(r"<option>(.*?)</option>", values)
        for name, values in re.findall(r'<select name="(.*?)"(.*?)</select>', form, re.DOTALL)
    }
    assert options["problem"] == ["MNIST, multilayer perceptron", "Rosenbrock function"]
    assert options["track"] == ["tuned", "default"]
    assert sorted(options["optimizer"]) == ["Adam", "Lion", "SGD"]


def test_without_the_script_no_control_is_shown_that_does_nothing(read):
    assert read.all("form")
    assert all("hidden" in form for form in read.all("form"))
    assert read.all("button") == []


def test_every_figure_is_there_with_its_caption(folder, read):
    config = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    shown = [base64.b64decode(image["src"].split(",")[1]) for image in read.all("img")]
    drawn = sorted(p for p in (folder / "figures").rglob("*.svg"))
    assert sorted(shown) == sorted(path.read_bytes() for path in drawn)
    assert len(drawn) == len(figures.page_figures(config)) > 10
    for path in drawn:
        assert path.with_suffix(".txt").read_text(encoding="utf-8") in read.text


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


def test_the_order_in_which_it_answers(page):
    order = ("overview", "warnings", "findings", "leaderboard", "figures", "tables", "files")
    places = [page.index(f'<section id="{name}">') for name in order]
    assert places == sorted(places)


def test_nothing_comes_from_a_network(read):
    assert read.all("link") == read.all("iframe") == []
    assert read.all("script") == [{}]
    assert all(image["src"].startswith("data:image/") for image in read.all("img"))
    assert not [a["href"] for a in read.all("a") if ":" in a["href"] or a["href"][0] == "/"]


def test_only_our_script_may_run(read):
    (policy,) = [m["content"] for m in read.all("meta") if "http-equiv" in m]
    digest = base64.b64encode(hashlib.sha256(read.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_links_lead_to_the_files_of_the_study(folder, read):
    linked = [a["href"] for a in read.all("a") if not a["href"].startswith("#")]
    here = [link for link in linked if "/tables/" in link]
    assert len(here) > 4
    for link in here:
        assert (folder / "report" / link).exists()


def test_links_within_the_page_lead_somewhere(read):
    names = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    assert {a["href"][1:] for a in read.all("a") if a["href"].startswith("#")} <= names
    assert len(names) == sum("id" in attributes for _, attributes in read.elements)


def test_headings_are_in_order_and_cells_of_headers_have_a_scope(read):
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(header.get("scope") in ("col", "row") for header in read.all("th"))
    assert all(len(image["alt"]) > 20 for image in read.all("img"))


def test_no_gap_in_any_sentence(read):
    assert not re.search(r"\bnan\b|\bNone\b|\{\{|`", read.text)


def test_no_name_is_read_as_html(tmp_path):
    evil = '"><img src=x onerror=alert(1)><b>&amp;`'
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
    headers, *rows = read.tables["leaderboard"]
    names = {row[[text for _, text in headers].index("optimizer")][1] for row in rows}
    assert names == {"SGD", evil}


@pytest.mark.parametrize(
    "lost", ["tables/leaderboard.csv", "figures/valley/sensitivity.svg", "study.json"]
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
    marked = [row for row in read.all("tr") if row.get("class") == "first"]
    assert len(marked) == board["contender"].sum() > 0


def test_a_study_that_tunes_nothing_has_no_empty_table(tmp_path):
    made(tmp_path, tracks=("default",))
    assert set(Reader(written(tmp_path)).tables) == {"leaderboard", "comparisons"}


PLACE = figures.PageFigure("figures/map", "Map", "All problems", ("pdf", "svg", "png"))


def drawn(folder, svg, png_pixels):
    (folder / "figures").mkdir()
    (folder / "figures/map.svg").write_bytes(svg)
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + png_pixels.to_bytes(4, "big")
    (folder / "figures/map.png").write_bytes(header)
    (folder / "figures/map.txt").write_text("A map.\n", encoding="utf-8")


def test_a_figure_is_as_wide_as_in_print(tmp_path):
    drawn(tmp_path, b'<svg height="1pt" width="252pt">', 200)
    shown = pictures.picture(PLACE, tmp_path)
    assert shown.source.startswith("data:image/svg+xml")
    assert shown.inches == 3.5


def test_a_drawing_of_a_megabyte_is_shown_as_png(tmp_path):
    drawn(tmp_path, b'<svg width="252pt">' + b" " * pictures.LARGEST_SVG, 1400)
    shown = pictures.picture(PLACE, tmp_path)
    assert shown.source.startswith("data:image/png")
    assert shown.inches == 7


def test_a_study_with_pdf_alone_has_links(tmp_path):
    config = made(tmp_path, figures={"formats": ["pdf"]})
    read = Reader(written(tmp_path))
    assert read.all("img") == []
    linked = [a["href"] for a in read.all("a") if a["href"].endswith(".pdf")]
    assert linked == [f"../{place.stem}.pdf" for place in figures.page_figures(config)]
