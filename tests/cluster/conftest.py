"""A Slurm of one node for the tests of a module, or the reason why there is none."""

import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from project_copy import Project

HERE = Path(__file__).parent
#: As in the profile, but for a queue that is empty and a file system that is local.
QUICK = (
    *("--profile", "profiles/slurm", "--cores", "2", "--latency-wait", "5"),
    *("--seconds-between-status-checks", "1"),
)


def why_not() -> str:
    """Return why there can be no Slurm here; empty if there can."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [
        name for name in ("slurmctld", "slurmd", "munged") if not shutil.which(name, path=path)
    ]
    if missing:
        return f"{missing[0]} is not installed (Debian: apt-get install slurm-wlm munge)"
    if not find_spec("snakemake_executor_plugin_cluster_generic"):
        return "Snakemake's generic executor is not installed (pip install -e .[cluster])"
    return "" if os.geteuid() == 0 else "slurmd runs as root alone"


class Slurm:
    """A Slurm of one node, and what it was given to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}

    def do(self, action: str) -> None:
        subprocess.run([HERE / "one_node_slurm.sh", action, self.folder], check=True, timeout=60)

    def ask(self, *command: str) -> str:
        environment = os.environ | self.environment
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def jobs(self, states: str = "all") -> list[str]:
        """Return the number of each submission in some states."""
        return self.ask("squeue", "--noheader", "--states", states, "--format", "%i").split()


class Submitted:
    """A copy of the project whose studies run on a Slurm."""

    def __init__(self, project: Project, slurm: Slurm) -> None:
        self.project, self.slurm = project, slurm
        self._before = set(slurm.jobs())

    def start(self, target: str, *options: str) -> subprocess.Popen:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "snakemake", target, *QUICK, *options),
                *("--configfile", "tiny.yaml"),
            ],
            cwd=self.project.folder,
            env=self.project.environment | self.slurm.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, target: str, *options: str) -> tuple[int, str]:
        """Run a study to its end; return the exit code and what was said."""
        main = self.start(target, *options)
        said, _ = main.communicate(timeout=200)
        return main.returncode, said

    def submissions(self) -> list[str]:
        return [job for job in self.slurm.jobs() if job not in self._before]

    def wait_for_trainings(self, main: subprocess.Popen, seconds: float = 60.0) -> None:
        """Wait until a submission has made a record."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and main.poll() is None:
            if any(self.project.results.glob("runs/**/*.json")):
                return
            time.sleep(0.1)
        pytest.fail(f"No training has ended after {seconds} s:\n{main.communicate()[0]}")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    if reason := why_not():
        pytest.skip(reason)
    cluster = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.do("start")
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        cluster.do("stop")
        pytest.skip(f"no Slurm starts on this machine: {error}")
    yield cluster
    cluster.do("stop")


@pytest.fixture
def submitted(slurm, tmp_path):
    """Return a function that makes a copy of the project for a config and its plug-ins."""
    made = []

    def make(config: str, **files: str) -> Submitted:
        project = Project.make(tmp_path / "project", config)
        shutil.copy2(HERE / "sleeping.py", project.folder)
        for name, text in files.items():
            (project.folder / f"{name}.py").write_text(text, encoding="utf-8")
        made.append(Submitted(project, slurm))
        return made[-1]

    yield make
    for each in made:
        if running := slurm.jobs("PENDING,RUNNING"):
            slurm.ask("scancel", *running)
        each.project.kill_all()
