"""The workflow as a module of another one, from a clone beside it and from a hosting site."""

import os
import shutil
import subprocess
import sys

import pytest
from project_copy import ROOT, Project

CONFIG = """\
study: tiny
seeds: {tuning: [0], evaluation: [10, 11]}
tracks: [default]
problems:
  bowl: {use: quadratic, epochs: 1}
optimizers:
  sgd: {use: sgd}
  rmsprop: {use: rmsprop}
"""
#: What `snakedeploy deploy-workflow` writes, and what a person would.
SNAKEFILE = """\
configfile: "config/config.yaml"


module descent:
    snakefile:
        {snakefile}
    config:
        config


use rule * from descent{renamed}


onstart:
    descent.onstart()


rule count:
    default_target: True
    input:
        "results/tiny/tables/leaderboard.csv",
    output:
        "results/lines.txt",
    shell:
        "wc -l < {{input}} > {{output}}"
"""
#: Snakemake where nothing of this project is installed but what a folder holds.
WITHOUT_PACKAGE = """
import sys
from pathlib import Path
installed = sys.argv.pop(1)
sys.path = [path for path in sys.path if not Path(path, "descent").is_dir()] + [installed]
from snakemake.cli import main
main()
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the project, with a tag."""
    project = Project.make(tmp_path_factory.mktemp("clone") / "descent")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, project.folder)
    names = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "-qm", "All"], ["tag", "v1"]):
        subprocess.run(["git", *names, *words], cwd=project.folder, check=True)
    return project.folder


@pytest.fixture
def elsewhere(tmp_path):
    """Another repository's folder, with a config of its own."""
    folder = tmp_path / "elsewhere"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def snakemake(folder, *words, installed=""):
    own = {name: value for name, value in os.environ.items() if not name.startswith("PY")}
    own |= {"XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGE, str(installed), "--cores", "2", *words],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def has_finished(ended, folder):
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (folder / "results" / "lines.txt").read_text().strip() == "3"
    assert len(list((folder / "results/tiny/runs").rglob("*.json"))) == 4
    assert (folder / "results/tiny/.run").is_file()  # the lock, taken by the module's onstart
    return True


@pytest.mark.parametrize("renamed", ["", " as descent_*"])
def test_a_clone_is_a_module_of_another_workflow(clone, elsewhere, renamed):
    snakefile = SNAKEFILE.format(snakefile=repr(str(clone / "Snakefile")), renamed=renamed)
    (elsewhere / "Snakefile").write_text(snakefile, encoding="utf-8")
    assert has_finished(snakemake(elsewhere), elsewhere)
    assert not (clone / "results").exists()
    # Nothing is left to do.
    assert "Nothing to be done" in snakemake(elsewhere, "--dry-run").stdout


def test_a_hosted_workflow_is_a_module_where_the_package_is_installed(clone, elsewhere):
    hosted = f'gitfile("{clone}", path="workflow/Snakefile", tag="v1")'
    (elsewhere / "workflow").mkdir()
    snakefile = SNAKEFILE.format(snakefile=hosted, renamed="")
    (elsewhere / "workflow" / "Snakefile").write_text(snakefile, encoding="utf-8")
    ended = snakemake(elsewhere)
    assert ended.returncode != 0
    assert "The package `descent` must be installed" in ended.stderr
    package = elsewhere / "site-packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", package, clone], check=True)
    assert has_finished(snakemake(elsewhere, installed=package), elsewhere)


def test_a_clone_runs_in_another_folder(clone, elsewhere, tmp_path):
    target = "results/tiny/tables/leaderboard.csv"
    ended = snakemake(tmp_path, "-s", str(clone / "Snakefile"), "-d", str(elsewhere), target)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (elsewhere / target).is_file()
    # Snakemake's own display, with a word on how to have the other one.
    assert f"run `pip install --no-deps -e .` in {clone}" in ended.stderr
    assert "(100%) done" in ended.stderr
