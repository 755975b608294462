"""Licence, citation and version agree, and no file has words that must not be there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

#: Written so that this file does not match itself.
FORBIDDEN = {
    "a path of someone's machine": r"(?<![\w.$}])/(?:[w]ork/\w|[r]oot\b|[h]ome/\w|[U]sers/\w)",
    "a package registry": r"py[p]i\.(?:org|python)|python[h]osted|[a]naconda\.org|npm[j]s",
    "an index of packages": r"--(?:extra-)?[i]ndex-url|--find-[l]inks|file:[/]{3}",
    "a tool's signature": r"(?i)co-[a]uthored-by|[g]enerated (?:by|with) (?:an?|the) ",
    "a folder beside the checkout": r"\.\./[s]hared",
}
#: The one place that may look for a mirror of the data beside the checkout.
ALLOWED = {("a folder beside the checkout", ".ci/run")}


def tracked() -> list[str]:
    """Return the paths of the files that the repository has, or would have after a commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_mentions(what: str) -> None:
    found = []
    for name in tracked():
        if (what, name) in ALLOWED:
            continue
        content = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        if match := re.search(FORBIDDEN[what], content, re.MULTILINE):
            found.append(f"{name}: {match[0]}")
    assert not found


def test_results_are_not_tracked() -> None:
    assert [name for name in tracked() if name.startswith("results/")] == ["results/README.md"]


def test_the_licence_is_the_same_everywhere() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
    assert 'license = "MIT"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert citation()["license"] == "MIT"


def citation() -> dict:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version() -> None:
    from descent import __version__

    assert citation()["cff-version"] == "1.2.0"
    assert citation()["version"] == __version__
    assert citation()["authors"]
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{__version__}"' in declared
