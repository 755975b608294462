"""The command that is running, and from it the one that makes a single file again."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence

_parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
_parser.add_argument("--cores", "-c", "--jobs", "-j", nargs="?", default="1")
# What says which workflow runs, on what, and where.
for _names in (["--snakefile", "-s"], ["--directory", "-d"], ["--workflow-profile"]):
    _parser.add_argument(*_names, nargs=1)
for _names in (["--configfile", "--configfiles"], ["--config", "-C"]):
    _parser.add_argument(*_names, nargs="+")


def cores(argv: Sequence[str]) -> int:
    """Return on how many cores a command runs: those of the machine for ``all`` or no number."""
    said = _parser.parse_known_args(argv)[0].cores
    return int(said) if said and said.isdecimal() else os.cpu_count() or 1


def rerun(argv: Sequence[str], target: str) -> str:
    """Return the command that makes one file again, quoted for a shell.

    Parameters
    ----------
    argv : sequence of str
        The words of the running command, without the program's name.
    target : str
        The file.
    """
    options = vars(_parser.parse_known_args(argv)[0]) | {"cores": None}
    words = ["snakemake", "--cores", "1", target]
    for name, said in options.items():
        words += [f"--{name.replace('_', '-')}", *said] if said else []
    return shlex.join(words)
