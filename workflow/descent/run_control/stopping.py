"""A run that is told to stop stops, whatever the engine is doing at that moment."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType


def handle_sigterm_in_a_thread() -> None:
    """Let the handler of SIGTERM wait for the engine's lock in a thread of its own.

    Python runs a handler in the main thread, between two of its instructions. Snakemake's takes a
    lock that the main thread holds while it closes the books on finished jobs: a signal that
    arrives then would wait for it for ever.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if not callable(handler):
        return

    def handle(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=handler, args=(number, frame), daemon=True).start()

    signal.signal(signal.SIGTERM, handle)


def end_interrupted_in_a_sentence() -> None:
    """Let Ctrl-C end this process with a sentence where the engine would show a traceback.

    Snakemake handles it while jobs run, and not while it plans, or when the last job has ended.
    """
    before = sys.excepthook

    def show(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print("Stopped. The same command continues.", file=sys.stderr)
        else:
            before(kind, error, traceback)

    sys.excepthook = show
