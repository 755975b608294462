"""The command ``descent``, also ``python -m descent``: check, new, status and verdict.

Each command loads its own module alone: a verdict needs neither a study nor Snakemake.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from descent.foundation.command_line import fails_on

#: Module and help of each command.
COMMANDS = {
    "check": ("", "check that an optimizer or a problem keeps its contract"),
    "new": ("descent.starting_files", "write a complete file to start from"),
    "status": ("descent.study.status", "count the runs of a study that are done, missing or lost"),
    "verdict": ("descent.verdicts.command", "judge results that exist: a CSV, or any table"),
}
USAGE = "\n".join(
    [
        "usage: descent COMMAND ...\n",
        *(f"  {name:<8} {about}" for name, (_, about) in COMMANDS.items()),
        "\ndescent COMMAND --help shows what a command takes.",
    ]
)


@fails_on()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that is named first; return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] in ([], ["-h"], ["--help"]):
        print(USAGE)
        return 0 if words else 2
    command, *rest = words
    if command not in COMMANDS:
        print(f"descent has no command {command!r}.\n\n{USAGE}", file=sys.stderr)
        return 2
    module = _checker(rest) if command == "check" else COMMANDS[command][0]
    code: int = importlib.import_module(module).main(rest)
    return code


def _checker(words: Sequence[str]) -> str:
    """Return the module that checks what is named: a problem's, or else an optimizer's."""
    from descent.problems.base import Problem  # noqa: PLC0415 - no other command needs it
    from descent.problems.loading import problem_class  # noqa: PLC0415

    try:
        problem = issubclass(problem_class(next(iter(words), "")), Problem)
    except (ValueError, TypeError):
        problem = False
    return f"descent.{'problems' if problem else 'optimizers'}.conformance"


if __name__ == "__main__":
    sys.exit(main())
