"""A run that is a command: what it reports is its record, and however it ends, it is said."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from training_job import JOB, PARENT, WORKFLOW, arguments, is_at_work

SCRIPT = Path(__file__).parents[2] / "examples" / "command_without_libraries.py"
RUN = f"{{python}} {SCRIPT} --optimizer {{optimizer}} --learning-rate {{learning_rate}} "
RUN += "--seed {seed} --steps {steps}"
LINE = '{"step": 10, "train_loss": 0.5, "val_loss": 0.25}'


def job(run=RUN, **changes):
    settings = {"use": "command", "run": run, "files": [], "metric": "test_loss"}
    entry = {"use": "command", "optimizer": "sgd", "learning_rate": 0.1}
    return JOB | {
        "problem": {
            "name": "line",
            "settings": settings | {"python": sys.executable},
            "epochs": 20,
        },
        "optimizer": {"name": "sgd", "entry": entry},
        **changes,
    }


def trained(folder, given, limit=0):
    """Run a job, and return its process and its record, if it left one."""
    words = [*arguments(folder, given), "--time-limit", str(limit)]
    ended = subprocess.run(
        [sys.executable, "-m", "descent.training.command_job", *words],
        env={"PYTHONPATH": str(WORKFLOW), "PATH": os.environ["PATH"], "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    record = folder / "record.json"
    return ended, json.loads(record.read_text()) if record.exists() else None


def of_code(folder, code):
    """Return the job of a script of a few lines of Python."""
    script = folder / "script.py"
    script.write_text(f"import json, os, signal, sys, time\n{code}\n", encoding="utf-8")
    return job(f"{{python}} {script} {{learning_rate}} {{seed}} {{output}}")


def test_a_script_is_a_run_like_any_other(tmp_path):
    ended, record = trained(tmp_path, job())
    assert ended.returncode == 0, ended.stdout
    said = subprocess.check_output(
        [
            sys.executable,
            SCRIPT,
            *["--optimizer", "sgd", "--learning-rate", "0.1", "--seed", "0", "--steps", "20"],
        ],
        text=True,
    )
    *rows, last = map(json.loads, said.splitlines())
    for name in ("step", "train_loss", "validation_loss"):
        assert record["curve"][name] == [row[name] for row in rows]
    assert record["final_whole"] == last
    assert (record["status"], record["steps"], record["headline"]) == ("finished", 20, "loss")
    assert record["hyperparameters"]["learning_rate"] == 0.1
    assert ended.stdout.decode().startswith(said), "the log has what the script prints"
    costs = json.loads((tmp_path / "costs.json").read_text())
    assert costs["training_seconds"] > 0
    assert costs["peak_memory_bytes"] > 2**20
    assert trained(tmp_path, job())[0].stdout.startswith(b"kept: ")


def test_a_run_for_tuning_keeps_nothing_of_the_test_data(tmp_path):
    code = f"print('{LINE[:-1]}, \"test_loss\": 0.3}}')"
    _, record = trained(tmp_path, of_code(tmp_path, code) | {"for_tuning": True})
    assert record["curve"]["validation_loss"] == [0.25]
    assert "test_loss" not in {**record["curve"], **record["final_whole"]}


def test_values_reach_the_script_as_they_are_and_no_shell_sees_them(tmp_path):
    entry = {"use": "command", "optimizer": "$(touch escaped) 'a' ; b", "learning_rate": 1e-05}
    entry |= {"schedule": {"use": "linear", "warmup_steps": 5}, "nesterov": True}
    code = f"print(json.dumps(sys.argv[1:]))\nprint('{LINE[:-1]}, \"test_loss\": 1}}')"
    given = of_code(tmp_path, code)
    words = "{optimizer} {learning_rate}/{seed} {schedule} {warmup_fraction} {nesterov} 'x {{y}}'"
    given["problem"]["settings"]["run"] = f"{{python}} {tmp_path / 'script.py'} {words}"
    given["optimizer"] = {"name": "mine", "entry": entry}
    ended, _ = trained(tmp_path, given | {"hyperparameters": {"learning_rate": 0.003}})
    said = json.loads(ended.stdout.splitlines()[0])
    assert said == [entry["optimizer"], "0.003/0", "linear", "0.25", "true", "x {y}"]
    assert not Path("escaped").exists()


@pytest.mark.parametrize(
    "to", ["print(line, flush=True)", "print(line, file=open(sys.argv[3], 'a'))"]
)
def test_lines_are_read_from_output_or_a_file_whatever_stands_between(tmp_path, to):
    code = f"""
