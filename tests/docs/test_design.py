"""The table of packages in docs/design.md is complete, and imports go only upwards in it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "descent"
SECTION = (
    (ROOT / "docs" / "design.md")
    .read_text(encoding="utf-8")
    .partition("## Packages")[2]
    .partition("## ")[0]
)
ORDER = [name.rstrip("/") for name in re.findall(r"^\| `(\w[\w.]*/?)` \|", SECTION, re.MULTILINE)]


def imported(path: Path) -> set[str]:
    """Return the names in the package that a module imports from."""
    nodes = [n for n in ast.walk(ast.parse(path.read_bytes())) if isinstance(n, ast.ImportFrom)]
    parts = [(node.module or "").split(".") for node in nodes]
    names = {part[1] for part in parts if part[0] == "descent" and len(part) > 1}
    return {name if (PACKAGE / name).is_dir() else f"{name}.py" for name in names}


def test_the_table_has_every_package_once():
    there = [p.name for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]
    assert sorted(ORDER) == sorted(set(there) - {"__init__.py"})


def test_imports_go_upwards():
    downwards = set()
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        if len(place.parts) > 1:
            at = ORDER.index(place.parts[0])
            below = imported(path) & set(ORDER[at + 1 :])
            downwards |= {(place.as_posix(), name) for name in below}
    assert not downwards
