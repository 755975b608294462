"""A job in a copy of a prepared process is the job that a process of its own would be."""

import gzip
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from training_job import JOB, PARENT, WORKFLOW, arguments, is_at_work

from descent.jobs import start
from descent.jobs.prepared_process import LATE, offer_prepared_processes
from descent.jobs.start import TRAINING_JOB, VARIABLE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has it")

#: A rule that does what its first step is told.
RULE = """
import json, os, signal, sys, time
import numpy as np
from descent.optimizers import Optimizer

class Telling(Optimizer):
    def direction(self, g, state):
        if state.step == 1:
            {body}
        return g
"""
TOLD = "print(json.dumps({told}), flush=True)"


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    assert true()


def listens(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        return connection.connect_ex(address) == 0


#: Commands that are no training.
COMMANDS = {
    "fine": """
import json, os, sys
loaded_in = os.getpid()
def main(arguments):
    words = [os.environ["OPENBLAS_NUM_THREADS"], os.environ.get("DESCENT_SECONDS_SPENT")]
    about = [arguments, sorted(sys.modules), words]
    print(json.dumps([loaded_in, os.getpid(), os.getppid(), *about]))
""",
    "broken": "raise ArithmeticError('when it is imported')",
    "ending": "import sys; sys.exit('when it is imported')",
}


@pytest.fixture(scope="module")
def offer(tmp_path_factory):
    """Return the environment of a job for which a process is prepared."""
    folder = tmp_path_factory.mktemp("commands")
    for name, code in COMMANDS.items():
        (folder / f"{name}.py").write_text(code)
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    (folder / "package" / "__main__.py").write_text("def main(arguments):\n    return 4\n")
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(WORKFLOW), str(folder)])
    os.environ.pop("PYTHONUNBUFFERED", None)  # which a run of the workflow takes away too
    processes = offer_prepared_processes(1)
    environment = dict(os.environ)
    os.environ.clear()
    os.environ.update(before)
    yield environment
    for process in processes:
        process.kill()
        process.wait()