print("step 1 of 2", "50 %|####", file=sys.stderr)
lines = ['\\r 50 %\\r{LINE}', '{{"step": 15}}', '{{"a": [', 'garbage' * 10**5, '[' * 10**5]
lines += ['{{"step": 20, "loss": 0.4, "val_loss": 0.1, "train_loss": 0.2}}', '{{"test_loss": 0.3}}']
for line in lines:
    {to}
"""
    _, record = trained(tmp_path, of_code(tmp_path, code))
    assert record["curve"]["validation_loss"] == [0.25, 0.1]
    assert record["curve"]["mini_batch_loss"] == [None, 0.4]
    assert record["final_whole"] == {"test_loss": 0.3}


@pytest.mark.parametrize(
    ("code", "status", "curve"),
    [
        (
            f"print('{LINE}')\nprint('{{\"step\": 12, \"loss\": NaN}}')\ntime.sleep(60)",
            "diverged",
            [10],
        ),
        (f"print('{LINE}')\nprint('{{\"val_loss\": 1e999}}')\nsys.exit(3)", "diverged", [10]),
        (f"print('{LINE}')\ntime.sleep(60)", "timeout", [10]),
        (f"print('{LINE}')\nos.close(1), os.close(2)\ntime.sleep(60)", "timeout", [10]),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)", "timeout", None),
    ],
)
def test_divergence_and_a_time_limit_are_results(tmp_path, code, status, curve):
    began = time.monotonic()
    ended, record = trained(tmp_path, of_code(tmp_path, code), limit=2)
    assert time.monotonic() - began < 20
    assert ended.returncode == 0, ended.stdout
    assert (record["status"], record["curve"].get("step")) == (status, curve)
    assert record["final_whole"] == {"test_loss": None}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('some words')\nsys.exit(3)", "exit code 3."),
        ("os.kill(os.getpid(), signal.SIGKILL)", "exit code 137: it was killed"),
        ("sys.exit(137)", "exit code 137: it was killed"),
        ("raise MemoryError", "exit code 1: it ran out of memory."),
        ("", "without a line that has test_loss, which the study compares. Received: none"),
        (
            f"print('{LINE}')",
            "has test_loss, which the study compares. Received: train_loss, valid",
        ),
        ("print('{\"test_loss\": 1}')", "has validation_loss, which the study chooses settings by"),
        ('print(\'{"step": 21, "loss": 1}\')', "from 0 to 20, the entry's `steps`. Received: 21"),
    ],
)
def test_what_leaves_no_record_says_why_below_its_last_lines(tmp_path, code, said):
    ended, record = trained(tmp_path, of_code(tmp_path, code))
    assert (ended.returncode, record) == (1, None)
    assert said in ended.stdout.decode().splitlines()[-1]
    assert "Traceback (most" not in ended.stdout.decode() or "MemoryError" in code


def test_a_command_that_is_none_is_one_sentence(tmp_path):
    ended, _ = trained(tmp_path, job("/no/such/python {seed}"))
    assert ended.stdout == b"/no/such/python cannot be run: No such file or directory\n"


def test_gigabytes_of_output_leave_the_beginning_and_the_end_in_the_log(tmp_path):
    code = f"""
print("first")
for _ in range(2000):
    sys.stdout.write("x" * 2**19)  # a gigabyte in one line
print("\\nlast words", file=sys.stderr)
print('\\n{LINE[:-1]}, "test_loss": 1}}')
"""
    ended, record = trained(tmp_path, of_code(tmp_path, code))
    assert record["status"] == "finished"
    assert ended.stdout.startswith(b"first\n")
    assert b"last words" in ended.stdout
    assert b" bytes are left out]" in ended.stdout
    assert len(ended.stdout) < 2 * 2**20


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_that_a_command_starts_ends_with_its_job(tmp_path, by):
    pids = tmp_path / "pids"
    code = f"""
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open({str(pids)!r}, "w") as file:
    print(os.getpid(), child.pid, file=file)
time.sleep(60)
"""
    words = [sys.executable, "-m", "descent.training.command_job"]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *words, *arguments(tmp_path, of_code(tmp_path, code))],
        env={"PYTHONPATH": str(WORKFLOW), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    of_job = int(parent.stdout.readline())
    until = time.monotonic() + 30
    while not (pids.exists() and pids.read_text().endswith("\n")) and time.monotonic() < until:
        time.sleep(0.05)
    started = [int(pid) for pid in pids.read_text().split()]
    assert all(map(is_at_work, started))
    os.kill(of_job, by)
    until = time.monotonic() + 20
    while any(map(is_at_work, started)) and time.monotonic() < until:
        time.sleep(0.05)
    left = [pid for pid in started if is_at_work(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    parent.communicate(timeout=20)
    assert left == []
