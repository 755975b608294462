"""Prepared processes: each has loaded what jobs need, and each job is a copy of one.

``python -m descent.jobs.prepared_process KIND SOCKET`` waits at a socket, given by its number, for
as long as the process that started it is alive. For each request of :mod:`descent.jobs.start` it
makes a copy of itself (``fork``), which takes over arguments, environment, folder and streams, says
so, carries the job out, and ends; the prepared one tells the exit code. When the process that asked
for a job has ended, so does the job.

Training jobs have a prepared process of their own, which loads what each of them needs and no more,
with the number of threads that their study says. For the other jobs there is one that imports the
module that it is asked for when it is first asked for it, with one thread; a package's ``__main__``
is imported by the copy.

Linux alone has all that this needs; elsewhere, and if the process ends, each job loads its own.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import io
import json
import os
import secrets
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import Any, cast

from descent.jobs.start import (
    PARENT_CHECK_SECONDS,
    TAKEN,
    THREADS,
    TRAINING_JOB,
    VARIABLE,
    carry_out,
    user_of,
)

#: What every training job imports; its problem's module and its rule come on top.
OF_EVERY_TRAINING = (
    TRAINING_JOB,
    "descent.training.loop",
    "descent.training.machine",
    "descent.optimizers.loading",
    "descent.problems.loading",
)
#: What the process for training jobs loads: that, and what problems on sparse data import.
OF_TRAINING = (*OF_EVERY_TRAINING, "scipy.sparse")
#: What a command imports late, since others import its module for a list or do not need it.
LATE = {
    # It imports pandas and scipy.stats, which tables and figures need too.
    "descent.data.prepare": ("sklearn.model_selection",),
    "descent.figures.study_figures": (
        "descent.analysis.tables.study_tables",
        "descent.figures.drawing",
        "matplotlib.backends.backend_agg",
        "matplotlib.backends.backend_pdf",
        "matplotlib.backends.backend_svg",
    ),
}
#: More bytes than any request has: the system refuses longer ones, and the job loads its own.
LONGEST_REQUEST = 2**20
#: Seconds that jobs are given to end when the prepared process does.
PATIENCE = 1.0
#: Seconds to wait for a request once somebody is connected.
REQUEST_SECONDS = 1.0


def offer_prepared_processes(threads: int | None) -> list[Popen[bytes]]:
    """Start prepared processes for the jobs that this process starts, and tell them of these.

    Jobs may ask for one at once, and wait while it loads what it is to load first.

    Parameters
    ----------
    threads : int or None
        Of the linear algebra of each training job, which is fixed when NumPy is loaded; None if
        nothing is to be trained.

    Returns
    -------
    list of subprocess.Popen
        The processes, which end with this one; none on a system that cannot have them.
    """
    if sys.platform != "linux":
        return []
    of_kinds = {"other": 1} if threads is None else {"training": threads, "other": 1}
    # The null character: a name without a file, which nobody has to remove.
    name = f"\0descent-{os.getpid()}-{secrets.token_hex(8)}"
    addresses = {kind: f"{name}-{kind}" for kind in of_kinds}
    offer = {
        "addresses": addresses,
        "parent": os.getpid(),
        "python": [sys.prefix, sys.version],
    }
    os.environ[VARIABLE] = json.dumps(offer)
    processes = []
    for kind, number in of_kinds.items():
        # Closed here at once: a job whose prepared process ends is not left waiting.
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(addresses[kind])
            listener.listen(128)
            process = Popen(  # noqa: S603 - this module
                [sys.executable, "-m", __name__, kind, str(listener.fileno())],
                env=os.environ | dict.fromkeys(THREADS, str(number)),
                pass_fds=[listener.fileno()],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
            )
        atexit.register(_end, process)
        processes.append(process)
    return processes


def _end(process: Popen[bytes]) -> None:
    """End a prepared process, so that the time of its jobs counts as that of this process."""
    process.terminate()
    try:
        process.wait(timeout=2 * PATIENCE)
    except TimeoutExpired:
        process.kill()
        process.wait()


def load(modules: Iterable[str]) -> None:
    """Import modules, among which nobody need look for garbage: neither here nor in a copy."""
    gc.disable()
    try:
        for module in modules:
            importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def serve(listener: socket.socket, parent: int, *, loads: bool = False) -> dict[str, Any] | None:
    """Wait for requests until the process that started this one has ended, or says so.

    Parameters
    ----------
    listener : socket
        Where requests arrive; closed at the end.
    parent : int
        The process that started this one. By now it may have ended.
    loads : bool, default False
        Whether to import what a request asks for before the copy is made.

    Returns
    -------
    dict or None
        In a copy, the request that it is to carry out; None in the prepared process, at its end.
    """
    told_to_end: list[int] = []
    handlers: dict[int, Any] = {
        # At a terminal an interrupt reaches everyone. Runs end by it, this process with the main
        # one.
        signal.SIGINT: signal.SIG_IGN,
        signal.SIGTERM: lambda number, _frame: told_to_end.append(number),
        signal.SIGCHLD: lambda _number, _frame: None,
    }
    handlers = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    # A signal wakes the process, also between two looks at what it waits for.
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    runs: dict[int, socket.socket] = {}
    with listener:
        while os.getppid() == parent and not told_to_end:
            waiting: list[Any] = [listener, woken, *runs.values()]
            ready, _, _ = select.select(waiting, [], [], PARENT_CHECK_SECONDS)
            if woken in ready:
                os.read(woken, 4096)
            _end_abandoned(runs, ready)
            _take_leave(runs)
            if listener not in ready:
                continue
            connection, _ = listener.accept()
            process = _copy(connection, loads=loads)
            if process == 0:
                signal.set_wakeup_fd(-1)
                for number, handler in handlers.items():
                    signal.signal(number, handler)
                for other in runs.values():  # whose ends are seen when nobody holds them any more
                    other.close()
                return _take(connection)
            if process is None:
                connection.close()
            else:
                runs[process] = connection
    end = time.monotonic() + PATIENCE
    while runs and time.monotonic() < end:
        _take_leave(runs)
        time.sleep(0.01)
    return None


def _end_abandoned(runs: dict[int, socket.socket], ready: list[Any]) -> None:
    """End the runs whose jobs have ended."""
    for process, connection in runs.items():
        if connection in ready and _has_ended(connection):
            os.kill(process, signal.SIGKILL)


def _has_ended(connection: socket.socket) -> bool:
    """Return whether nobody is at the other end; it may be a request that was to be read there."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _load_for(connection: socket.socket) -> None:
    """Import what a request asks for; the request is read by the copy."""
    connection.settimeout(REQUEST_SECONDS)
    try:
        module = json.loads(connection.recv(LONGEST_REQUEST, socket.MSG_PEEK))["module"]
        modules = (module, *LATE.get(module, ()))
    except (OSError, ValueError, KeyError, TypeError):  # the copy finds what is wrong
        return
    finally:
        connection.settimeout(None)
    with contextlib.suppress(Exception, SystemExit):  # the copy raises and tells it
        load(name for name in modules if name not in sys.modules)


