"""A stream with one line that is drawn over, and text that stays above it."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

#: Seconds between two lines where there is no terminal to draw on.
REPEAT = 20.0


class Screen:
    """Shows text that stays, and below it one live line.

    Parameters
    ----------
    stream : text stream
        A terminal, where the live line is drawn over, or a file, which gets a line now and then.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._written = time.monotonic()
        self._live = ""

    def show(self, text: str) -> None:
        """Show text that stays, above the live line."""
        live = self._live
        self.draw("")
        self._stream.write(text + "\n")
        self.draw(live)

    def draw(self, line: str) -> None:
        """Replace the live line; an empty one removes it."""
        if self._terminal:
            self._live = line[: shutil.get_terminal_size().columns - 1]
            self._stream.write(f"\r\033[K{self._live}")
        elif line and time.monotonic() - self._written >= REPEAT:
            self._written = time.monotonic()
            self._stream.write(line + "\n")
        self._stream.flush()
