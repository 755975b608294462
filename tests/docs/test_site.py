"""The documentation site has every page."""

import re
from pathlib import Path

import yaml

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


def test_the_site_needs_no_network() -> None:
    assert SITE["theme"]["font"] is False
