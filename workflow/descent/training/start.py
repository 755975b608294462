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
#: of those whom it serves, and the ``prefix`` of the Python in which its libraries are.
VARIABLE = "DESCENT_PREPARED_PROCESS"
#: Seconds between two checks that the process that started this one is alive.
PARENT_CHECK_SECONDS = 0.25


def hand_over(arguments: list[str]) -> int | None:
    """Let the prepared process train a run, and wait for the end.

    Parameters
    ----------
    arguments : list of str
        Of :mod:`descent.training.job`.

    Returns
    -------
    int or None
        The exit code, negative for a signal that ended the run; None if no process is prepared for
        this one, or it does not answer.
    """
    parent = os.getppid()
    offer = json.loads(os.environ.pop(VARIABLE, "{}"))
    if (offer.get("parent"), offer.get("prefix")) != (parent, sys.prefix):
        return None
    # Not by pathlib: who only hands over imports as little as it can.
    request = {
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109
        "environment": dict(os.environ),
        "seconds": time.process_time(),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        try:
            connection.connect(offer["address"])
            streams = [0, 1, 2]
            socket.send_fds(connection, [json.dumps(request).encode()], streams)
        except OSError as error:
            print(f"The prepared process does not answer, so all is loaded here: {error}")
            return None
        connection.settimeout(PARENT_CHECK_SECONDS)
        while os.getppid() == parent:
            try:
                answer = connection.recv(64)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if answer:
                return int(answer)
            break
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
