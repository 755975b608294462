"""Nothing reaches into Snakemake, and what its documentation does not name is still there."""

import re
import subprocess
import sys
import time

import pytest
from project_copy import CONFIG, ROOT, Project

#: Attributes of the workflow object in Snakemake's documentation.
DOCUMENTED = {"source_path", "cores"}
#: What common.smk reads besides, for want of another way, and what each must give.
READ = {"current_basedir": "str(workflow.current_basedir)", "configfiles": "workflow.configfiles"}
#: Modules that Snakemake documents, for workflows and for plug-ins.
MODULES = ("snakemake.utils", "snakemake_interface_")

SOURCES = [ROOT / "Snakefile", ROOT / "workflow/Snakefile"]
SOURCES += [*ROOT.glob("workflow/**/*.smk"), *ROOT.glob("workflow/**/*.py")]


def found(pattern):
    return {word for path in SOURCES for word in re.findall(pattern, path.read_text("utf-8"))}


def test_only_public_modules_of_snakemake_are_imported():
    imported = found(r"(?m)^\s*(?:from|import) (snakemake[\w.]*)")
    assert imported
    allowed = ("snakemake_logger_plugin_descent", *MODULES)
    assert [name for name in imported if not name.startswith(allowed)] == []
    assert found(r"snakemake[\w.]*\._\w+") == set()


def test_only_documented_attributes_of_the_workflow_are_used():
    assert found(r"\bworkflow\.(\w+)") <= DOCUMENTED | READ.keys()


@pytest.mark.parametrize("name", READ)
def test_snakemake_still_gives_what_its_documentation_does_not_name(tmp_path, name):
    (tmp_path / "rules").mkdir()
    (tmp_path / "Snakefile").write_text('include: "rules/a.smk"\nrule all:\n')
    (tmp_path / "rules" / "a.smk").write_text(f"print('told', {READ[name]})\n")
    (tmp_path / "my.yaml").write_text("a: 1\n")
    ended = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", "my.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = {
        "current_basedir": f"told {tmp_path / 'rules'}",
        "configfiles": f"told [{tmp_path / 'my.yaml'!r}]",
    }
    assert expected[name] in ended.stdout, (
        f"Snakemake has changed workflow.{name}, which workflow/rules/common.smk reads: "
        f"{ended.stdout}{ended.stderr}"
    )


def test_a_config_with_a_key_twice_is_refused(tmp_path):
    project = Project.make(tmp_path / "project", CONFIG + "study: other\n")
    ended = project.run("study", "--dry-run")
    assert ended.returncode != 0
    assert "'study' is a duplicate key, in lines 1 and " in ended.stdout + ended.stderr


def test_a_short_run_does_not_wait_for_the_job_rate(tmp_path):
    assert "max-jobs-per-timespan: 10000/1m" in (ROOT / "profiles/default/config.yaml").read_text()
    project = Project.make(tmp_path / "project")
    began = time.monotonic()
    project.complete("study")
    assert time.monotonic() - began < 30
