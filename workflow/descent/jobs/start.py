"""Start a job: in a copy of a process that has loaded what the job needs, or here.

``python -m descent.jobs.start MODULE ARGUMENTS`` ends as ``python -m MODULE ARGUMENTS`` would.
Loading Python, NumPy and SciPy takes 0.1 to 0.2 seconds, as much as a short run trains; pandas and
matplotlib take a second, as much as a figure is drawn. A run of the workflow therefore keeps
prepared processes (:mod:`descent.jobs.prepared_process`), of which each job that is started by this
module is a copy; what importing its module prints is lost there. They are only for direct children
of the main process with the same Python: a job in a container, in another environment or on another
machine loads its own libraries.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

#: Environment variable that tells where prepared processes are, as JSON: the ``addresses`` by kind,
#: the ``parent`` of those whom they serve, and the ``python`` whose libraries they have, by prefix
#: and version.
VARIABLE = "DESCENT_PREPARED_PROCESSES"
#: Environment variable with the processor time, in seconds, that starting a training has taken
#: before its copy was made.
SPENT = "DESCENT_SECONDS_SPENT"
#: The module of training jobs, for which a process of their own is prepared.
TRAINING_JOB = "descent.training.job"
#: What a copy says when it has taken a job over; the next message is the exit code.
TAKEN = b"taken"
#: Seconds after which a job that nobody has taken over loads its own libraries.
LONGEST_WAIT = 30.0
#: Seconds between two checks that the process that started this one is alive.
PARENT_CHECK_SECONDS = 0.25
#: Where the libraries behind NumPy look for their number of threads.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def kind_of(module: str) -> str:
    """Return which kind of prepared process serves a module: ``training`` or ``other``."""
    return "training" if module == TRAINING_JOB else "other"


def hand_over(module: str, arguments: list[str]) -> int | None:
    """Let a copy of a prepared process carry out a job, and wait for the end.

    Parameters
    ----------
    module : str
        Dotted name of the command.
    arguments : list of str
        Its command line.

    Returns
    -------
    int or None
        The exit code, negative for a signal that ended the job; None if no process is prepared for
        this one, or has taken the job over.
    """
    parent = os.getppid()
    offer = json.loads(os.environ.pop(VARIABLE, "{}"))
    if offer.get("parent") != parent or offer["python"] != [sys.prefix, sys.version]:
        return None
    address = offer["addresses"].get(kind_of(module))
    if address is None:
        return None
    spent = {SPENT: str(time.process_time())} if module == TRAINING_JOB else {}
    # Not by pathlib: who only hands over imports as little as it can.
    request = {
        "module": module,
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109
        "environment": {**os.environ, **spent},
    }
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            if connection.fileno() < 3:
                return None  # a stream of this process is closed, and the socket has its number
            connection.settimeout(PARENT_CHECK_SECONDS)
            connection.connect(address)
            if user_of(connection) != os.getuid():
                return None
            socket.send_fds(connection, [json.dumps(request).encode()], [0, 1, 2])
            if _next_message(connection, parent, LONGEST_WAIT) == TAKEN:
                return _exit_code(connection, parent)
    except OSError as error:
        print(f"The prepared process does not answer, so all is loaded here: {error}")
    return None if os.getppid() == parent else 1


def user_of(connection: socket.socket) -> int:
    """Return the user at the other end of a connection: anybody on the machine may be there."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder)  # process, user, group


def _next_message(connection: socket.socket, parent: int, seconds: float = float("inf")) -> bytes:
    """Wait for a message; return none if the other end, the parent or the time is at its end."""
    end = time.monotonic() + seconds
    while os.getppid() == parent and time.monotonic() < end:
        try:
            return connection.recv(64)
        except TimeoutError:
            continue
    return b""


def _exit_code(connection: socket.socket, parent: int) -> int:
    """Wait for the exit code of a job that was taken over."""
    try:
        if message := _next_message(connection, parent):
            return int(message)
    except ConnectionError:
        pass
    print("The process of the job has ended without an answer.", file=sys.stderr)
    return 1


def carry_out(module: str, arguments: list[str]) -> int | None:
    """Carry a job out in this process, as ``python -m`` does, with one thread.

    Jobs run side by side. A training job sets as many threads as its study says.

    Parameters
    ----------
    module : str
        Dotted name of a module, or of a package with a ``__main__``, that has a function ``main``.
    arguments : list of str
        What that is given.

    Returns
    -------
    int or None
        What it returns: the exit code, or None for 0.
    """
    import importlib  # noqa: PLC0415 - who only hands over does not need it

    os.environ |= dict.fromkeys(THREADS, "1")
    command = importlib.import_module(module)
    if hasattr(command, "__path__"):
        command = importlib.import_module(f"{module}.__main__")
    code: int | None = command.main(arguments)
    return code


def end_with_parent() -> None:
    """Let this process end when the one that started it has ended.

    After a workflow is killed, no job may go on and later overwrite the results of the next one.
    """
    import threading  # noqa: PLC0415 - who only hands over does not need it

    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> int | None:
    """Start the job of the command line, and return the exit code."""
    module, *arguments = sys.argv[1:]
    code = hand_over(module, arguments)
    if code is None:
        end_with_parent()
        return carry_out(module, arguments)
    if code < 0:  # to whom started this process, it ended in the same way
        if -code != signal.SIGKILL:  # of which nobody can change what it does
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
