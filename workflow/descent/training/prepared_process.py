"""The prepared process: it has loaded what every run needs, and each run is a copy of it.

``python -m descent.training.prepared_process ADDRESS PARENT`` waits at a socket for as long as the
process that started it is alive. For each request of :mod:`descent.training.start` it makes a copy
of itself, which takes over arguments, environment, folder and streams, trains, and tells the exit
code. A copy ends when the process that asked for it does.

Linux alone has all that this needs; elsewhere, and if the process ends, each job loads its own.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import secrets
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from subprocess import DEVNULL, Popen
from typing import NoReturn

from descent.training.start import PARENT_CHECK_SECONDS, VARIABLE

#: What the process loads: all that does not depend on the run.
LOADED = (
    "numpy",
    "scipy.sparse",
    "descent.optimizers.loading",
    "descent.problems.loading",
    "descent.training.job",
    "descent.training.loop",
    "descent.training.machine",
)
#: Bytes of a request, which has a whole environment in it.
LARGEST_REQUEST = 2**20


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
    process = Popen(  # noqa: S603
        [sys.executable, "-m", "descent.training.prepared_process", address[1:], str(os.getpid())],
        env=os.environ | dict.fromkeys(THREADS, str(threads)),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    offer = {"address": address, "parent": os.getpid(), "prefix": sys.prefix}
    os.environ[VARIABLE] = json.dumps(offer)
    atexit.register(_end, process)
    return process


def _end(process: Popen[bytes]) -> None:
    """End the prepared process, so that the time of its runs counts as that of this process."""
    process.terminate()
    process.wait()


def serve(address: str, parent: int) -> None:
    """Wait for requests at a socket until the process that started this one has ended.

    Parameters
    ----------
    address : str
        A name of Linux's that begins with a null character.
    parent : int
        The process that started this one. By now it may have ended.
    """
    # At a terminal an interrupt reaches everyone. Runs end by it, this process with the main one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    load()
    runs: dict[int, socket.socket] = {}
    atexit.register(_await, runs)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(128)
        while os.getppid() == parent:
            ready, _, _ = select.select([listener], [], [], PARENT_CHECK_SECONDS)
            _take_leave(runs)
            if not ready:
                continue
            connection, _ = listener.accept()
            if _user_of(connection) != os.getuid():
                connection.close()
                continue
            process = os.fork()
            if process == 0:
                listener.close()
                _run(connection)
            runs[process] = connection


def load() -> None:
    """Import what every run needs."""
    for module in LOADED:
        importlib.import_module(module)


def _user_of(connection: socket.socket) -> int:
    """Return the user at the other end; anybody on the machine may connect."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _, user, _ = struct.unpack("3i", credentials)
    return int(user)


def _take_leave(runs: dict[int, socket.socket]) -> None:
    """Close the connections of the runs that have ended, and tell which one a signal has ended."""
    while runs:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        with runs.pop(process) as connection, contextlib.suppress(OSError):
            if os.WIFSIGNALED(status):
                connection.send(str(-os.WTERMSIG(status)).encode())


def _await(runs: dict[int, socket.socket]) -> None:
    """Wait for runs that are about to end: their processor time is lost to whoever does not."""
    end = time.monotonic() + 1.0
    while runs and time.monotonic() < end:
        _take_leave(runs)
        time.sleep(0.01)


def _run(connection: socket.socket) -> NoReturn:
    """Be the process of a run, from the request to the end."""
    try:
        payload, streams, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, 3)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        request = json.loads(payload)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _seed_anew()
        threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
        code = _exit_code(request["arguments"], request["seconds"])
        connection.send(str(code).encode())
    except BaseException:  # noqa: BLE001 - the process that asked says that there is no answer
        traceback.print_exc()
    finally:
        os._exit(1)  # nothing of the prepared process is this one's to clean up


def _seed_anew() -> None:
    """Let NumPy's global generator be another in every run, as in a process of its own."""
    import numpy as np  # noqa: PLC0415 - loaded long ago, but not by whom this module serves

    np.random.seed()  # noqa: NPY002 - for plug-ins that use it


def _end_with(connection: socket.socket) -> None:
    """End this process when the one that asked for it has ended."""
    while connection.recv(1):
        pass
    os._exit(1)


def _exit_code(arguments: list[str], seconds_before: float) -> int:
    """Train, and return what a process of its own would have ended with."""
    from descent.training.job import limit_file_size, main  # noqa: PLC0415 - loaded long ago

    code: int | str | None
    try:
        limit_file_size()
        code = main(arguments, seconds_before)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - Python itself would print it and end
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # a full disk, on which Python ends with this code
        return code or 120
    return code or 0


if __name__ == "__main__":
    serve(f"\0{sys.argv[1]}", int(sys.argv[2]))
