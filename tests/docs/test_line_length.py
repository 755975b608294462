"""Prose in Markdown is wrapped at 100 characters."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Written by a command, with one sentence a line.
GENERATED = {
    "docs/findings.md",
    # a published study
    *(
        (manifest.parents[1] / page).relative_to(ROOT).as_posix()
        for manifest in ROOT.glob("docs/*/provenance/manifest.json")
        for page in ("index.md", "findings.md")
    ),
}
MARKED = re.compile(r"^<!-- benchmark: begin.*?benchmark: end -->$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "config/*.md", "results/*.md", "docs/**/*.md")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in GENERATED])
def test_prose_is_wrapped(page: str) -> None:
    text = FENCED.sub("", MARKED.sub("", (ROOT / page).read_text(encoding="utf-8")))
    prose = [line for line in text.splitlines() if not line.startswith(("|", "!["))]
    assert [line for line in prose if len(line) > 100] == []
