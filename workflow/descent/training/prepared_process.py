"""The prepared process: it has loaded what every run needs, and each run is a copy of it.

``python -m descent.training.prepared_process`` waits at a socket for as long as the process that
started it is alive. For each request of :mod:`descent.training.start` it makes a copy of itself
(``fork``), which takes over arguments, environment, folder and streams, says so, trains, and ends
as any process; the prepared one tells the exit code. When the process that asked for a run has
ended, so does the run.

Linux alone has all that this needs; elsewhere, and if the process ends, each job loads its own.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import secrets
import select
import signal
import socket
import sys
import threading
import time
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import Any

from descent.training.start import PARENT_CHECK_SECONDS, TAKEN, VARIABLE, user_of

#: What every training job imports; its problem's module and its rule come on top.
OF_EVERY_JOB = (
    "descent.training.job",
    "descent.training.loop",
    "descent.training.machine",
    "descent.optimizers.loading",
    "descent.problems.loading",
)
#: What the process loads: that, and what problems on sparse data import.
LOADED = (*OF_EVERY_JOB, "scipy.sparse")
#: More bytes than any request has: the system refuses longer ones, and the job loads its own.
LONGEST_REQUEST = 2**20
#: Seconds that runs are given to end when the prepared process does.
PATIENCE = 1.0


def offer_prepared_process(threads: int) -> Popen[bytes] | None:
    """Start a prepared process for the jobs that this process starts, and tell them of it.

    It listens when it has loaded everything; a job that starts before loads its own libraries.

    Parameters
    ----------
    threads : int
        Of the linear algebra of each run, which is fixed when NumPy is loaded.

    Returns
    -------
    subprocess.Popen or None
        The process, which ends with this one; None on a system that cannot have it.
    """
    if sys.platform != "linux":
        return None
    from descent.training.job import THREADS  # noqa: PLC0415 - few processes need it

    # The null character: a name without a file, which nobody has to remove.
    address = f"\0descent-{os.getpid()}-{secrets.token_hex(8)}"
    offer = {"address": address, "parent": os.getpid(), "python": [sys.prefix, sys.version]}
    os.environ[VARIABLE] = json.dumps(offer)
    process = Popen(
        [sys.executable, "-m", "descent.training.prepared_process"],
        env=os.environ | dict.fromkeys(THREADS, str(threads)),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    atexit.register(_end, process)
    return process


def _end(process: Popen[bytes]) -> None:
    """End the prepared process, so that the time of its runs counts as that of this process."""
    process.terminate()
    try:
        process.wait(timeout=2 * PATIENCE)
    except TimeoutExpired:
        process.kill()
        process.wait()


def load() -> None:
    """Import what every run needs."""
    for module in LOADED:
        importlib.import_module(module)


def serve(address: str, parent: int) -> dict[str, Any] | None:
    """Wait for requests until the process that started this one has ended, or says so.

    Parameters
    ----------
    address : str
        A name of Linux's that begins with a null character.
    parent : int
        The process that started this one. By now it may have ended.

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
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(128)
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
            process = _copy(connection)
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


def _copy(connection: socket.socket) -> int | None:
    """Make a copy of this process for a user of its own.

    Return its number, 0 in the copy, and None for another user or if the system has no room.
    """
    try:
        return os.fork() if user_of(connection) == os.getuid() else None
    except OSError:
        return None


def _take_leave(runs: dict[int, socket.socket]) -> None:
    """Tell the exit codes of the runs that have ended."""
    while runs:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        with runs.pop(process) as connection, contextlib.suppress(OSError):
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())


def _take(connection: socket.socket) -> dict[str, Any]:
    """Become the process of a run: read the request, and say that it is taken."""
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
    """Let NumPy's global generator be another in every run, as in a process of its own."""
    import numpy as np  # noqa: PLC0415 - loaded long ago, but not by whom this module serves

    np.random.seed()  # noqa: NPY002 - for plug-ins that use it


def _end_with(connection: socket.socket) -> None:
    """End this process when the one that asked for it has, even if the prepared one is gone."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(1):
            pass
    os._exit(1)


def _main() -> int:
    """Serve and, in a copy, train."""
    load()
    gc.freeze()  # a copy need not look through what is loaded for garbage, at its end above all
    offer = json.loads(os.environ[VARIABLE])
    request = serve(offer["address"], offer["parent"])
    if request is None:
        return 0
    from descent.training.job import limit_file_size, main  # noqa: PLC0415 - loaded long ago

    limit_file_size()
    return main(request["arguments"], request["seconds"])


if __name__ == "__main__":
    sys.exit(_main())
