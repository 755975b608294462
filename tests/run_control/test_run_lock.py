import os
import signal
import subprocess
import sys
import time

import pytest
from training_job import WORKFLOW, is_at_work

from descent.run_control.run_lock import lock_study

LOCK = """
import subprocess, sys
from pathlib import Path
from descent.run_control.run_lock import RunLockedError, lock_study
try:
    lock_study(Path(sys.argv[1]))
    said = ""
except RunLockedError as error:
    said = str(error)
print(said, flush=True)
job = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(job.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def live_run(tmp_path):
    """Start processes that lock a study and live until they are told to end."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", LOCK, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(WORKFLOW)},
        )
        said, job = process.stdout.readline().strip(), int(process.stdout.readline())
        started.append((process, job))
        return process, said

    start.jobs = lambda: [is_at_work(job) for _, job in started]
    yield start
    for process, job in started:
        process.kill()
        if is_at_work(job):
            os.kill(job, signal.SIGKILL)
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_the_run_that_holds_the_lock_is_named(tmp_path, live_run):
    first, _ = live_run()
    for _ in range(2):
        _, said = live_run()
        assert said.startswith(f"Another run (process {first.pid}) is at work on {tmp_path}.")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process hides its environment")
def test_jobs_and_half_written_files_of_the_dead_are_cleared_away(tmp_path, live_run):
    first, _ = live_run()
    folder = tmp_path / "tables"
    folder.mkdir(parents=True)
    (folder / ".runs.csv.123.tmp").touch()
    (folder / "runs.csv").touch()
    live_run()
    assert live_run.jobs() == [True, True]
    assert len(list(folder.iterdir())) == 2
    first.kill()
    first.wait()
    _, said = live_run()
    assert said == ""
    # The job of the refused run has no token: it is not this one's to end.
    until = time.monotonic() + 10
    while live_run.jobs() != [False, True, True] and time.monotonic() < until:
        time.sleep(0.05)
    assert live_run.jobs() == [False, True, True]
    assert [path.name for path in folder.iterdir()] == ["runs.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process hides its environment")
def test_a_run_of_a_copy_leaves_the_jobs_of_the_original_alone(tmp_path, live_run, monkeypatch):
    live_run()
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / ".run").write_bytes((tmp_path / ".run").read_bytes())
    monkeypatch.delenv("DESCENT_RUN", raising=False)
    lock_study(copy)
    assert live_run.jobs() == [True]
