"""Whatever the engine remembers, no result of other settings, code or hands is taken for new."""

import json
import shutil
import subprocess
import sys
import time

EPOCHS = ("{use: quadratic, epochs: 3}", "{use: quadratic, epochs: 4}")


def forget(project):
    shutil.rmtree(project.folder / ".snakemake")


def test_without_the_memory_of_the_engine_nothing_that_is_right_runs_again(project):
    forget(project)
    assert project.planned() == []


def test_without_it_a_changed_config_trains_its_runs_and_makes_every_table_again(project):
    forget(project)
    before = project.trainings()
    project.configure(*EPOCHS)
    project.configure("optimizers:", "optimizers:\n  momentum: {use: momentum}")
    told = project.run("provenance", "--dry-run")
    assert (
        "Changed: problems.bowl.epochs 3 to 4, optimizers.momentum added.\n"
        "Made from another config, code or data" in told.stdout + told.stderr
    )
    assert project.trainings() == before, "a dry run removed something"
    project.complete()
    bowls = [json.loads(path.read_text()) for path in project.results.glob("runs/bowl/*/*/*.json")]
    assert {record["epochs"] for record in bowls} == {4}
    after = project.trainings()
    changed = {run.rpartition("/")[0] for run in after if after[run] != before.get(run)}
    assert {run for run in changed if not run.startswith("bowl/")} == {
        run for run in changed if run.startswith("digits/momentum/")
    }
    rows = (project.results / "tables/leaderboard.csv").read_text().splitlines()
    assert sum(row.split(",")[3] == "momentum" for row in rows) == 4
    assert project.planned() == []


def test_results_under_another_name_are_those_of_their_config(project):
    renamed = project.results.with_name("other")
    shutil.copytree(project.results, renamed)
    project.configure("study: tiny", "study: other")
    project.configure(*EPOCHS)
    project.complete()
    record = json.loads((renamed / "runs/bowl/sgd/default/seed-10.json").read_text())
    assert record["epochs"] == 4


def test_touch_does_not_make_old_results_new_ones(project):
    project.configure(*EPOCHS)
    ended = project.run("provenance", "--touch")
    assert ended.returncode == 1
    assert "Run without --touch" in ended.stdout + ended.stderr
    project.complete()
    assert project.record("bowl/sgd/default/seed-10")["epochs"] == 4


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_was_cut_off_or_changed_by_hand_is_made_again(project, finished):
    results = project.results
    rewrite(results / "study.json", '"margin"', '"margin_of_old"')
    rewrite(results / "tuned/bowl/sgd/tuned.json", '"learning_rate": ', '"learning_rate": 1')
    rewrite(results / "looks/digits/grid-1.json", "[", "[7.0, ")
    rewrite(results / "tables/comparisons.csv", "\nbowl", "\nbow")
    (results / "runs/digits/sgd/default/seed-10.json").write_text("")
    cut = results / "runs/digits/rmsprop/default/seed-10.json"
    cut.write_bytes(cut.read_bytes()[:100])
    other = results / "runs/bowl/sgd/tuned-1/seed-10.json"
    shutil.copy(results / "runs/bowl/sgd/default/seed-10.json", other)
    rewrite(results / "runs/bowl/rmsprop/lr-0.01/seed-0.json", '"steps": ', '"steps": 1')
    told = project.complete()
    assert "Made from another config, code or data, or changed since: study.json, " in told
    assert project.results_digests() == finished.results_digests()
    assert project.trainings() == finished.trainings(), "a run with a copy was trained again"


def test_a_table_of_the_future_is_no_error(project):
    table = project.results / "tables/leaderboard.csv"
    later = time.time() + 86400
    for path in (table, project.results / "runs/bowl/sgd/default/seed-10.json"):
        subprocess.run(["touch", "-d", f"@{later}", path], check=True)
    table.with_name("seeds.csv").unlink()
    project.complete()
    assert table.stat().st_mtime <= time.time()


def test_outputs_of_a_study_that_runs_are_not_deleted(project):
    program = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); input()"
    held = [sys.executable, "-c", f"{program}", str(project.results / ".run")]
    with subprocess.Popen(held, stdin=subprocess.PIPE) as holder:
        time.sleep(0.5)
        ended = project.run("provenance", "--delete-all-output")
        holder.communicate(b"\n")
    assert ended.returncode == 1
    assert "is at work on results/tiny" in ended.stdout + ended.stderr
    assert (project.results / "study.json").is_file()
