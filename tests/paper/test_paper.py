"""The paper of a study: where its numbers come from, and its bytes."""

from __future__ import annotations

import importlib
import json
import re
import shutil
from pathlib import Path

import pytest
from matplotlib.text import Text
from study_paper import finished

from descent.analysis.claims.claim import REFERENCES
from descent.analysis.tables.columns import file_name
from descent.analysis.tables.study_tables import StudyTables
from descent.figures.style import COLUMN_WIDTH
from descent.optimizers import OPTIMIZERS
from descent.paper import document
from descent.paper.__main__ import main as typeset_paper
from descent.paper.figures import OF_PAPER, figures, first_shown
from descent.paper.references import of_rule
from descent.paper.typesetting import LOOKS, TEMPLATES, WORDS, typeset
from descent.training.records import Record, Status

TEMPLATE = TEMPLATES / WORDS
#: Words that would be a number of the study's, were they written into a template.
NUMBER_WORDS = r"\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|half)\b"


def test_no_number_stands_in_the_template() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert re.findall(r".*\d.*", text) == []
    assert re.findall(NUMBER_WORDS, text, re.IGNORECASE) == []


def test_the_template_reads_its_document_and_nothing_else() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    read = re.findall(r"\b(json|csv|yaml|toml|xml|cbor|read|include)\(([^)]*)\)", text)
    assert read == [("json", '"paper.json"')]
    layout = (TEMPLATES / LOOKS).read_text(encoding="utf-8")
    assert not re.search(r"\b(json|csv|yaml|toml|xml|cbor|read)\(|datetime", layout)


def test_the_numbers_follow_the_tables(study: Path) -> None:
    tables = StudyTables(study)
    before = json.dumps(document.document(tables, ["a.yaml"]))
    board = tables["leaderboard"].copy()
    board["mean"] = board["mean"] / 3
    tables._read["leaderboard"] = board
    after = json.dumps(document.document(tables, ["a.yaml"]))
    mean = StudyTables(study)["leaderboard"]["mean"].iloc[0]
    assert f'"{100 * mean:.2f}"' in before
    assert f'"{100 * mean:.2f}"' not in after
    assert f'"{100 * mean / 3:.2f}"' in after


def test_the_paper_has_the_same_bytes_in_another_folder(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    shutil.copytree(study.parent, folder)
    shutil.rmtree(folder / "paper")
    assert typeset_paper([str(folder / study.name), "--configfile", "config/fabricated.yaml"]) == 0
    for name in ("paper.pdf", "paper.json", "claims.csv"):
        first, second = (root / "paper" / name for root in (study.parent, folder))
        assert first.read_bytes() == second.read_bytes(), name


def test_the_abstract_answers_the_question(study: Path) -> None:
    tables = StudyTables(study)
    tables.config["focus"] = "sgd"
    shown = document.document(tables, ["a.yaml"])
    assert shown["question"].startswith("Is SGD better than each of the 2 other rules")
    budget, first, *_, verdicts, claims = shown["abstract"]
    assert budget.startswith("Track tuned: 3 settings of each optimizer")
    assert first.startswith(f"{tables.problem_titles['network']}: SGD is ")
    assert verdicts.startswith("Verdicts on 6 pairs: ")
    assert re.fullmatch(r"Claims of the literature beside these data: [\w ,]+\.", claims)


def test_the_paper_shows_no_time_and_no_machine(study: Path) -> None:
    shown = json.loads((study.parent / "paper/paper.json").read_text(encoding="utf-8"))
    text = json.dumps(shown)
    assert "made up" not in text
    assert "timing/" not in text
    assert "machines.json" not in text


def test_every_file_that_the_paper_names_is_there(study: Path) -> None:
    shown = json.loads((study.parent / "paper/paper.json").read_text(encoding="utf-8"))
    named = {figure["file"] for figure in shown["curves"] + shown["appendix"]}
    named.add(shown["example_record"])
    assert len(named) > 5
    assert [file for file in named if not (study.parent / file).is_file()] == []


# of studies with horizons, tests/analysis/test_speed_up_table.py draws the speed-up
@pytest.mark.parametrize("name", sorted(OF_PAPER.keys() - {"speed_up"}))
def test_a_figure_is_a_column_wide_legible_and_drawn_from_the_tables_that_are_named(
    name: str, study: Path
) -> None:
    tables = StudyTables(study)
    (shown, *_) = figures(tables.config, {name: OF_PAPER[name]})
    module = importlib.import_module(f"descent.figures.{name}")
    drawing = module.draw(tables, shown["problem"]) if shown["problem"] else module.draw(tables)
    assert set(shown["sources"]) == {file_name(table) for table in tables._read}
    assert drawing.figure.get_figwidth() == COLUMN_WIDTH
    sizes = [
        text.get_fontsize() for text in drawing.figure.findobj(Text) if text.get_text().strip()
    ]
    assert min(sizes) >= 6.5


def diverged(record: Record) -> None:
    record.status = Status.DIVERGED
    record.curve = {quantity: values[:1] for quantity, values in record.curve.items()}
    record.steps = 0


@pytest.mark.parametrize(
    "of_study",
    [
        {"optimizers": ("adam",), "tracks": ("default",), "problems": ("valley",)},
        {"tracks": ("searched",), "problems": ("network",), "change": diverged},
    ],
    ids=["one optimizer, one problem, nothing tuned", "every run diverged"],
)
def test_a_study_with_little_to_show_has_a_paper(of_study: dict, tmp_path: Path) -> None:
    plan = finished(tmp_path / "study", **of_study)
    assert typeset_paper([str(plan)]) == 0
    assert (plan.parent / "paper/paper.pdf").read_bytes().startswith(b"%PDF")


def test_a_template_that_cannot_be_typeset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"paper\.typ cannot be typeset"):
        typeset({"study": "nothing else"}, tmp_path / "paper", root=tmp_path)


def test_a_missing_table_is_named(study: Path, tmp_path: Path, capsys) -> None:
    shutil.copy(study, tmp_path)
    assert typeset_paper([str(tmp_path / study.name)]) == 1
    assert "does not exist" in capsys.readouterr().err


def test_formats_that_cannot_be_shown_are_refused() -> None:
    assert first_shown({"figures": {"formats": ["png", "pdf"]}}, ("svg", "pdf")) == "pdf"
    with pytest.raises(ValueError, match=r"one of svg, pdf\. Received: png"):
        first_shown({"figures": {"formats": ["png"]}}, ("svg", "pdf"))


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_every_rule_has_a_reference(rule: str) -> None:
    text = of_rule(rule)
    assert text is not None
    assert re.search(r"\b(19|20)\d\d\b|arXiv", text)
    assert "\n" not in text


def test_references_are_numbered_once_and_all_are_cited(study: Path) -> None:
    shown = json.loads((study.parent / "paper/paper.json").read_text(encoding="utf-8"))
    cited = {int(number) for number in re.findall(r"\[(\d+)\]", json.dumps(shown))}
    assert cited == set(range(1, len(shown["references"]) + 1))
    assert {work.text for work in REFERENCES.values()} <= set(shown["references"])
    assert of_rule("adam") in shown["references"]
