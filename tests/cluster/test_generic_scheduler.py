"""Any other scheduler: what submits a script and says its number is enough."""

import shlex
from importlib.util import find_spec

import pytest
from project_copy import CONFIG, TARGET, Project

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
#: A scheduler: it notes what it is given, and runs it at once.
SUBMIT = """\
#!/bin/sh
echo "$1" >> submitted
nohup sh "$1" > /dev/null 2>&1 &
echo $!
"""


@pytest.mark.skipif(
    not find_spec("snakemake_executor_plugin_cluster_generic"),
    reason="Snakemake's generic executor is not installed (pip install -e .[cluster])",
)
def test_a_study_has_the_same_bytes_and_few_submissions(tmp_path):
    home = Project.make(tmp_path / "home", CONFIG)
    home.complete()
    away = Project.make(tmp_path / "away", CONFIG)
    submit = away.folder / "submit"
    submit.write_text(SUBMIT, encoding="utf-8")
    submit.chmod(0o755)
    away.complete(
        *(TARGET, "--executor", "cluster-generic", "--jobs", "10", "--latency-wait", "10"),
        *("--cluster-generic-submit-cmd", shlex.quote(str(submit))),
        *("--groups", "tuning_run=tuning_runs", "evaluation_run=evaluation_runs"),
        *("--seconds-between-status-checks", "1", "--group-components"),
        *(f"{name}=50" for name in ("preparation", "tuning_runs", "evaluation_runs", "analysis")),
    )
    assert away.results_digests() == home.results_digests()
    scripts = (away.folder / "submitted").read_text(encoding="utf-8").split()
    assert 3 <= len(scripts) <= 5
    assert away.planned() == []
