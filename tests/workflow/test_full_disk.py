"""A disk that is full, and one that is read-only: a clear sentence, and then it goes on."""

import os
import subprocess
import sys
import time

import pytest
from project_copy import Project

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a disk of its own"
)


@pytest.fixture
def disk(tmp_path):
    """A small disk; its function sets how much more may be written."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no disk can be mounted here")

    def remount(option):
        subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)

    yield folder, remount
    subprocess.run(["umount", "--lazy", folder], check=True)


def used_kib(folder):
    told = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[0])


def test_a_full_disk_is_said_in_a_sentence_and_the_run_goes_on_when_there_is_room(disk, finished):
    folder, remount = disk
    project = Project.make(folder / "project")
    for room in (8, 300):
        remount(f"size={used_kib(folder) + room}k")
        began = time.monotonic()
        ended = project.run(PYTHONDONTWRITEBYTECODE="1")
        assert time.monotonic() - began < 50  # it does not wait for the timers of the job rate
        assert ended.returncode != 0
        assert "No space left on device" in ended.stderr
        assert "Traceback" not in ended.stderr.replace("| Traceback", "")
    remount("size=64m")
    project.complete()
    assert project.results_digests() == finished.results_digests()


@pytest.mark.parametrize("only_results", [False, True])
def test_what_is_read_only_is_said_in_a_sentence(disk, tmp_path, only_results):
    folder, remount = disk
    project = Project.make((tmp_path if only_results else folder) / "project")
    if only_results:
        (project.folder / "results").symlink_to(folder)
    remount("ro")
    ended = project.run(PYTHONDONTWRITEBYTECODE="1")
    assert ended.returncode != 0
    assert "Read-only file system" in ended.stderr
    assert "Traceback" not in ended.stderr.replace("| Traceback", "")