def started(folder, environment, job=JOB):
    return subprocess.Popen(
        [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, *arguments(folder, job)],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(folder, environment, job=JOB):
    """Return exit code, standard output and standard error of a run."""
    process = started(folder, environment, job)
    output, error = process.communicate(timeout=60)
    return process.returncode, output, error


def job_of(folder, body):
    (folder / "telling.py").write_text(RULE.format(body=body))
    return JOB | {"optimizer": {"name": "telling", "entry": {"use": "telling.py:Telling"}}}


def told(folder, environment, expression):
    """Return what a run says of itself."""
    code, output, error = ended(folder, environment, job_of(folder, TOLD.format(told=expression)))
    assert code == 0, error
    return json.loads(output.splitlines()[0])


def without(environment):
    return {name: value for name, value in environment.items() if name != VARIABLE}


def test_the_record_has_the_same_bytes(tmp_path, offer):
    records = []
    for name, environment in (("copy", offer), ("own", without(offer))):
        folder = tmp_path / name
        folder.mkdir()
        code, output, error = ended(folder, environment)
        assert (code, error) == (0, "")
        assert output.startswith("finished: 3 steps")
        records.append((folder / "record.json").read_bytes())
        costs = json.loads((folder / "costs.json").read_text())
        assert 0 < costs["startup_seconds"] < costs["cpu_seconds"]
    assert records[0] == records[1]


def test_it_has_the_environment_the_folder_and_the_arguments_of_its_own(tmp_path, offer):
    environment = offer | {"MINE": "a wörd"}
    found = told(tmp_path, environment, "[os.environ['MINE'], os.getcwd(), os.getppid()]")
    assert found[:2] == ["a wörd", str(tmp_path)]
    assert found[2] != os.getpid()  # it is a copy: the prepared process is its parent


def command(environment, *words):
    """Return exit code, standard output and standard error of a command that is no training."""
    ended = subprocess.run(
        [sys.executable, "-m", "descent.jobs.start", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_any_other_command_is_loaded_once_and_not_into_the_process_of_trainings(tmp_path, offer):
    said = [json.loads(command(offer, "fine", name)[1]) for name in ("a", "b c")]
    (loaded, first, parent, *_), (again, second, _, arguments, modules, words) = said
    assert loaded == again == parent
    assert len({loaded, first, second}) == 3
    assert arguments == ["b c"]
    assert "descent.training.loop" not in modules
    assert words == ["1", None]
    assert "fine" not in told(tmp_path, offer, "sorted(sys.modules)")


@pytest.mark.parametrize("words", [("broken",), ("ending",), ("package",), ("descent.report",)])
def test_any_other_command_ends_as_it_would_in_a_process_of_its_own(offer, words):
    copied, own = command(offer, *words), command(without(offer), *words)
    assert copied[:2] == own[:2]
    assert copied[2].splitlines()[-1:] == own[2].splitlines()[-1:]
    assert copied[0] == {"broken": 1, "ending": 1, "package": 4, "descent.report": 2}[words[0]]
    loaded_in, _, parent, *_ = json.loads(command(offer, "fine")[1])
    assert loaded_in == parent  # the prepared process is still there


def test_it_is_for_direct_children_of_the_main_process_alone(tmp_path, offer):
    job = job_of(tmp_path, TOLD.format(told="[os.getpid(), os.getppid()]"))
    words = [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, *arguments(tmp_path, job)]
    said = subprocess.check_output(
        [sys.executable, "-c", PARENT, *words], env=offer, cwd=tmp_path, text=True
    )
    child, own, *_ = said.splitlines()
    assert json.loads(own)[0] == int(child)


def test_another_python_loads_its_own_libraries(tmp_path, offer):
    for python in (["/another", sys.version], [sys.prefix, "3.10"]):
        folder = tmp_path / python[1].split()[0]
        folder.mkdir()
        changed = json.dumps(json.loads(offer[VARIABLE]) | {"python": python})
        assert told(folder, offer | {VARIABLE: changed}, "os.getppid()") == os.getpid()


def test_without_an_answer_all_is_loaded_here_and_the_log_says_so(tmp_path, offer):
    nobody = json.loads(offer[VARIABLE]) | {"addresses": {"training": "\0nobody is there"}}
    code, output, _ = ended(tmp_path, offer | {VARIABLE: json.dumps(nobody)})
    assert code == 0
    assert output.startswith("The prepared process does not answer, so all is loaded here: ")


def test_a_job_that_nobody_takes_over_is_carried_out_here_after_a_while(monkeypatch):
    monkeypatch.setattr(start, "LONGEST_WAIT", 0.5)
    address = f"\0descent-test-silent-{os.getpid()}"
    about = {"parent": os.getppid(), "python": [sys.prefix, sys.version]}
    monkeypatch.setenv(VARIABLE, json.dumps({"addresses": {"other": address}, **about}))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.bind(address)
        silent.listen()
        began = time.monotonic()
        assert start.hand_over("descent.report", []) is None
        assert 0.5 <= time.monotonic() - began < 10


def test_a_job_whose_prepared_process_ends_while_it_loads_is_carried_out_here(
    tmp_path, monkeypatch
):
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(60)")  # it loads for ever
    monkeypatch.setenv(VARIABLE, "")  # and is restored at the end
    with monkeypatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{WORKFLOW}")
        processes = offer_prepared_processes(1)
    job = started(tmp_path, os.environ | {"PYTHONPATH": str(WORKFLOW)})
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            job.wait(timeout=1)  # it waits
    finally:
        for process in processes:
            process.kill()
            process.wait()
    output, error = job.communicate(timeout=60)
    assert job.returncode == 0, error
    assert output.startswith("The prepared process does not answer, so all is loaded here: ")


@pytest.mark.parametrize("command", LATE)
def test_what_a_command_imports_late_is_there(command):
    for module in (command, *LATE[command]):
        importlib.import_module(module)  # the prepared process would pass over a wrong name


def test_another_user_is_not_served(tmp_path, offer):
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    code = (
        "from descent.jobs.start import hand_over\n"
        "__import__('os').setuid(65534)\n"
        "print(hand_over('descent.training.job', ['--help']))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], env=offer, capture_output=True, text=True, check=True
    )
    assert said.stdout == "None\n", said.stderr  # it does not even ask another user's process
    address = json.loads(offer[VARIABLE])["addresses"]["training"]
    code = (
        "import os, socket\n"
        "connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "os.setuid(65534)\n"
        f"connection.connect({address!r})\n"
        "print(connection.recv(64))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=20)
    assert said == "b''\n"


def test_numpys_global_generator_is_another_in_every_run(tmp_path, offer):
    found = set()
    for name in "ab":
        (tmp_path / name).mkdir()
        found.add(told(tmp_path / name, offer, "np.random.random()"))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("raise ArithmeticError('told')", 1, "ArithmeticError: told"),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('a sentence')", 1, "a sentence"),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV, ""),
        ("sys.exit(-1)", 255, ""),
        ("sys.exit((1, 2))", 1, "(1, 2)"),
        ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt"),
        ("os._exit(5)", 5, ""),
        ("import atexit; atexit.register(print, 'at the end', file=sys.stderr)", 0, "at the end"),
    ],
)
def test_it_ends_as_a_process_of_its_own_would(tmp_path, offer, body, code, said):
    found, _, error = ended(tmp_path, offer, job_of(tmp_path, body))
    assert found == code
    assert said in error
    assert (tmp_path / "record.json").exists() == (code == 0)
    (tmp_path / "record.json").unlink(missing_ok=True)
    own, _, error = ended(tmp_path, without(offer), job_of(tmp_path, body))
    assert own == code
    assert said in error


@pytest.mark.parametrize(
    "body",
    [
        "import threading; threading.Timer(0.3, print, ['at the end']).start()",
        "import ctypes; ctypes.CDLL(None).printf(b'at the end')",
        "Telling.kept = open('kept.txt', 'w'); Telling.kept.write('at the end')",
        "import gzip; Telling.kept = gzip.open('kept.gz', 'wt'); Telling.kept.write('at the end')",
    ],
    ids=["a thread", "C", "a file", "a compressed file"],
)
def test_what_is_left_to_the_end_is_done(tmp_path, offer, body):
    left = []
    for name, environment in (("copy", offer), ("own", without(offer))):
        folder = tmp_path / name
        folder.mkdir()
        code, output, _ = ended(folder, environment, job_of(folder, body))
        assert code == 0
        output += "".join(file.read_text() for file in folder.glob("kept.txt"))
        for file in folder.glob("kept.gz"):
            output += gzip.decompress(file.read_bytes()).decode()
        left.append(output.count("at the end"))
    assert left == [1, 1]


@pytest.mark.parametrize(
    ("left", "code"),
    [
        ("", 3),
        ("kept = open(os.devnull, 'w')", 4),
        ("kept = open(os.devnull, 'w'); kept.close()", 3),
        ("threading.Timer(0.1, print).start()", 4),
        ("sys.stdout = None", 4),
        ("kept = io.TextIOWrapper(io.BytesIO()); kept.detach()", 4),
        ("threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", 3),
    ],
)
def test_memory_alone_is_left_to_the_system(left, code):
    program = (
        "import io, os, sys, threading, time\n"
        "from descent.jobs.prepared_process import end_at_once, load\n"
        f"load(())\n{left}\nend_at_once(3)\nsys.exit(4)"
    )
    environment = os.environ | {"PYTHONPATH": str(WORKFLOW)}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert ended.returncode == code


def test_an_output_that_cannot_be_written_at_the_end_is_told(tmp_path, offer):
    for environment in (offer, without(offer)):
        with Path("/dev/full").open("w") as full:
            process = subprocess.run(
                [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, *arguments(tmp_path)],
                env=environment,
                cwd=tmp_path,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert process.returncode == 120
        assert "No space left" in process.stderr


def test_bad_arguments_are_answered_alike(tmp_path, offer):
    for environment in (offer, without(offer)):
        process = subprocess.run(
            [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, "--job"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 2
        assert "argument --job: expected one argument" in process.stderr


def test_a_run_ends_with_the_process_that_asked_for_it(tmp_path, offer):
    body = "print(os.getpid(), flush=True); signal.pause()"
    process = started(tmp_path, offer, job_of(tmp_path, body))
    run = int(process.stdout.readline())
    assert run != process.pid
    assert is_at_work(run)
    process.kill()
    process.communicate()
    until(lambda: not is_at_work(run))


def test_a_run_that_ends_beside_others_is_told_at_once(tmp_path, offer):
    folders = [tmp_path / "long", tmp_path / "short"]
    for folder in folders:
        folder.mkdir()
    wait = "print('at it', flush=True); time.sleep({})"
    short = started(folders[1], offer, job_of(folders[1], wait.format(1) + "; os._exit(5)"))
    short.stdout.readline()
    long = started(folders[0], offer, job_of(folders[0], wait.format(60)))  # forked beside it
    long.stdout.readline()
    try:
        assert short.wait(timeout=20) == 5
        assert long.poll() is None
    finally:
        long.kill()
        for process in (short, long):
            process.communicate()


def test_a_run_that_nobody_waits_for_ends_though_it_cannot_run_python(tmp_path, offer):
    body = "print(os.getpid(), flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    process = started(tmp_path, offer, job_of(tmp_path, body))
    run = int(process.stdout.readline())
    process.kill()
    process.communicate()
    until(lambda: not is_at_work(run))


def test_without_room_for_a_copy_all_is_loaded_here(tmp_path):
    code = (
        "import json, os, socket, subprocess, sys\n"
        "from descent.jobs import prepared_process\n"
        "from descent.jobs.start import VARIABLE\n"
        "main = os.getpid()\n"
        "address = '\\0' + sys.argv[1]\n"
        "listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "listener.bind(address)\n"
        "listener.listen()\n"
        "if os.fork() == 0:\n"
        "    def full():\n        raise BlockingIOError('no room')\n"
        "    os.fork = full\n"
        "    prepared_process.serve(listener, main)\n"
        "    os._exit(0)\n"
        "listener.close()\n"
        "offer = {'addresses': {'training': address}, 'parent': os.getpid()}\n"
        "offer['python'] = [sys.prefix, sys.version]\n"
        "os.environ[VARIABLE] = json.dumps(offer)\n"
        "probe = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n"
        "probe.connect(address)\n"
        "assert probe.recv(64) == b'', 'there was room'\n"
        "sys.exit(subprocess.run(sys.argv[2:]).returncode)"
    )
    words = [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, *arguments(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-c", code, f"descent-test-{os.getpid()}", *words],
        env={"PYTHONPATH": str(WORKFLOW)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "finished: 3 steps" in ended.stdout
    assert (tmp_path / "record.json").exists()


def test_with_a_stream_closed_all_is_loaded_here(tmp_path, offer):
    command = f'exec {sys.executable} -m descent.jobs.start {TRAINING_JOB} "$@" 0<&-'
    job = job_of(tmp_path, TOLD.format(told="os.getppid()"))
    said = subprocess.run(
        ["bash", "-c", command, "job", *arguments(tmp_path, job)],
        env=offer,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout.splitlines()[0]) == os.getpid()  # a copy has another parent


def test_it_ends_with_the_main_process():
    code = (
        "import os, sys\n"
        "from descent.jobs.prepared_process import offer_prepared_processes\n"
        "from descent.jobs.start import VARIABLE\n"
        "print(*(p.pid for p in offer_prepared_processes(1)), flush=True)\n"
        "print(os.environ[VARIABLE], flush=True)\n"
        "sys.stdin.read()"
    )
    main = subprocess.Popen(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(WORKFLOW)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    processes = [int(pid) for pid in main.stdout.readline().split()]
    addresses = json.loads(main.stdout.readline())["addresses"].values()
    assert all(map(listens, addresses))
    main.kill()
    main.communicate()
    until(lambda: not any(map(is_at_work, processes)))
    assert not any(map(listens, addresses))


def test_the_processor_time_of_its_runs_is_that_of_the_main_process(tmp_path):
    job = job_of(tmp_path, "[None for _ in iter(lambda: time.process_time() < 1, False)]")
    code = (
        "import subprocess, sys\n"
        "from descent.jobs.prepared_process import offer_prepared_processes\n"
        "offer_prepared_processes(1)\n"
        "subprocess.run(sys.argv[1:], check=True)\n"
    )
    words = [sys.executable, "-m", "descent.jobs.start", TRAINING_JOB, *arguments(tmp_path, job)]
    before = os.times()
    subprocess.run(
        [sys.executable, "-c", code, *words],
        env={"PYTHONPATH": str(WORKFLOW)},
        cwd=tmp_path,
        check=True,
    )
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    assert used > 1.0  # without the run it would be what is loaded, less than a half


def test_it_does_not_outlive_a_main_process_that_ends_at_once():
    code = (
        "from descent.jobs.prepared_process import offer_prepared_processes\n"
        "print(*(p.pid for p in offer_prepared_processes(1)), flush=True)\n"
        "__import__('os')._exit(0)"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(WORKFLOW)}, text=True
    )
    until(lambda: not any(is_at_work(int(pid)) for pid in said.split()))


def test_runs_have_the_studys_number_of_threads_and_all_others_one():
    before = dict(os.environ)
    processes = offer_prepared_processes(2)
    try:
        for process, number in zip(processes, (2, 1), strict=True):
            words = Path(f"/proc/{process.pid}/environ")
            of_blas = f"OPENBLAS_NUM_THREADS={number}".encode()
            until(lambda words=words, of_blas=of_blas: of_blas in words.read_bytes().split(b"\0"))
    finally:
        os.environ.clear()
        os.environ.update(before)
        for process in processes:
            process.kill()
            process.wait()
