"""The findings follow the tables."""

import json
import re

import pandas as pd
import pytest
from fabricated_study import fabricate

from descent.analysis import answer, findings
from descent.analysis.tables import build as tables
from descent.analysis.tables.study_tables import StudyTables
from descent.optimizers import OPTIMIZERS


def made(folder, **of_study):
    fabricate(folder, **of_study)
    study = str(folder / "study.json")
    assert tables.main([study]) == 0
    assert findings.main([study, "--output", str(folder / "findings.md")]) == 0
    return (folder / "findings.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    made(folder)
    return folder


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "findings.md").read_text(encoding="utf-8")


TITLES = {
    "network": "MNIST, multilayer perceptron",
    "convex": "Movie reviews, logistic regression",
    "valley": "Rosenbrock function",
}


def section(text, problem):
    return text.split(f"## {TITLES[problem]}\n")[1].split("\n## ")[0]


def test_a_reader_meets_titles_and_no_keys(folder, text):
    keys = [*json.loads((folder / "study.json").read_text())["optimizers"], *TITLES]
    prose = text.replace(TITLES["network"], "").split("## How it was run")
    for part in prose:
        assert not re.search(rf"\b({'|'.join(keys)})\b", part)


def test_those_in_front_are_the_contenders_of_the_leaderboard(folder, text):
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    board = board[(board["problem"] == "network") & (board["track"] == "tuned")]
    front = board[board["contender"]].sort_values("rank")["optimizer"].tolist()
    line = next(
        x for x in text.splitlines() if x.startswith(f"- {TITLES['network']}: ") and "lead; " in x
    )
    named = line.split(": ")[1].split(" lead; ")[0]
    assert [x.lower() for x in re.findall(r"\w+", named.replace(" and ", " "))] == front


def test_the_verdicts_on_the_leader_are_those_of_the_comparisons(folder, text):
    pairs = pd.read_csv(folder / "tables" / "comparisons.csv")
    pairs = pairs[(pairs["problem"] == "network") & (pairs["track"] == "tuned")]
    of_network = section(text, "network")
    counts = pairs["verdict"].value_counts()
    clear = int((pairs["low"] > pairs["margin"]).sum())
    counted = f"{counts['better']} better ({clear} clearly), {counts['equivalent']} equivalent"
    assert counted in of_network
    sentence = next(x for x in of_network.splitlines() if x.startswith("- Adam is clearly better"))
    behind, level = sentence.split("is equivalent to")
    of_adam = pairs[pairs["optimizer"] == "adam"].to_dict("records")
    assert len({row["verdict"] for row in of_adam}) == 2
    for row in of_adam:
        rival = OPTIMIZERS[row["rival"]].__name__
        assert rival in (level if row["verdict"] == "equivalent" else behind)


def test_nothing_is_praised_that_did_not_learn(tmp_path):
    def change(record):
        record.status = "finished"
        for name, curve in record.curve.items():
            if name.endswith("_accuracy"):
                record.curve[name] = [0.1] * (len(curve) - 1) + [0.1 + 1e-4 * (record.seed % 2)]

    of_network = section(
        made(tmp_path, problems=("network",), optimizers=("sgd", "adam"), change=change), "network"
    )
    assert "No optimizer clearly beat the untrained model" in of_network
    for praise in ("Most robust", "Target", "Tuned against"):
        assert praise not in of_network


def test_the_seeds_are_stated(text):
    assert "Seeds 0 to 2 (tuning)" in text
    assert "Seeds 10 to 19 (evaluation)" in text
    assert findings.ranges("0 1 2 7 9 10") == "0 to 2, 7 and 9 to 10"


def test_every_warning_is_repeated(folder, text):
    for message in pd.read_csv(folder / "tables" / "warnings.csv")["message"]:
        assert f"- {message}" in text


def test_a_divergence_at_the_default_is_said(text):
    assert "With the default learning rate, runs of RMSprop diverge" in section(text, "network")


