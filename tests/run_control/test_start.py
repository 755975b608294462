"""A run that is told to stop stops, whatever the engine is doing at that moment."""

import signal
import subprocess
import sys
from pathlib import Path

import descent

START = f"""
import os, signal, sys, threading
sys.path.insert(0, {str(Path(descent.__file__).parents[1])!r})
from descent.run_control.start import handle_sigterm_in_a_thread
"""


def ended(code):
    return subprocess.run(
        [sys.executable, "-c", START + code],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def test_a_signal_waits_for_a_lock_that_the_main_thread_holds():
    found = ended(
        "lock, asked = threading.Lock(), threading.Event()\n"
        "def graceful(*_):\n"
        "    with lock:\n"
        "        asked.set()\n"
        "signal.signal(signal.SIGTERM, graceful)\n"
        "handle_sigterm_in_a_thread()\n"
        "with lock:\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print(asked.wait(0.2))\n"
        "print(asked.wait(10))\n"
    )
    assert found.stdout == "False\nTrue\n", found.stderr


def test_where_nobody_handles_it_it_ends_the_process():
    found = ended("handle_sigterm_in_a_thread()\nos.kill(os.getpid(), signal.SIGTERM)\n")
    assert found.returncode == -signal.SIGTERM
