import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine.live_lock import claim_folder

WORKFLOW = Path(engine.__file__).parents[1]
CLAIM = """
import sys
from pathlib import Path
from engine.live_lock import claim_folder
print(claim_folder(Path(sys.argv[1])), flush=True)
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
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


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


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="cannot be written to"):
        claim_folder(tmp_path / "file" / ".snakemake")
