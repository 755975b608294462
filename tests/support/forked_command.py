"""Commands as copies of a process that has imported libraries: most of what they take to start.

Python's fork server imports what Snakemake and the package import, and nothing of this project but
its executor plug-in, which Snakemake imports with its own modules. Each command is a copy of it,
with the folder, environment and streams that a process of its own would have.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

#: What Snakemake imports in every run, some of it late, and what makes tables and figures.
IMPORTED = (
    "jsonschema",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "pandas",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.stats",
    "smart_open",
    "snakemake.cli",
    "snakemake.executors.local",
    "snakemake.report.html_reporter",
)
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(list(IMPORTED))


class ForkedCommand:
    """``python -m MODULE WORDS``, with the methods of :class:`subprocess.Popen` that tests use.

    Parameters
    ----------
    words : sequence of str
        The module and its arguments.
    folder : Path
        The working directory.
    environment : mapping of str to str
        All of its environment; what Python and the libraries read of it when they are loaded, as
        the number of threads, is without effect here, but not in the processes that the command
        starts. ``PYTHONPATH`` and ``PYTHONDONTWRITEBYTECODE`` have their effect.
    """

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.args = list(words)
        self._streams = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, self._streams)
        self._process = _FORKS.Process(
            target=_run,
            args=(self.args, str(folder), dict(environment), self._streams),
        )
        self._process.start()
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end and return what it has written to standard output and error."""
        self._process.join(timeout)
        if self.poll() is None:
            self.kill()
            raise subprocess.TimeoutExpired(self.args, timeout)
        said = [Path(self._streams, name).read_text(encoding="utf-8") for name in _STREAMS]
        return said[0], said[1]


#: Files of standard output and standard error.
_STREAMS = ("stdout", "stderr")


def _run(words: list[str], folder: str, environment: dict[str, str], streams: str) -> None:
    """Become what ``python -m`` is, in a process group of its own."""
    os.setsid()
    gc.freeze()  # of what is loaded, nobody need look for garbage
    for number, name in enumerate(_STREAMS, start=1):
        file = os.open(Path(streams, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    given = environment["PYTHONPATH"].split(os.pathsep)
    sys.path[:] = [folder, *given, *_installed(sys.path)]
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in environment
    sys.argv = list(words)
    # What a process of its own does at its end, and a copy of the fork server's otherwise.
    try:
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - told as Python tells what ends it
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()


def _installed(paths: Sequence[str]) -> list[str]:
    """Return the places of Python's and of what is installed, without those of this project's code.

    Its folder may hold environments.
    """
    project = Path(__file__).resolve().parents[2]
    own = (project / "workflow", project / "tests")
    return [
        path
        for path in paths
        if path
        and Path(path) != project
        and not any(Path(path).is_relative_to(folder) for folder in own)
    ]


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever that is."""
    command = ForkedCommand(words, folder, environment)
    stdout, stderr = command.communicate(timeout=600)
    return subprocess.CompletedProcess(command.args, command.returncode, stdout, stderr)
