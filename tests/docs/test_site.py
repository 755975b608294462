"""The documentation site has every page and every built-in optimizer."""

import re
from pathlib import Path

import yaml

from descent.optimizers import OPTIMIZERS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def linked(nav: list) -> set[str]:
    """Return the pages of a navigation, its sections included."""
    parts = [part for entry in nav for part in entry.values()]
    return {p for part in parts for p in ([part] if isinstance(part, str) else linked(part))}


def test_the_navigation_has_every_page() -> None:
    hook = (DOCS / "hooks" / "root_pages.py").read_text(encoding="utf-8")
    added = re.findall(r'^    "(.+\.md)": "(.+\.md)",$', hook, re.MULTILINE)
    assert added
    assert all((ROOT / source).is_file() for source, _ in added)
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert linked(SITE["nav"]) == written | {page for _, page in added}


def test_the_reference_has_every_optimizer_in_order() -> None:
    page = (DOCS / "reference/optimizers.md").read_text(encoding="utf-8")
    places = re.findall(r"^::: ([\w.]+)$", page, re.MULTILINE)
    rules = [f"{rule.__module__}.{rule.__name__}" for rule in OPTIMIZERS.values()]
    assert places[: len(rules)] == rules


def test_the_site_needs_no_network() -> None:
    assert SITE["theme"]["font"] is False
