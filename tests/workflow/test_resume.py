"""A run that is cut off goes on with the same command, and ends with the same bytes."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from project_copy import run

MOMENTS = 20
FORMULA, FAULTY = "        v *= rho\n", "        raise ArithmeticError\n"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def wait_for_jobs(project, main, seconds=30):
    """Wait until the main process has started a training, and return the jobs at work."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and main.poll() is None:
        jobs = [pid for pid in project.processes() if is_training(pid)]
        if jobs:
            return jobs
        time.sleep(0.02)
    return []


def is_training(pid):
    try:
        return b"descent.training.job" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def wait_until_alone(project, seconds=30):
    """Wait until no process of a run is left; orphans end by themselves."""
    until = time.monotonic() + seconds
    while project.processes() and time.monotonic() < until:
        time.sleep(0.05)
    assert project.processes() == []


def forget_digits(project):
    """Leave the runs of one problem, and what is made of them, to be made again."""
    for folder in ("runs/digits", "tuned/digits", "tables", "provenance"):
        shutil.rmtree(project.results / folder)


@pytest.mark.slow
def test_a_run_killed_at_twenty_random_moments_ends_with_the_same_bytes(project, finished):
    expected = finished.results_digests()
    choose = random.Random(6)
    kills = 0
    shutil.rmtree(project.results)
    while kills < MOMENTS:
        main = project.start()
        # Two of its jobs, which it outlives, and then itself, alone or with its jobs.
        for target in ("job", "job", choose.choice(("main", "both"))):
            wait_for_jobs(project, main)
            time.sleep(choose.uniform(0.0, 0.25 if target == "job" else 1.0))
            if main.poll() is None:
                kills += strike(project, main, target, choose.choice(SIGNALS))
        output = "".join(main.communicate(timeout=120))
        told = output.replace("| Traceback", "").count("Traceback")
        assert told == output.count("\nKeyboardInterrupt"), output  # while no job runs
        if main.returncode == 0:
            assert project.results_digests() == expected
            shutil.rmtree(project.results)
    wait_until_alone(project)
    project.complete()
    assert project.results_digests() == expected
    assert project.planned() == []


def strike(project, main, target, kind):
    """Send a signal; return whether it reached anybody."""
    try:
        if target == "both":
            os.killpg(main.pid, kind)
        elif target == "main":
            os.kill(main.pid, kind)
        else:
            os.kill(wait_for_jobs(project, main, seconds=1)[0], kind)
    except (ProcessLookupError, IndexError):
        return False
    return True


def test_a_killed_run_leaves_no_job_behind_and_the_next_one_goes_on(project, finished):
    forget_digits(project)
    main = project.start()
    assert wait_for_jobs(project, main)
    main.kill()
    main.communicate()
    # The next run starts at once, beside whatever is left of the last.
    project.complete()
    wait_until_alone(project)
    assert project.results_digests() == finished.results_digests()


def test_a_second_live_run_is_refused(project, finished):
    forget_digits(project)
    main = project.start()
    assert wait_for_jobs(project, main)
    os.kill(main.pid, signal.SIGSTOP)  # it must not end before the second has looked
    second = project.run()
    assert second.returncode != 0
    assert f"Another run (process {main.pid}) is at work" in second.stderr
    assert "--unlock" not in second.stderr  # advice that would destroy the live run
    assert project.run("provenance", "--dry-run").returncode == 0
    os.kill(main.pid, signal.SIGCONT)
    output = "".join(main.communicate(timeout=120))
    assert main.returncode == 0, output
    assert project.results_digests() == finished.results_digests()


def test_a_record_from_before_a_failure_is_not_taken_for_up_to_date(project):
    run = "bowl/rmsprop/default/seed-10"
    before, costs = project.record(run), project.trainings()
    project.edit("workflow/descent/optimizers/rules/rmsprop.py", FORMULA, FAULTY)
    ended = project.run(f"results/tiny/runs/{run}.json")
    assert ended.returncode != 0
    assert ("evaluation_run", {"problem": "bowl", "optimizer": "rmsprop"}) in [
        (rule, {name: of[name] for name in ("problem", "optimizer")})
        for rule, of in project.planned(f"results/tiny/runs/{run}.json")
    ]
    project.edit("workflow/descent/optimizers/rules/rmsprop.py", FAULTY, FORMULA)
    project.complete()
    assert project.record(run) == before
    assert project.trainings() == costs, "a finished run was trained again"


def test_a_record_that_was_cut_off_is_made_again(project, finished):
    for name in ("json", "kept"):
        record = project.results / f"runs/bowl/sgd/default/seed-10.{name}"
        record.write_bytes(record.read_bytes()[:100])
    project.complete("provenance", "--forcerun", "tuning_run", "evaluation_run")
    assert project.results_digests() == finished.results_digests()


def status(project):
    words = ["descent.study.status", "results/tiny"]
    ended = run(words, project.folder, project.environment)
    assert ended.stderr == ""
    rows = [line.split() for line in ended.stdout.splitlines()[1:]]
    names = rows[0][2:]
    return {
        (row[0], row[1]): {
            name: int(cell) for name, cell in zip(names, row[2:], strict=True) if cell != "-"
        }
        for row in rows[1:-1]
    }, ended.returncode


def test_status_counts_what_is_done_missing_failed_and_stale(project):
    runs = len(list(project.results.glob("runs/bowl/sgd/*/*.json")))
    counts, code = status(project)
    assert (counts["bowl", "sgd"], code) == ({"done": runs}, 0)
    (project.results / "runs/bowl/sgd/default/seed-10.json").unlink()
    counts, code = status(project)
    assert (counts["bowl", "sgd"], code) == ({"done": runs - 1, "missing": 1}, 0)
    of_rmsprop = len(list(project.results.glob("runs/bowl/rmsprop/*/*.json")))
    project.edit("workflow/descent/optimizers/rules/rmsprop.py", FORMULA, FAULTY)
    counts, code = status(project)
    assert (counts["bowl", "rmsprop"], code) == ({"stale": of_rmsprop}, 1)
    assert project.run("results/tiny/runs/bowl/rmsprop/default/seed-10.json").returncode != 0
    counts, code = status(project)
    # What was stale went when the run began, with the looks by which grids had grown.
    assert (counts["bowl", "rmsprop"], code) == ({"missing": of_rmsprop - 3, "failed": 1}, 1)
    assert counts["bowl", "sgd"] == {"done": runs - 3, "missing": 1}
