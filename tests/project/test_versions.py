"""pyproject.toml, requirements.lock and environment.yml name the same versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
SNAKEFILE = ROOT / "workflow" / "Snakefile"
#: Packages that conda knows by another name.
IN_CONDA = {
    "snakemake": "snakemake-minimal",
    "matplotlib": "matplotlib-base",
    "typst": "typst-py",
}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def direct_requirements(*extras: str) -> list[Requirement]:
    declared = project()
    lines = [line for extra in extras for line in declared["optional-dependencies"][extra]]
    return [Requirement(line) for line in [*declared["dependencies"], *lines]]


def locked() -> dict[str, list[str]]:
    """Return the versions of each package in the lock."""
    versions: dict[str, list[str]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(name, []).append(version)
    return versions


def in_conda() -> dict[str, str]:
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return dict(line.split("=", 1) for line in content["dependencies"])


@pytest.mark.parametrize("requirement", direct_requirements("test", "docs"), ids=lambda r: r.name)
def test_the_lock_has_one_version_that_fits(requirement: Requirement) -> None:
    (version,) = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_conda_has_what_the_workflow_and_its_tests_need_and_nothing_else() -> None:
    versions = locked()
    names = {canonicalize_name(requirement.name) for requirement in direct_requirements("test")}
    expected = {IN_CONDA.get(name, name): versions[name][0] for name in names}
    conda = in_conda()
    python = conda.pop("python")
    assert conda == expected
    assert Version(python) in Requirement("x" + project()["requires-python"]).specifier


def test_every_line_of_the_lock_is_a_version_with_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "")
    for line in text.splitlines():
        assert re.fullmatch(
            r"[a-z0-9-]+==[\w.+!]+( ; [\w .'<>=!()]+?)?\s*(\s+--hash=sha256:[0-9a-f]{64})+", line
        ), line[:100]


def test_the_snakefile_asks_for_no_less_than_the_project() -> None:
    found = re.search(r'min_version\("([\d.]+)"\)', SNAKEFILE.read_text("utf-8"))
    assert found
    (snakemake,) = [r for r in direct_requirements() if r.name == "snakemake"]
    assert str(snakemake.specifier) == f">={found[1]}"
