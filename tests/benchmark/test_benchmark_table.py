"""The table and the figure say what the rows say."""

import pytest

from descent.benchmark.figure import draw
from descent.benchmark.rows import OURS, PRODUCTS, Row, write_rows
from descent.benchmark.table import BEGIN, END, FIGURE, insert, main, provenance, tables

ROWS = [
    Row("mlp_epoch", "sgd", OURS, 0.5, "s"),
    Row("mlp_epoch", "sgd", f"{PRODUCTS}, one layout", 0.4, "s"),
    Row("mlp_epoch", "sgd", f"{PRODUCTS}, another", 0.5, "s"),
    Row("mlp_epoch", "sgd", "PyTorch, default", 1.0, "s"),
    Row("mlp_epoch", "sgd", "PyTorch flushing, default", 0.9, "s"),
    Row("mlp_epoch", "sgd", "PyTorch, foreach", 0.75, "s"),
    Row("mlp_epoch", "sgd", "PyTorch, fused", None, "s", note="PyTorch has no fused SGD"),
    Row("optimizer_step", "adam, 1e6 parameters", OURS, 1.5, "ns per parameter", size=1e6),
    Row("study_cost", "overhead, 9 runs", OURS, 1.08, "ratio", note="2 cores"),
    Row("study_cost", "a run of no length", OURS, 99.0, "ms of a core", size=10),
    Row("step_growth", "parameters", OURS, 10.0, "us per step", size=100),
    Row("step_growth", "parameters", OURS, 20.0, "us per step", size=200),
]


def test_the_table_holds_times_ratios_and_targets():
    lines = tables(ROWS).splitlines()
    (epoch,) = (line for line in lines if line.startswith("| multilayer perceptron, sgd"))
    cells = [cell.strip() for cell in epoch.strip("|").split("|")]
    assert cells[1:6] == ["500", "400", "1000", "750", "-"]
    assert cells[6:] == ["1.25 (≤ 1.2)", "2.00 (≥ 1.6)", "1.50 (≥ 1.4)"]
    assert "- PyTorch has no fused SGD." in lines


def test_every_line_of_a_table_has_the_same_number_of_cells():
    section = []
    for line in [*tables(ROWS).splitlines(), ""]:
        if line.startswith("|"):
            section.append(line.count("|"))
        else:
            assert len(set(section)) <= 1
            section = []


def test_no_rows_make_no_table():
    assert tables([]) == ""


def test_the_machine_and_the_versions_are_named():
    text = provenance()
    assert "processor: " in text
    assert "numpy: " in text
    assert "torch: " in text


def test_a_document_keeps_what_is_around_its_marks():
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert insert(document, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_document_without_marks_is_left_alone():
    with pytest.raises(ValueError, match="must contain the lines"):
        insert("text", "new")


def test_a_document_shows_the_figure_that_is_beside_it(tmp_path):
    write_rows(tmp_path / "rows" / "mlp_epoch.csv", ROWS)
    document, output = tmp_path / "page.md", tmp_path / "benchmark.md"
    document.write_text(f"{BEGIN}\n{END}\n")
    command = [str(tmp_path / "rows"), "--output", str(output), "--document", str(document)]
    main(command)
    assert "| multilayer perceptron, sgd" in document.read_text()
    assert FIGURE not in document.read_text()
    (tmp_path / FIGURE).parent.mkdir()
    (tmp_path / FIGURE).write_text("<svg/>")
    main(command)
    assert f"({FIGURE})" in document.read_text()
    assert FIGURE not in output.read_text()


def test_the_figure_shows_each_kind_of_row():
    figure = draw(ROWS)
    epochs, steps, runs, parameters, mini_batch = figure.axes
    # ours and PyTorch, as multiples of the products alone
    heights = {c.get_label(): c.patches[0].get_height() for c in epochs.containers}
    assert heights["ours"] == pytest.approx(1.25)
    assert heights["PyTorch, fastest"] == pytest.approx(1.875)
    assert "1,000,000" in steps.get_ylabel()
    assert runs.lines[0].get_ydata().tolist() == [99.0]
    assert parameters.lines[1].get_ydata() == pytest.approx([10.0, 20.0])
    assert [text.get_text() for text in mini_batch.texts] == ["not measured"]


def test_an_empty_figure_can_be_drawn(tmp_path):
    figure = draw([])
    figure.savefig(tmp_path / "empty.png")
