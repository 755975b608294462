"""Rows survive their file, and rounds alternate."""

from descent.benchmark.rows import Row, read_rows, rows_of, write_rows
from descent.benchmark.timing import alternate, timed


def test_rows_come_back_from_csv(tmp_path):
    rows = [
        Row("epoch", "adam, 1e6", "PyTorch, fused", 0.1 + 0.2, "s", 0.25, 1e-9, 3, 1e6),
        Row("epoch", "adam", "ours", None, "s", rounds=0, note='say "why", please'),
    ]
    write_rows(tmp_path / "new" / "rows.csv", rows)
    assert read_rows(tmp_path / "new" / "rows.csv") == rows


def test_a_row_holds_the_median_in_its_unit():
    (row, missing) = rows_of(
        "m", "c", {"ours": [4.0, 1.0, 2.0]}, {"other": "is not there"}, scale=1e3, unit="ms"
    )
    assert (row.value, row.lowest, row.highest, row.rounds) == (2000.0, 1000.0, 4000.0, 3)
    assert (missing.candidate, missing.value, missing.note) == ("other", None, "is not there")


def test_rounds_alternate_and_the_warm_up_does_not_count():
    calls = []

    def candidate(name, seconds):
        def round_():
            calls.append(name)
            return seconds if calls.count(name) > 1 else 1000.0

        return round_

    taken = alternate({"a": candidate("a", 1.0), "b": candidate("b", 2.0)}, rounds=3)
    assert taken == {"a": [1.0] * 3, "b": [2.0] * 3}
    assert calls == ["a", "b", "b", "a", "a", "b", "b", "a"]


def test_timed_counts_the_work_that_it_does():
    done = []
    assert timed(lambda: done.append(1))() > 0
    assert done == [1]
