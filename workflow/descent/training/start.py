"""Start a training job: in a copy of the process that has loaded what every run needs, or here.

``python -m descent.training.start`` takes the arguments of :mod:`descent.training.job` and ends as
that would. Loading Python, NumPy and SciPy takes 0.1 to 0.2 seconds, as much as a short run trains.
A run of the workflow therefore keeps a prepared process (:mod:`descent.training.prepared_process`),
of which each job is a copy. It is only for direct children of the main process with the same
Python: a job in a container, in another environment or on another machine loads its own libraries.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time

#: Environment variable that tells where a prepared process is, as JSON: ``address``, the ``parent``
#: of those whom it serves, and the ``python`` whose libraries it has, by prefix and version.
VARIABLE = "DESCENT_PREPARED_PROCESS"
#: What a copy says when it has taken a run over; the next message is the exit code.
TAKEN = b"taken"
#: Seconds between two checks that the process that started this one is alive.
PARENT_CHECK_SECONDS = 0.25


def hand_over(arguments: list[str]) -> int | None:
    """Let a copy of the prepared process train a run, and wait for the end.

    Parameters
    ----------
    arguments : list of str
        Of :mod:`descent.training.job`.

    Returns
    -------
    int or None
        The exit code, negative for a signal that ended the run; None if no process is prepared for
        this one, or has taken the run over.
    """
    parent = os.getppid()
    offer = json.loads(os.environ.pop(VARIABLE, "{}"))
    if offer.get("parent") != parent or offer["python"] != [sys.prefix, sys.version]:
        return None
    # Not by pathlib: who only hands over imports as little as it can.
    request = {
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109
        "environment": dict(os.environ),
        "seconds": time.process_time(),
    }
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            if connection.fileno() < 3:
                return None  # a stream of this process is closed, and the socket has its number
            connection.connect(offer["address"])
            if user_of(connection) != os.getuid():
                return None
            socket.send_fds(connection, [json.dumps(request).encode()], [0, 1, 2])
            connection.settimeout(PARENT_CHECK_SECONDS)
            if _next_message(connection, parent) == TAKEN:
                return _exit_code(connection, parent)
    except OSError as error:
        print(f"The prepared process does not answer, so all is loaded here: {error}")
    return None if os.getppid() == parent else 1


def user_of(connection: socket.socket) -> int:
    """Return the user at the other end of a connection: anybody on the machine may be there."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder)  # process, user, group


def _next_message(connection: socket.socket, parent: int) -> bytes:
    """Wait for a message; return none of the other end's or if this process's parent has ended."""
    while os.getppid() == parent:
        try:
            return connection.recv(64)
        except TimeoutError:
            continue
    return b""


def _exit_code(connection: socket.socket, parent: int) -> int:
    """Wait for the exit code of a run that was taken over."""
    try:
        if message := _next_message(connection, parent):
            return int(message)
    except ConnectionError:
        pass
    print("The process of the run has ended without an answer.", file=sys.stderr)
    return 1


def main() -> int:
    """Start the run of the command line, and return the exit code."""
    arguments = sys.argv[1:]
    code = hand_over(arguments)
    if code is None:
        from descent.training.job import run_in_this_process  # noqa: PLC0415 - it is costly

        return run_in_this_process(arguments)
    if code < 0:  # to whom started this process, it ended in the same way
        if -code != signal.SIGKILL:  # of which nobody can change what it does
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main())
