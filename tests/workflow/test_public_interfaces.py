"""Nothing reaches into Snakemake, and what its documentation does not name is still there."""

import os
import re

import pytest
from project_copy import CONFIG, ROOT, Project, run

#: Attributes of the workflow object in Snakemake's documentation.
DOCUMENTED = {"source_path", "cores"}
#: What common.smk reads besides, for want of another way, and what each must give.
READ = {
    "current_basedir": "str(workflow.current_basedir)",
    "configfiles": "workflow.configfiles",
    "is_main_process": "workflow.is_main_process",
    "executor_plugin": "*map(vars(workflow.executor_plugin.common_settings).get, KINDS)",
}
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


def test_snakemake_still_gives_what_its_documentation_does_not_name(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "Snakefile").write_text('include: "rules/a.smk"\nrule all:\n    input: told\n')
    first, *later = READ.values()
    lines = ["KINDS = ['dryrun_exec', 'touch_exec']", f"FOLDER = {first}", "def told(wildcards):"]
    lines += [f"    print(FOLDER, {', '.join(later)})", "    return []", ""]
    (tmp_path / "rules" / "a.smk").write_text("\n".join(lines))
    (tmp_path / "my.yaml").write_text("a: 1\n")
    ended = run(["snakemake", "--dry-run", "--configfile", "my.yaml"], tmp_path, os.environ)
    assert f"{tmp_path / 'rules'} [{tmp_path / 'my.yaml'!r}] True True False" in ended.stdout, (
        "Snakemake has changed an attribute of the workflow, which workflow/rules/common.smk reads:"
        f" {ended.stdout}{ended.stderr}"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("study: other\n", "'study' is a duplicate key, in lines 1 and "),
        ("loop: &loop {again: *loop}\n", "an anchor of its YAML holds itself.\n"),
    ],
)
def test_a_config_that_snakemake_reads_and_nobody_should_is_refused(tmp_path, more, said):
    project = Project.make(tmp_path / "project", CONFIG + more)
    ended = project.run("study", "--dry-run")
    assert ended.returncode != 0
    assert said in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
