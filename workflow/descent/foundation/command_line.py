"""Command-line parsers and exit codes, shared by all modules that are run as programs."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

P = ParamSpec("P")


def command_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser for ``python -m module``.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    description : str or None
        What the command does; usually the module's docstring.
    """
    return argparse.ArgumentParser(prog=f"python -m {module}", description=description)


def study_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser whose first argument, ``study``, is the plan of a study."""
    parser = command_parser(module, description)
    parser.add_argument("study", type=Path, help="results/<study>/study.json")
    return parser


def fails_on(
    *errors: type[Exception],
) -> Callable[[Callable[P, int]], Callable[P, int]]:
    """Make a command end with exit code 1 and the message of an expected error on standard error.

    It ends so too, without a message, when its output is no longer read.

    Parameters
    ----------
    *errors : type
        The expected errors, whose messages are written for the user. Any other error is a bug and
        keeps its traceback.
    """

    def decorate(main: Callable[P, int]) -> Callable[P, int]:
        @functools.wraps(main)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> int:
            try:
                code = main(*args, **kwargs)
                sys.stdout.flush()
            except BrokenPipeError:  # `... | head`: nobody reads on
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return 1
            except errors as error:
                print(error, file=sys.stderr)
                return 1
            return code

        return guarded

    return decorate
