"""Add Markdown files from outside ``docs/`` to the site, with their links adapted."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

#: Path in the site of each file, by its path in the repository.
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "config/README.md": "configuration.md",
    "results/README.md": "results.md",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    root = Path(config.config_file_path).parent
    for source, page in PAGES.items():
        text = (root / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=in_the_site(text)))
    return files


def in_the_site(text: str) -> str:
    """Return a page with the targets of its links as they are in the site."""
    return re.sub(r"(?<=\]\()([^)#\s]+)", lambda match: _target(match[1]), text)


def _target(link: str) -> str:
    return PAGES.get(link, link.removeprefix("../").removeprefix("docs/"))
