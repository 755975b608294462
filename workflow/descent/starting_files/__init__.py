"""The command ``descent new``: complete files to start from, an optimizer, a problem, a study."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

#: Where each kind is written unless told otherwise, and the command that comes next.
KINDS = {
    "optimizer": ("my_rules/mine.py", "descent check {path}:{name}"),
    "problem": ("my_problems/mine.py", "descent check {path}:{name}"),
    "study": ("my_study.yaml", "snakemake --cores 2 --configfile {path}"),
}
#: The class of the files here.
NAME = "Mine"


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
        help="default: " + ", ".join(usual for usual, _ in KINDS.values()),
    )
    options = parser.parse_args(arguments)
    usual, following = KINDS[options.kind]
    path = options.file or Path(usual)
    name = path.stem.title().replace("_", "").replace("-", "")
    if path.exists():
        print(f"{path} is there already; name another file.", file=sys.stderr)
        return 1
    suffix = ".yaml" if options.kind == "study" else ".py"
    text = Path(__file__).with_name(f"{options.kind}{suffix}").read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if suffix == ".yaml" else text.replace(NAME, name), encoding="utf-8")
    print(f"wrote {path}. Next: {following.format(path=path, name=name)}")
    return 0
