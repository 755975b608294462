"""How many processes run the tests side by side."""

import os


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: many tests wait for a process or a signal."""
    return (os.cpu_count() or 1) + 1
