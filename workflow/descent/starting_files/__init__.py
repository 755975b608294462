"""The command ``descent new``: complete files to start from, an optimizer, a problem, a study."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
#: Where each kind is written unless told otherwise, what is copied, the name in it that becomes the
#: user's, and the command that comes next.
KINDS = {
    "optimizer": ("my_rules/mine.py", HERE / "optimizer.py", "Mine", "descent check {path}:{name}"),
    "problem": (
        *("my_problems/mine.py", EXAMPLES / "small_conv_net.py", "SmallConvNet"),
        "descent check {path}:{name}",
    ),
    "study": (
        *("my_study.yaml", HERE / "study.yaml", "my_study"),
        "snakemake --cores 2 --configfile {path}",
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the command line asks for; return 1 if it is there already."""
    parser = argparse.ArgumentParser(
        prog="descent new", description="Write a complete file to start from."
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="default: " + ", ".join(usual for usual, *_ in KINDS.values()),
    )
    options = parser.parse_args(arguments)
    usual, source, own, following = KINDS[options.kind]
    path = options.file or Path(usual)
    name = path.stem if options.kind == "study" else re.sub("[_-]", "", path.stem.title())
    if path.exists():
        print(f"{path} is there already; name another file.", file=sys.stderr)
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source.read_text(encoding="utf-8").replace(own, name), encoding="utf-8")
    print(f"wrote {path}. Next: {following.format(path=path, name=name)}")
    return 0
