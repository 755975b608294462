"""How the processes of the tests are run."""

import gc
import os

# They run side by side, and so do the jobs that they start: each has one thread of linear algebra.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: many tests wait for a process or a signal."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Look for no garbage among the libraries and the tests: nothing of them ends before these."""
    gc.freeze()
