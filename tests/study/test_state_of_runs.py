"""The command that shows the progress of a study."""

import subprocess
import sys

from trained_study import planned


def test_a_reader_that_reads_no_further_is_no_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    problems = {f"bowl_{i:050d}": {"use": "quadratic", "epochs": 1} for i in range(900)}
    planned({"study": "long", "problems": problems, "optimizers": {"sgd": {"use": "sgd"}}})
    command = [sys.executable, "-m", "descent.study.status"]
    status = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    status.stdout.readline()
    status.stdout.close()
    assert status.stderr.read() == ""
    status.stderr.close()
    assert status.wait() == 1
