import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import engine
from engine.live_lock import claim_folder

WORKFLOW = Path(engine.__file__).parents[1]
CLAIM = """
import subprocess, sys
from pathlib import Path
from engine.live_lock import claim_folder
print(claim_folder(Path(sys.argv[1]), Path(sys.argv[1], "results")), flush=True)
job = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(job.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def live_run(tmp_path):
    """Start processes that claim the folder and live until they are told to end."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(tmp_path)],
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


def is_at_work(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def locks(folder):
    return sorted(path.name for path in (folder / "locks").iterdir())


def test_locks_of_the_dead_are_removed(tmp_path, live_run):
    first, said = live_run()
    assert said == "[]"
    (tmp_path / "locks" / "0.input.lock").touch()
    first.kill()
    first.wait()
    _, said = live_run()
    assert said == "[]"
    assert locks(tmp_path) == []


def test_locks_of_the_living_stay_and_they_are_named(tmp_path, live_run):
    first, _ = live_run()
    (tmp_path / "locks" / "0.input.lock").touch()
    second, said = live_run()
    assert said == f"[{first.pid}]"
    assert locks(tmp_path) == ["0.input.lock"]
    # The second goes on when the first is gone, and its locks are safe from a third.
    first.kill()
    first.wait()
    _, said = live_run()
    assert said == f"[{second.pid}]"
    assert locks(tmp_path) == ["0.input.lock"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process hides its environment")
def test_jobs_and_half_written_files_of_the_dead_are_cleared_away(tmp_path, live_run):
    first, _ = live_run()
    folder = tmp_path / "results" / "tables"
    folder.mkdir(parents=True)
    (folder / ".runs.csv.123.tmp").touch()
    (folder / "runs.csv").touch()
    second, _ = live_run()
    assert live_run.jobs() == [True, True]
    assert len(list(folder.iterdir())) == 2
    for process in (first, second):
        process.kill()
        process.wait()
    live_run()
    until = time.monotonic() + 10
    while live_run.jobs() != [False, False, True] and time.monotonic() < until:
        time.sleep(0.05)
    assert live_run.jobs() == [False, False, True]
    assert [path.name for path in folder.iterdir()] == ["runs.csv"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="cannot be written to"):
        claim_folder(tmp_path / "file" / ".snakemake", tmp_path)