def test_a_file_elsewhere_is_written_and_has_no_note(folder, text, tmp_path):
    notes = sorted(folder.joinpath("made_from").rglob("*"))
    file = tmp_path / "findings.md"
    assert findings.main([str(folder / "study.json"), "--output", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == text
    assert sorted(folder.joinpath("made_from").rglob("*")) == notes


def test_no_gap_in_any_sentence(text):
    assert not re.search(r"\bnan\b|\binf\b|None|\{|  ", text)


def test_other_tables_give_other_words(tmp_path, text):
    def best_is_lion(record):
        if record.optimizer == "lion" and record.curve and record.problem == "network":
            record.curve["test_accuracy"][-1] = 0.999

    changed = made(tmp_path, change=best_is_lion, tracks=("tuned",))
    alone = f"- {TITLES['network']}: Lion is clearly better than each of the 5 others, by more"
    assert alone in changed
    assert alone not in text
    assert "default" not in section(changed, "network")


def test_few_seeds_decide_little_and_say_so(tmp_path):
    text = made(tmp_path, evaluation_seeds=(10, 11, 12), problems=("convex",))
    assert "undecided against" in text
    assert "after 3 seeds" in text
    assert "is better than each" not in text


def test_the_focus_comes_first_and_is_seen_from_its_own_side(tmp_path):
    text = made(tmp_path, problems=("network",), focus="momentum", optimizers=("sgd", "momentum"))
    (pair,) = (
        pd.read_csv(tmp_path / "tables" / "comparisons.csv")
        .query("track == 'tuned'")
        .to_dict("records")
    )
    first = text.split("\n## ")[1]
    assert first.startswith("Is Momentum better than the other rule on 1 problem?\n")
    behind = pair["optimizer"] == "sgd"
    verdict = pair["verdict"].replace("better", "worse") if behind else pair["verdict"]
    (row,) = [line for line in first.splitlines() if line.startswith("| SGD |")]
    assert row.split("|")[2].strip().startswith(f"{verdict} (")
    sign = "\N{MINUS SIGN}" if behind else "+"
    assert f"{sign}{100 * pair['difference']:.2f} points" in row


def test_an_optimizer_called_none_is_no_focus(tmp_path):
    fabricate(tmp_path, optimizers=("None", "sgd"), evaluation_seeds=(10, 11, 12))
    assert tables.main([str(tmp_path / "study.json")]) == 0
    assert answer.of_focus(StudyTables(tmp_path / "study.json")) == []


def test_what_tuning_is_worth_is_said_by_verdict(folder, text):
    board = pd.read_csv(folder / "tables" / "leaderboard.csv")
    means = board[board["unfinished"] == 0].pivot_table(
        index=["problem", "optimizer"], columns="track", values="mean"
    )
    gains = pd.read_csv(folder / "tables" / "tuning_gains.csv")
    gains = gains.set_index(["problem", "optimizer"])
    sign = gains["metric"].map(lambda metric: 1 if metric.endswith("accuracy") else -1)
    expected = (sign * (means["tuned"] - means["default"])).dropna()
    assert len(expected) > 10
    assert gains.loc[expected.index, "gain"].to_numpy() == pytest.approx(expected.to_numpy())
    sentence = section(text, "network").partition("Tuned against")[2].partition("\n")[0]
    for name, verdict in gains.loc["network", "verdict"].items():
        (group,) = [part for part in sentence.split("; ") if OPTIMIZERS[name].__name__ in part]
        assert group.removeprefix(" the default learning rate: ").startswith(verdict.split()[0])


def test_budgets_are_compared_where_all_have_them(tmp_path):
    fabricate(tmp_path, problems=("network",), optimizers=("sgd", "adam"))
    assert tables.main([str(tmp_path / "study.json")]) == 0
    study = StudyTables(tmp_path / "study.json")
    budget = study["tuning_budget"]
    study._read["tuning_budget"] = budget[(budget["optimizer"] == "adam") | (budget["trials"] < 4)]
    assert "with 3, which all have had, " in findings.findings(study)


def test_who_takes_more_gradients_a_step_is_judged_by_gradients_too(text):
    of_network = section(text, "network")
    assert "Target validation accuracy 0.93, at equal gradient evaluations: " in of_network
    (lion,) = re.findall(r"\| Lion \|.*\| (\d) \|$", of_network, re.MULTILINE)
    assert lion == "2"
