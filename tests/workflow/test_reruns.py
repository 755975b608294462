"""What a change makes the next run do: exactly what it touches."""

import os
import re
import shutil
import time
from pathlib import Path

RULES = "workflow/descent/optimizers/rules"


def retrained(project, before):
    """Return the runs that were trained since, and forget none."""
    after = project.trainings()
    assert before.keys() <= after.keys()
    return {run for run in after if after[run] != before.get(run)}


def change_and_run(project):
    before = project.trainings()
    project.complete()
    assert project.planned() == []
    return retrained(project, before)


def files_written(project):
    """Return when each result was last written; not logs, notes and the engine's own files."""
    return {
        path.relative_to(project.results).as_posix(): path.stat().st_mtime_ns
        for path in project.results.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and path.relative_to(project.results).parts[0] not in ("logs", "made_from")
    }


def test_a_formula_retrains_its_rule_and_no_other_also_when_it_failed_over_old_records(project):
    file, line = f"{RULES}/rmsprop.py", "        v *= rho\n"
    project.edit(file, line, "        v *= 1 / 0\n")
    failed = project.run()
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stdout + failed.stderr
    again = project.run()
    assert again.returncode == 1, "its old records were taken for new"
    project.edit(file, "        v *= 1 / 0\n", "        v *= rho * rho\n")
    runs = change_and_run(project)
    everything = set(project.trainings())
    assert runs == {run for run in everything if run.split("/")[1] == "rmsprop"}


def test_comments_and_docstrings_run_nothing(project):
    for file, old, new in (
        (f"{RULES}/rmsprop.py", "\nimport", "\n# A remark.\nimport"),
        (f"{RULES}/rmsprop.py", '"""', '"""Another word. '),
        ("workflow/descent/training/loop.py", '"""', '"""Another word. '),
        ("workflow/descent/analysis/tables/build.py", '"""', '"""Another word. '),
        ("workflow/rules/train.smk", "rule tuning_run:", "# A remark.\nrule tuning_run:"),
        ("tiny.yaml", "optimizers:", "# A remark.\noptimizers:"),
    ):
        project.edit(file, old, new)
    assert project.planned() == []


def test_touching_every_file_prepared_data_and_choices_runs_nothing(project):
    later = time.time() + 60
    for path in project.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts and "results" not in path.parts:
            os.utime(path, (later, later))
    for name in ("data/digits/all/dataset.json", "tuned/bowl/sgd/tuned.json", "study.json"):
        os.utime(project.results / name)
    assert project.planned() == []


def test_a_fresh_checkout_over_the_results_runs_nothing(project, finished):
    for part in ("workflow", "profiles", "config"):
        shutil.rmtree(project.folder / part)
        shutil.copytree(
            finished.folder / part, project.folder / part, copy_function=shutil.copyfile
        )
    assert project.planned() == []


def test_a_model_retrains_the_problems_that_use_it(project):
    project.edit(
        "workflow/descent/models/mlp.py",
        "import numpy as np\n",
        "import numpy as np\n\nUNUSED = 1\n",
    )
    runs = change_and_run(project)
    everything = set(project.trainings())
    assert runs == {run for run in everything if run.startswith("digits/")}


def test_a_learning_rate_trains_its_column(project):
    tuned = [f"{problem}/rmsprop/tuned-1/seed-10" for problem in ("bowl", "digits")]

    def choices():
        return [project.record(run)["hyperparameters"]["learning_rate"] for run in tuned]

    before = choices()
    project.configure("[0.001, 0.01]", "[0.001, 0.02]")
    runs = change_and_run(project)
    columns = {"bowl/rmsprop/lr-0.02/seed-0", "digits/rmsprop/lr-0.02/seed-0"}
    changed = {run for run, old, new in zip(tuned, before, choices(), strict=True) if old != new}
    assert columns | changed <= runs
    # Grids grow from other ends, and other finalists follow.
    assert {run.split("/")[1] for run in runs} == {"rmsprop"}


def test_a_further_grid_point_keeps_the_tuned_runs_if_the_choice_stays(project):
    # So small that it cannot win; it is the third of the finalists at best.
    project.configure("[0.001, 0.01]", "[1.0e-12, 0.001, 0.01]")
    runs = change_and_run(project)
    assert runs == {
        f"{problem}/rmsprop/{run}"
        for problem in ("bowl", "digits")
        for run in ("lr-1e-12/seed-0", "tuned-3/seed-10")
    }


def test_a_new_seed_trains_that_seed(project):
    project.configure("evaluation: [10]", "evaluation: [10, 11]")
    runs = change_and_run(project)
    assert runs == {
        f"{problem}/{optimizer}/{track}/seed-11"
        for problem in ("bowl", "digits")
        for optimizer in ("sgd", "rmsprop")
        for track in ("tuned-1", "tuned-2", "default")
    }


def test_a_new_optimizer_trains_that_optimizer(project):
    project.configure("optimizers:", "optimizers:\n  momentum: {use: momentum}")
    runs = change_and_run(project)
    assert runs
    assert {run.split("/")[1] for run in runs} == {"momentum"}


def test_a_dry_run_tells_how_many_jobs_of_each_kind_and_how_long(project):
    project.configure("evaluation: [10]", "evaluation: [10, 11]")
    planned = project.planned()
    told = project.complete("provenance", "--dry-run")
    total = re.search(r"^(\d+) jobs would run, about (.+) on 2 cores", told, re.MULTILINE)
    assert int(total[1]) == len(planned)
    rows = re.findall(r"^  (\w+_run) (\w+) +(\d+)", told, re.MULTILINE)
    counts = {("evaluation_run", "bowl"): 0, ("evaluation_run", "digits"): 0}
    for rule, wildcards in planned:
        if rule.endswith("_run"):
            counts[rule, wildcards["problem"]] += 1
    assert {(rule, problem): int(count) for rule, problem, count in rows} == counts


def test_a_changed_figure_redraws_the_figures_and_nothing_else(drawn, tmp_path):
    project = drawn.copy(tmp_path / "elsewhere")
    file = "workflow/descent/figures/test_metric.py"
    # A study that has moved is finished there too.
    assert project.planned("all") == []
    project.edit(file, "\n\n\ndef ", "\n\nUNUSED = 1\n\n\ndef ")
    project.edit(file, "Final value", "Last value")
    before = files_written(project)
    project.complete("all")
    assert project.planned("all") == []
    # No record, no cost of a training and no table is among them.
    after = files_written(project)
    changed = {name for name in after if after[name] != before.get(name)}
    captions = {name for name in changed if name.endswith("test_metric.txt")}
    assert captions == {f"figures/{of}test_metric.txt" for of in ("", "bowl/", "digits/")}
    assert {name for name in changed if Path(name).suffix not in (".svg", ".txt")} == {
        "report/index.html"
    }
