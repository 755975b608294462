"""What two studies say of the same pairs."""

import pandas as pd

from descent.analysis.tables.columns import TABLES
from descent.benchmark.replication import compare


def test_pairs_are_counted_whichever_optimizer_leads(tmp_path):
    def study(name, *pairs):
        keys = ("optimizer", "rival", "verdict", "low", "high")
        table = pd.DataFrame([dict(zip(keys, pair, strict=True)) for pair in pairs])
        table = table.assign(problem="digits", track="tuned")
        (tmp_path / name / "tables").mkdir(parents=True)
        table.reindex(columns=list(TABLES["comparisons"].columns)).to_csv(
            tmp_path / name / "tables" / "comparisons.csv", index=False
        )
        return tmp_path / name

    one = study(
        "one",
        ("a", "b", "better", 0.1, 0.3),
        ("a", "c", "better", 0.1, 0.3),
        ("b", "c", "undecided", -0.1, 0.2),
    )
    other = study(
        "other",
        ("b", "a", "better and equivalent", 0.05, 0.3),  # the opposite, and disjoint
        ("a", "c", "better", 0.2, 0.4),
        ("c", "b", "equivalent", -0.15, 0.1),
    )
    (row,) = compare([one, other]).to_dict("records")
    assert (row["comparisons"], row["better_in_both"]) == (3, 2)
    assert (row["opposite"], row["disjoint"]) == (1, 1)
    assert row["undecided"] == 0.167
