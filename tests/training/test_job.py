import json
import os
import signal
import subprocess
import sys
import time

import pytest
from training_job import JOB, PARENT, WORKFLOW, arguments, is_at_work

from descent.training.identity import complete_job, identity_of
from descent.training.job import MAIN_PROCESS, main

SLOW = """
import time
from descent.optimizers import Optimizer

class Slow(Optimizer):
    def direction(self, g, state):
        time.sleep(60)
        return g
"""


def test_a_record_of_this_very_run_is_put_back(tmp_path, capsys):
    assert main(arguments(tmp_path)) == 0
    outputs = [tmp_path / name for name in ("record.json", "costs.json")]
    before = [path.read_bytes() for path in outputs]
    for path in outputs:  # as the engine does
        path.unlink()
    assert main(arguments(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("kept: ")
    assert [path.read_bytes() for path in outputs] == before


@pytest.mark.parametrize("name", ["record", "costs"])
def test_a_copy_that_was_cut_off_is_made_again(tmp_path, capsys, name):
    main(arguments(tmp_path))
    copy = tmp_path / f"{name}.kept"
    copy.write_bytes(copy.read_bytes()[:100])
    assert main(arguments(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("finished: ")


@pytest.mark.parametrize(
    "change",
    [{"source": "another"}, {"hyperparameters": {"learning_rate": 0.5}}],
)
def test_a_record_of_another_run_is_made_again(tmp_path, change):
    assert main(arguments(tmp_path)) == 0
    costs = (tmp_path / "costs.json").read_bytes()
    assert main(arguments(tmp_path, JOB | change)) == 0
    assert (tmp_path / "costs.json").read_bytes() != costs


def test_a_kept_record_does_not_load_numpy(tmp_path):
    main(arguments(tmp_path))
    code = (
        "import sys; from descent.training.job import MAIN_PROCESS, main; main(); "
        "sys.exit('numpy' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments(tmp_path)],
        env={"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        check=False,
    )
    assert ended.stdout.startswith(b"kept: ")
    assert ended.returncode == 0


def test_the_last_line_of_the_log_is_the_status(tmp_path, capsys):
    main(arguments(tmp_path, JOB | {"hyperparameters": {"learning_rate": 1e9}}))
    record = json.loads((tmp_path / "record.json").read_text())
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{record['status']}: ")


def test_a_rule_that_does_not_exist_is_one_sentence(tmp_path, capsys):
    job = JOB | {"optimizer": {"name": "x", "entry": {"use": "rmsprob"}}}
    assert main(arguments(tmp_path, job)) == 1
    said = capsys.readouterr().err
    assert "rmsprop" in said
    assert said.count("\n") == 1


def test_a_job_ends_with_the_process_that_started_it(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    job = JOB | {"optimizer": {"name": "slow", "entry": {"use": "slow.py:Slow"}}}
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PARENT,
            sys.executable,
            "-m",
            "descent.training.job",
            *arguments(tmp_path, job),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(WORKFLOW)},
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    time.sleep(1.5)  # into the first step
    assert is_at_work(child)
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 20
    while is_at_work(child) and time.monotonic() < until:
        time.sleep(0.05)
    ended = not is_at_work(child)
    if not ended:
        os.kill(child, signal.SIGKILL)
    assert ended


def test_a_job_whose_run_has_ended_while_its_python_started_trains_nothing(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", ""])
    run.wait()
    ended = subprocess.run(
        [sys.executable, "-m", "descent.training.job", *arguments(tmp_path)],
        env={"PYTHONPATH": str(WORKFLOW), MAIN_PROCESS: str(run.pid)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == "The run that this job belongs to has ended.\n"
    assert ended.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_the_identity_covers_what_a_job_leaves_to_files(tmp_path):
    def identity(rate=0.1, optimum=1.0, fingerprint="a"):
        files = {}
        for name, content in (
            ("choice", {"finalists": [{}, {"hyperparameters": {"learning_rate": rate}}]}),
            ("optimum", {"optimum": optimum}),
            ("dataset", {"fingerprint": fingerprint}),
        ):
            files[name] = tmp_path / f"{name}-{rate}-{optimum}-{fingerprint}.json"
            files[name].write_text(json.dumps(content))
        return identity_of(complete_job(JOB | {"candidate": "tuned-2"}, files))

    assert identity() == identity()
    others = {identity(rate=0.2), identity(optimum=2.0), identity(fingerprint="b")}
    assert len(others | {identity(), identity_of(complete_job(JOB, {}))}) == 5


def test_the_number_of_threads_is_the_jobs_and_not_the_environments(tmp_path):
    environment = {"PYTHONPATH": str(WORKFLOW), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "descent.training.job"]
    subprocess.run(
        [*command, *arguments(tmp_path, JOB | {"threads": 2})], env=environment, check=True
    )
    blas = json.loads((tmp_path / "costs.json").read_text())["machine"]["blas"]
    assert blas.endswith(f"threads={min(2, os.cpu_count())}")


def test_a_time_limit_below_a_second_is_a_limit(tmp_path):
    job = JOB | {"problem": JOB["problem"] | {"epochs": 1e9, "evaluations_per_epoch": 1e-9}}
    words = [*arguments(tmp_path, job), "--time-limit", "0.2"]
    assert main(words) == 0
    assert json.loads((tmp_path / "record.json").read_text())["status"] == "timeout"
