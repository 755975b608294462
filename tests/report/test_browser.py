"""The page in a browser: choosing, highlighting, linking, sorting; offline, legible, accessible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from study_page import made, written

from descent.report.charts import PLACES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHARTS = ".chart .drawing svg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    made(folder, optimizers=("sgd", "adam", "lion", "adagrad"), points=5)
    written(folder)
    return folder


@pytest.fixture
def opened(browser, folder) -> Iterator[Any]:
    """Yield a function that opens the page; at the end, the console must have stayed empty."""
    contexts, said = [], []

    def at(address="", *, width=1440, scheme="light", scripted=True, page="report/index.html"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            offline=True,
            java_script_enabled=scripted,
        )
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.on("request", lambda request: requested.append(request.url))
        shown.goto((folder / page).as_uri() + address)
        return shown

    requested: list[str] = []
    yield at
    for context in contexts:
        context.close()
    assert said == []
    assert all(url.startswith(("file:", "data:")) for url in requested)


def state(page):
    return dict(re.findall(r"(\w+)=([^&]*)", page.evaluate("location.hash")))


def choice(page, name):
    return page.get_by_role("combobox", name=name, exact=True)


def chip(page, name):
    return page.get_by_role("button", name=name, exact=True).and_(page.locator(".chips button"))


def faded(page, place):
    """Return which optimizers a chart shows less of."""
    return page.locator(f"#chart-{place} svg [data-optimizers]").evaluate_all(
        """marks => [...new Set(marks.filter(mark => getComputedStyle(mark).opacity < 1)
            .map(mark => mark.dataset.optimizers))].sort()"""
    )


def test_five_charts_are_drawn_without_a_network(opened):
    page = opened()
    assert page.locator(CHARTS).count() == 5


def test_highlights_are_seen_in_every_chart_and_every_table(opened):
    page = opened()
    assert all(faded(page, place) == [] for place in PLACES)
    chip(page, "Adam").click()
    assert all(faded(page, place) == ["adagrad", "lion", "sgd"] for place in PLACES)
    chip(page, "Lion").click()
    choice(page, "Measure").select_option("loss")
    assert all(faded(page, place) == ["adagrad", "sgd"] for place in PLACES)
    assert chip(page, "Adam").get_attribute("aria-pressed") == "true"
    assert page.locator("output").inner_text().endswith("Highlighted: Adam, Lion.")
    marked = page.locator("tr.highlighted").evaluate_all(
        "rows => rows.map(row => row.dataset.optimizers)"
    )
    assert len(marked) > 5
    assert all({"adam", "lion"} & set(names.split()) for names in marked)
    chip(page, "Adam").click()
    assert faded(page, "curves") == ["adagrad", "adam", "sgd"]
    page.keyboard.press("Escape")
    assert page.locator("tr.highlighted").count() == 0


def test_a_click_on_a_row_and_on_a_mark_highlight_too(opened):
    page = opened()
    page.locator("#leaderboard tr:visible", has_text="Lion").first.click()
    assert state(page)["optimizers"] == "lion"
    page.locator('#chart-final [data-optimizers="adam"] use').last.click()
    assert state(page)["optimizers"] == "lion+adam"
    page.locator("#table-comparisons tr:visible", has_text="SGD").first.click()
    assert "sgd" in state(page)["optimizers"].split("+")


def test_pointing_at_a_mark_tells_its_numbers(opened, folder):
    page = opened()
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    board = board[(board["problem"] == "network") & (board["track"] == "tuned")]
    best = board.sort_values("rank").iloc[0]
    page.locator(f'#chart-final [data-optimizers="{best["optimizer"]}"] use').last.hover()
    said = page.locator("#tip:visible").inner_text()
    for value in (best["mean"], best["low"], best["high"]):
        assert f"{100 * value:.2f}" in said
    assert f"learning rate {best['learning_rate']:.3g}" in said
    page.locator("h1").hover()
    assert page.locator("#tip").is_hidden()


def test_the_choice_of_a_problem_holds_for_the_whole_page(opened):
    page = opened()
    choice(page, "Problem").select_option("valley")
    assert page.locator("#leaderboard h3:visible").all_inner_texts() == ["Rosenbrock function"]
    assert page.locator("#findings article:visible h3").all_inner_texts() == ["Rosenbrock function"]
    rows = page.locator("#table-comparisons tbody tr:visible")
    assert rows.count() == 4 * 3 / 2
    assert "train loss" in page.locator("#chart-final svg").text_content()
    choice(page, "Track").select_option("default")
    assert page.locator("#leaderboard caption:visible").inner_text().startswith("Track default")
    choice(page, "Measure").select_option("speed")
    assert "no target" in page.locator("#chart-final .note").inner_text()


def test_the_address_is_the_state_and_the_state_the_address(opened):
    page = opened("#problem=valley&track=default&measure=loss&optimizers=lion+sgd")
    assert choice(page, "Problem").input_value() == "valley"
    assert choice(page, "Track").input_value() == "default"
    assert choice(page, "Measure").input_value() == "loss"
    assert page.locator(".chips [aria-pressed=true]").all_inner_texts() == ["SGD", "Lion"]
    choice(page, "Problem").select_option("network")
    assert state(page) == {"track": "default", "measure": "loss", "optimizers": "sgd+lion"}
    page.go_back()
    assert choice(page, "Problem").input_value() == "valley"
    page.get_by_role("link", name="Evidence").click()
    assert state(page)["at"] == "evidence"
    assert state(page)["optimizers"] == "sgd+lion"
    assert page.locator("#evidence h2").is_visible()


@pytest.mark.parametrize("address", ["#problem=none&optimizers=%3Cb%3E", "#figures", "#at=nowhere"])
def test_an_address_that_names_nothing_shows_the_first_view(opened, address):
    page = opened(address)
    assert choice(page, "Problem").input_value() == "network"
    assert page.locator(".chips [aria-pressed=true]").count() == 0


def test_tables_sort_up_and_down_and_back(opened):
    page = opened()
    table = page.locator("#leaderboard .sortable:visible table").first
    button = table.get_by_role("button", name=re.compile("^learning rate"))

    def rates():
        cells = table.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map("
            "cell => cell.dataset.sort ?? cell.textContent))"
        )
        heads = table.locator("thead th").all_inner_texts()
        place = next(i for i, head in enumerate(heads) if head.startswith("learning"))
        return [float(row[place]) for row in cells]

    original = rates()
    button.click()
    assert rates() == sorted(original)
    assert table.locator("th[aria-sort=ascending]").count() == 1
    button.click()
    assert rates() == sorted(original, reverse=True)
    linked = opened(page.evaluate("location.hash"))
    assert linked.locator("#leaderboard th[aria-sort=descending]").count() == 1
    button.click()
    assert rates() == original


def test_the_keyboard_reaches_and_works_every_control(opened):
    page = opened()
    choice(page, "Problem").focus()
    for _ in range(3):  # past track and measure to the first optimizer
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert state(page)["optimizers"] == "sgd"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert state(page)["optimizers"] == "sgd+adam"
    page.keyboard.press("Escape")
    assert state(page) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("address", ["", "#optimizers=adam+sgd&measure=speed"])
def test_nothing_serious_for_axe_and_nothing_beyond_the_edge(opened, width, scheme, address):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(address, width=width, scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_screen_reader_is_told_what_each_chart_shows(opened):
    page = opened()
    labels = page.locator(".drawing").evaluate_all(
        "all => all.map(part => [part.getAttribute('role'), part.getAttribute('aria-label')])"
    )
    assert all(role == "img" and label.endswith("?") for role, label in labels)
    assert all(page.locator(".chart .note").all_inner_texts())


def test_without_scripts_the_answer_and_every_table_are_there(opened):
    page = opened(scripted=False)
    assert page.locator("#choices").is_hidden()
    # for three kinds of readers, and a problem each
    assert page.locator("#answer dd:visible").count() == 3 + 2
    assert page.locator("#leaderboard table:visible").count() == 4
    assert page.locator(".unscripted").is_visible()


def test_a_print_has_every_leaderboard_and_no_control(opened):
    page = opened("#problem=valley")
    page.emulate_media(media="print")
    assert page.locator("#leaderboard table:visible").count() == 4
    assert page.locator("#choices").is_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_answer_is_painted_within_a_second(opened):
    page = opened()
    page.wait_for_timeout(200)  # the browser may note the paint after the page has loaded
    paint = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0]"
    )
    assert paint < 1000
