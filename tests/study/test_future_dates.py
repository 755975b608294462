"""A date in the future is answered by a sentence with a command that mends it."""

import os
import shlex
import subprocess
import time

from descent.study.future_dates import describe_future_date


def test_a_future_date_is_named_and_the_command_mends_it(tmp_path):
    past, future = tmp_path / "past", tmp_path / "a future"
    past.touch()
    future.touch()
    os.utime(future, (4e9, 4e9))
    assert describe_future_date([past, tmp_path / "missing"]) is None
    said = describe_future_date([past, future])
    assert said.startswith(f"{future} is dated 2096-10-02")
    subprocess.run(shlex.split(said.partition("with: ")[2]), check=True)
    assert future.stat().st_mtime <= time.time()
    assert describe_future_date([past, future]) is None
