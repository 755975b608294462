"""Claims of the literature: each outcome follows the tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis.claims import assess as outcomes
from descent.analysis.claims.claim import CLAIMS, REFERENCES, Agreement
from descent.analysis.claims.table import as_csv, assess_all
from descent.analysis.tables import build
from descent.analysis.tables.columns import TABLES
from descent.analysis.tables.study_tables import StudyTables

ROOT = Path(__file__).resolve().parents[2]
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "soap")
TUNED = {"track": "tuned"}
NETWORK, CONVEX = {"problem": "network"}, {"problem": "convex"}
TIMES = "gradients_to_target"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("claims") / "study"
    problems = ("network", "convex", "valley")
    fabricate(
        folder,
        optimizers=OPTIMIZERS,
        problems=problems,
        titles={name: name for name in problems},
        tuning_seeds=(0,),
        points=3,
    )
    assert build.main([str(folder / "study.json")]) == 0
    return folder / "study.json"


@pytest.fixture
def tables(plan: Path) -> StudyTables:
    """Return the tables of the study, which a test may change for itself."""
    tables = StudyTables(plan)
    for name, entry in tables.config["optimizers"].items():
        entry["use"] = name
    return tables


def change(tables: StudyTables, name: str, column: str, value: object, **keys: str) -> None:
    """Set a column of the rows of a table in which others have given values."""
    table = tables[name].copy()
    rows = pd.Series(data=True, index=table.index)
    for key, wanted in keys.items():
        rows &= table[key] == wanted
    assert rows.any()
    table.loc[rows, column] = value
    tables._read[name] = table


def decide(tables: StudyTables, winner: str, loser: str, table: str = "comparisons", **keys: str):
    """Make one optimizer better than another."""
    rows = tables[table].copy()
    pair = rows["optimizer"].isin([winner, loser]) & rows["rival"].isin([winner, loser])
    for key, wanted in keys.items():
        pair &= rows[key] == wanted
    assert pair.any()
    rows.loc[pair, ["optimizer", "rival", "verdict"]] = [winner, loser, "better"]
    tables._read[table] = rows


def undecide(tables: StudyTables, table: str = "comparisons", verdict: str = "undecided") -> None:
    tables._read[table] = tables[table].assign(verdict=verdict)


def test_every_claim_has_a_source_and_reads_tables_that_there_are() -> None:
    for name, claim in CLAIMS.items():
        assert claim.source in REFERENCES or (ROOT / claim.source).is_file(), name
        assert set(claim.tables) <= set(TABLES), name


def test_the_table_has_every_claim(tables: StudyTables) -> None:
    rows = list(csv.DictReader(as_csv(assess_all(tables)).splitlines()))
    assert [row["claim"] for row in rows] == list(CLAIMS)
    without = [row for row in rows if row["agreement"] == Agreement.NO_DATA]
    assert {"quadratic_end"} <= {row["claim"] for row in without}
    assert all(bool(row["measure"]) != (row in without) for row in rows)


@pytest.mark.parametrize("name", list(CLAIMS)[:5])
def test_a_test_function_decides_nothing(name: str, tables: StudyTables) -> None:
    before = getattr(outcomes, name)(tables)
    assert before.agreement != Agreement.NO_DATA
    for table in ("leaderboard", "comparisons", TIMES):
        rows = tables[table]
        tables._read[table] = rows[rows["problem"] != "valley"]
    assert getattr(outcomes, name)(tables) == before


def test_a_general_rule_that_is_worse_disagrees(tables: StudyTables) -> None:
    undecide(tables)
    assert outcomes.inclusion(tables).agreement == Agreement.UNDECIDED
    decide(tables, "adam", "sgd", **NETWORK, **TUNED)
    some = (Agreement.UNDECIDED, "track tuned, 6 pairs: 1 better and 5 undecided")
    assert outcomes.inclusion(tables) == some
    decide(tables, "sgd", "adam", **CONVEX, **TUNED)
    outcome = outcomes.inclusion(tables)
    assert outcome.agreement == Agreement.DISAGREES
    assert outcome.measure.endswith("(Adam than SGD on convex)")
    undecide(tables, verdict="equivalent")
    assert outcomes.inclusion(tables).agreement == Agreement.AGREES


@pytest.mark.parametrize(
    ("turning", "places"),
    [
        (outcomes.tasks_differ, (NETWORK, CONVEX)),
        (outcomes.protocol_decides, (TUNED, {"track": "default"})),
    ],
)
def test_an_order_turns_where_a_pair_is_decided_both_ways(turning, places, tables) -> None:
    undecide(tables)
    same = NETWORK | TUNED
    decide(tables, "adam", "sgd", **(same | places[0]))
    decide(tables, "adam", "sgd", **(same | places[1]))
    outcome = turning(tables)
    assert outcome.agreement == Agreement.UNDECIDED
    assert outcome.measure.startswith("0 of the 1 ")
    decide(tables, "sgd", "adam", **(same | places[1]))
    example = "1 of the 1 pairs that are decided twice or more, for example Adam and SGD"
    assert turning(tables) == (Agreement.AGREES, example)


def test_one_that_is_better_than_all_everywhere_dominates(tables: StudyTables) -> None:
    undecide(tables)
    for pair in (("sgd", "momentum"), ("momentum", "adam"), ("adam", "adamw"), ("adamw", "soap")):
        decide(tables, *pair, **NETWORK, **TUNED)
    assert outcomes.none_dominates(tables).agreement == Agreement.UNDECIDED  # of SGD
    decide(tables, "soap", "sgd", **CONVEX, **TUNED)
    assert outcomes.none_dominates(tables).agreement == Agreement.AGREES
    for other in ("momentum", "adam", "adamw", "soap"):
        for problem in (NETWORK, CONVEX):
            decide(tables, "sgd", other, **problem, **TUNED)
    assert outcomes.none_dominates(tables).agreement == Agreement.DISAGREES


def test_faster_counts_the_verdicts_of_times_to_the_target(tables: StudyTables) -> None:
    undecide(tables, TIMES)
    assert outcomes.non_diagonal(tables).agreement == Agreement.UNDECIDED
    decide(tables, "soap", "adamw", TIMES, **NETWORK, **TUNED)
    said = "track tuned, against AdamW: SOAP faster on 1 and undecided on 1"
    assert outcomes.non_diagonal(tables) == (Agreement.IN_PART, said)
    decide(tables, "soap", "adamw", TIMES, **CONVEX, **TUNED)
    assert outcomes.non_diagonal(tables).agreement == Agreement.AGREES
    decide(tables, "adamw", "soap", TIMES, **CONVEX, **TUNED)
    assert outcomes.non_diagonal(tables).agreement == Agreement.IN_PART
    decide(tables, "adamw", "soap", TIMES, **NETWORK, **TUNED)
    assert outcomes.non_diagonal(tables).agreement == Agreement.DISAGREES
    tables._read[TIMES] = tables[TIMES].assign(verdict="equivalent")
    assert outcomes.non_diagonal(tables).agreement == Agreement.DISAGREES


def test_where_a_rule_did_not_run_as_it_is_meant_to_nothing_is_counted(tables: StudyTables) -> None:
    for problem in (NETWORK, CONVEX):
        decide(tables, "soap", "adamw", TIMES, **problem, **TUNED)
    keys = {"check": "remarks_of_rules", **CONVEX, "optimizer": "soap"}
    tables._read["warnings"] = pd.DataFrame([{**keys, **TUNED, "message": "as SGD"}])
    assert outcomes.non_diagonal(tables).measure.endswith("SOAP faster on 1")


def test_a_range_is_met_by_all_rules_of_such_a_problem(tables: StudyTables) -> None:
    change(tables, "leaderboard", "mean", value=0.9)
    assert outcomes._within_range(tables, {"use": "mlp"}, 0.9, 0.95).agreement == Agreement.AGREES
    change(tables, "leaderboard", "mean", value=0.96, optimizer="soap")  # not a classical rule
    assert outcomes._within_range(tables, {"use": "mlp"}, 0.9, 0.95).agreement == Agreement.AGREES
    change(tables, "leaderboard", "mean", value=0.96, optimizer="sgd")
    outcome = outcomes._within_range(tables, {"use": "mlp"}, 0.9, 0.95)
    measure = "network: 90.00 to 96.00 % (3 of 4 rules in the range)"
    assert outcome == (Agreement.IN_PART, measure)
    other = outcomes._within_range(tables, {"use": "mlp", "epochs": 99}, 0.9, 0.95)
    assert other.agreement == Agreement.NO_DATA


def test_values_are_compared_with_published_ones(tables: StudyTables) -> None:
    tables.config["problems"]["valley"]["use"] = "quadratic_deep"
    change(tables, "leaderboard", "metric", value="test_loss")
    change(tables, "leaderboard", "mean", value=87.4)
    change(tables, "leaderboard", "mean", value=120.0, optimizer="adam")
    assert outcomes.quadratic_end(tables) == (
        Agreement.IN_PART,
        "ours (published): SGD 87.400 (87.397); Momentum 87.400 (87.045); Adam 120.000 (87.112)",
    )
