"""Claims of the literature: each outcome follows the tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis.claims import assess as assessing
from descent.analysis.claims.catalogue import CLAIMS
from descent.analysis.claims.claim import Agreement, Evidence, Outcome
from descent.analysis.claims.evidence import (
    BestAtOneTrial,
    DefaultsAsGoodAsTuning,
    Faster,
    NearPublished,
    NeverWorse,
    NoneDominates,
    NotBeatenEverywhere,
    OrderTurns,
    WithinRange,
)
from descent.analysis.claims.works import WORKS
from descent.analysis.tables import build
from descent.analysis.tables.columns import TABLES
from descent.analysis.tables.study_tables import StudyTables
from descent.analysis.tables.typeset import MINUS

ROOT = Path(__file__).resolve().parents[2]
OPTIMIZERS = ("sgd", "momentum", "adam")


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
    return StudyTables(plan)


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


def undecide(tables: StudyTables, table: str = "comparisons") -> None:
    tables._read[table] = tables[table].assign(verdict="undecided")


def test_every_claim_has_a_source_and_reads_tables_that_there_are() -> None:
    for claim in CLAIMS:
        assert claim.source in WORKS or (ROOT / claim.source).is_file(), claim.name
        assert set(claim.evidence.tables) <= set(TABLES), claim.name
        assert claim.evidence.decided
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)


def test_the_table_has_every_claim(plan: Path, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    assert assessing.main([str(plan), "--output", str(file)]) == 0
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [row["claim"] for row in rows] == [claim.name for claim in CLAIMS]
    assert {row["agreement"] for row in rows} <= {str(kind) for kind in Agreement}
    without = [row for row in rows if row["agreement"] == Agreement.NO_DATA]
    assert {"quadratic_start", "quadratic_end"} <= {row["claim"] for row in without}
    assert all(bool(row["measure"]) != (row in without) for row in rows)


def test_a_general_rule_that_is_worse_disagrees(tables: StudyTables) -> None:
    evidence = NeverWorse((("adam", "sgd"),))
    undecide(tables)
    assert evidence.outcome(tables).agreement == Agreement.UNDECIDED
    decide(tables, "adam", "sgd", problem="network", track="tuned")
    outcome = evidence.outcome(tables)
    assert outcome == Outcome(Agreement.AGREES, "track tuned, 2 pairs: 1 better and 1 undecided")
    decide(tables, "sgd", "adam", problem="convex", track="tuned")
    outcome = evidence.outcome(tables)
    assert outcome.agreement == Agreement.DISAGREES
    assert outcome.measure.endswith("(Adam than SGD on convex)")
    assert NeverWorse((("lion", "sgd"),)).outcome(tables).agreement == Agreement.NO_DATA


@pytest.mark.parametrize(
    "evidence",
    [
        NeverWorse((("adam", "sgd"),)),
        OrderTurns("problems"),
        NoneDominates(),
        NotBeatenEverywhere("adam"),
        DefaultsAsGoodAsTuning(),
        Faster(("adam",), than="sgd", tracks=("tuned",)),
        BestAtOneTrial("adam", ("sgd",)),
    ],
    ids=lambda evidence: type(evidence).__name__,
)
def test_a_test_function_decides_nothing(evidence: Evidence, tables: StudyTables) -> None:
    before = evidence.outcome(tables)
    assert before.agreement != Agreement.NO_DATA
    for name in ("leaderboard", "comparisons", "tuning_budget", "gradients_to_target"):
        rows = tables[name]
        tables._read[name] = rows[rows["problem"] != "valley"]
    assert evidence.outcome(tables) == before


@pytest.mark.parametrize(
    ("between", "places"),
    [
        ("problems", [{"problem": "network"}, {"problem": "convex"}]),
        ("tracks", [{"track": "tuned"}, {"track": "default"}]),
    ],
)
def test_an_order_turns_where_a_pair_is_decided_both_ways(
    between: str, places: list[dict[str, str]], tables: StudyTables
) -> None:
    undecide(tables)
    same = {"problem": "network", "track": "tuned"}
    decide(tables, "adam", "sgd", **(same | places[0]))
    assert OrderTurns(between).outcome(tables).measure.startswith("0 of the 0 ")
    decide(tables, "adam", "sgd", **(same | places[1]))
    outcome = OrderTurns(between).outcome(tables)
    assert outcome.agreement == Agreement.UNDECIDED
    assert outcome.measure.startswith("0 of the 1 ")
    decide(tables, "sgd", "adam", **(same | places[1]))
    outcome = OrderTurns(between).outcome(tables)
    assert outcome.agreement == Agreement.AGREES
    assert outcome.measure.startswith("1 of the 1 ")


def test_one_that_leads_everywhere_dominates(tables: StudyTables) -> None:
    change(tables, "leaderboard", "contender", value=False)
    change(tables, "leaderboard", "contender", value=True, optimizer="adam")
    # nobody beats it, and it does not beat all
    change(tables, "leaderboard", "better_than", value="sgd", optimizer="adam")
    assert NoneDominates().outcome(tables).agreement == Agreement.AGREES
    change(tables, "leaderboard", "better_than", value="sgd momentum", optimizer="adam")
    assert NoneDominates().outcome(tables).agreement == Agreement.DISAGREES
    change(tables, "leaderboard", "better_than", value="", optimizer="adam", problem="network")
    assert NoneDominates().outcome(tables).agreement == Agreement.AGREES


def test_a_rule_that_another_beats_everywhere_is_no_contender(tables: StudyTables) -> None:
    undecide(tables)
    decide(tables, "momentum", "adam", problem="network", track="tuned")
    outcome = NotBeatenEverywhere("adam").outcome(tables)
    assert outcome.agreement == Agreement.AGREES
    assert outcome.measure.endswith("most often better: Momentum, on 1")
    decide(tables, "momentum", "adam", problem="convex", track="tuned")
    assert NotBeatenEverywhere("adam").outcome(tables).agreement == Agreement.DISAGREES


def test_defaults_are_as_good_within_the_margin(tables: StudyTables) -> None:
    evidence = DefaultsAsGoodAsTuning()
    change(tables, "leaderboard", "mean", value=0.9, track="tuned")
    change(tables, "leaderboard", "mean", value=0.899, track="default")
    assert evidence.outcome(tables).agreement == Agreement.AGREES
    change(tables, "leaderboard", "mean", value=0.8, track="default", problem="convex")
    outcome = evidence.outcome(tables)
    assert outcome.agreement == Agreement.IN_PART
    assert f"convex {MINUS}10.00 points" in outcome.measure
    change(tables, "leaderboard", "mean", value=0.8, track="default")
    assert evidence.outcome(tables).agreement == Agreement.DISAGREES


def test_faster_counts_the_verdicts_of_times_to_the_target(tables: StudyTables) -> None:
    name = "gradients_to_target"
    evidence = Faster(("adam",), than="sgd", tracks=("tuned",))
    undecide(tables, name)
    assert evidence.outcome(tables).agreement == Agreement.UNDECIDED
    decide(tables, "adam", "sgd", name, problem="network", track="tuned")
    outcome = evidence.outcome(tables)
    assert outcome.agreement == Agreement.AGREES
    assert outcome.measure.endswith("Adam faster on 1 and undecided on 1")
    decide(tables, "sgd", "adam", name, problem="convex", track="tuned")
    assert evidence.outcome(tables).agreement == Agreement.IN_PART
    decide(tables, "sgd", "adam", name, problem="network", track="tuned")
    assert evidence.outcome(tables).agreement == Agreement.DISAGREES


def test_equivalent_everywhere_is_not_faster(tables: StudyTables) -> None:
    name = "gradients_to_target"
    tables._read[name] = tables[name].assign(verdict="equivalent")
    evidence = Faster(("adam",), than="sgd", tracks=("tuned",))
    assert evidence.outcome(tables).agreement == Agreement.DISAGREES


def test_where_a_rule_did_not_run_as_it_is_meant_to_nothing_is_counted(tables: StudyTables) -> None:
    evidence = Faster(("adam",), than="sgd", tracks=("tuned",))
    for problem in ("network", "convex"):
        decide(tables, "adam", "sgd", "gradients_to_target", problem=problem, track="tuned")
    keys = {"check": "remarks_of_rules", "problem": "convex", "optimizer": "adam"}
    tables._read["warnings"] = pd.DataFrame([{**keys, "track": "tuned", "message": "as SGD"}])
    assert evidence.outcome(tables).measure.endswith("Adam faster on 1")


def test_one_trial_is_compared_within_the_margin(tables: StudyTables) -> None:
    evidence = BestAtOneTrial("adam", ("sgd", "momentum"))
    change(tables, "tuning_budget", "expected_best", value=0.5)
    assert evidence.outcome(tables).agreement == Agreement.AGREES
    change(tables, "tuning_budget", "expected_best", 0.6, optimizer="sgd", problem="convex")
    outcome = evidence.outcome(tables)
    assert outcome.agreement == Agreement.IN_PART
    assert outcome.measure.endswith(f"convex {MINUS}10.00 points")


def test_a_range_is_met_by_all_rules_of_such_a_problem(tables: StudyTables) -> None:
    evidence = WithinRange({"use": "mlp"}, ("sgd", "adam"), 0.9, 0.95, dataset="mnist")
    change(tables, "leaderboard", "mean", value=0.9)
    assert evidence.outcome(tables).agreement == Agreement.AGREES
    change(tables, "leaderboard", "mean", value=0.96, optimizer="momentum")
    assert evidence.outcome(tables).agreement == Agreement.AGREES
    change(tables, "leaderboard", "mean", value=0.96, optimizer="sgd")
    outcome = evidence.outcome(tables)
    assert outcome.agreement == Agreement.IN_PART
    assert outcome.measure == "network: 90.00 to 96.00 % (1 of 2 rules in the range)"
    other = WithinRange({"use": "mlp", "epochs": 99}, ("sgd",), 0.9, 0.95, dataset="mnist")
    assert other.outcome(tables).agreement == Agreement.NO_DATA


def test_values_are_compared_with_published_ones(tables: StudyTables) -> None:
    change(tables, "leaderboard", "metric", value="test_loss")
    change(tables, "leaderboard", "mean", value=100.5, optimizer="sgd")
    change(tables, "leaderboard", "mean", value=120.0, optimizer="adam")
    published = {"sgd": 100.0, "adam": 100.0}
    outcome = NearPublished("mlp", "mean", published, 0.01, 1).outcome(tables)
    assert outcome == Outcome(
        Agreement.IN_PART, "ours (published): SGD 100.5 (100.0); Adam 120.0 (100.0)"
    )
    assert NearPublished("mlp", "mean", {"sgd": 100.0}, 0.01, 1).outcome(tables).agreement == (
        Agreement.AGREES
    )