def _copy(connection: socket.socket, *, loads: bool) -> int | None:
    """Make a copy of this process for a user of its own.

    Return its number, 0 in the copy, and None for another user or if the system has no room.
    """
    if user_of(connection) != os.getuid():
        return None
    if loads:
        _load_for(connection)
    try:
        return os.fork()
    except OSError:
        return None


def _take_leave(runs: dict[int, socket.socket]) -> None:
    """Tell the exit codes of the runs that have ended."""
    while runs:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        if process not in runs:  # of a module that has started one when it was imported
            continue
        with runs.pop(process) as connection, contextlib.suppress(OSError):
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def _take(connection: socket.socket) -> dict[str, Any]:
    """Become the process of a job: read the request, and say that it is taken."""
    payload, streams, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 3)
    request: dict[str, Any] = json.loads(payload)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    _seed_anew()
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    connection.send(TAKEN)
    return request


def _seed_anew() -> None:
    """Let NumPy's global generator be another in every job, as in a process of its own."""
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # for plug-ins that use it


def _end_with(connection: socket.socket) -> None:
    """End this process when the one that asked for it has, even if the prepared one is gone."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(1):
            pass
    os._exit(1)


def main(kind: str, number: str) -> int | None:
    """Serve and, in a copy, carry out what is asked for; return the exit code."""
    listener = socket.socket(fileno=int(number))
    listener.set_inheritable(False)
    load(OF_TRAINING if kind == "training" else ())
    parent = json.loads(os.environ[VARIABLE])["parent"]
    request = serve(listener, parent, loads=kind == "other")
    code = 0 if request is None else carry_out(request["module"], request["arguments"])
    end_at_once(code or 0)
    return code


def end_at_once(code: int) -> None:
    """End this process as Python does, but leave its memory to the system.

    Python takes every object apart, and of a copy the system copies each page for that: a sixth of
    what a study of short runs takes. Return where more is left to Python: threads to wait for, a
    file to close, or a stream that cannot be written.

    Parameters
    ----------
    code : int
        The exit code.
    """
    others = set(threading.enumerate()) - {threading.main_thread()}
    if not all(thread.daemon for thread in others):
        return
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no public name for it
    try:
        if any(_is_open(found) for found in gc.get_objects()):
            return
        sys.stdout.flush()
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):  # also if there is no stream, or a detached one
        return
    ctypes.CDLL(None).fflush(None)  # what compiled code has printed
    os._exit(code)


def _is_open(found: object) -> bool:
    """Return whether an object is an open file, and not one in memory."""
    kind = type(found)  # which some objects, asked for their class, do not tell
    if not issubclass(kind, io.IOBase) or issubclass(kind, (io.BytesIO, io.StringIO)):
        return False
    return not cast("io.IOBase", found).closed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
