"""Files whose date lies in the future: Snakemake compares dates, and would fail after each job."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable
from pathlib import Path

#: Seconds that the clock of a file system may be ahead.
TOLERANCE = 2.0


def describe_future_date(paths: Iterable[Path]) -> str | None:
    """Return what to do about the file that is furthest in the future.

    Parameters
    ----------
    paths : iterable of Path
        Files; those that do not exist are passed over.

    Returns
    -------
    str or None
        A sentence; None if every date is past.
    """
    dates = {path: path.stat().st_mtime for path in paths if path.is_file()}
    latest = max(dates, key=dates.__getitem__, default=None)
    if latest is None or dates[latest] <= time.time() + TOLERANCE:
        return None
    shown = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(dates[latest]))
    return (
        f"{latest} is dated {shown}, which is in the future. Snakemake compares dates: set this "
        "machine's clock, or the dates of what was made elsewhere, with: "
        f"find {shlex.quote(str(latest.parent))} -newermt now -exec touch {{}} +"
    )
