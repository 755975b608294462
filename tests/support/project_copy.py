"""A copy of the project with a tiny study, which tests run, change, break and kill."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What of the project a study needs.
PARTS = ("Snakefile", "config", "environment.yml", "profiles", "workflow")
CONFIG = """\
study: tiny
seeds: {tuning: [0], evaluation: [10]}
tracks: [tuned, default]
learning_rates: {decades: 2, points: 2}
datasets:
  digits: {use: digits}
problems:
  bowl: {use: quadratic, epochs: 3}
  digits: {use: mlp, dataset: digits, hidden: [4], mini_batch: 500, epochs: 1}
optimizers:
  sgd: {use: sgd}
  rmsprop: {use: rmsprop, learning_rates: [0.001, 0.01]}
figures: {formats: [svg]}
"""
#: Everything but the figures, which take longer than all the rest.
TARGET = "provenance"
#: What must be the same bytes whatever happened on the way.
DETERMINISTIC = (*("study.json", "data", "optima", "runs", "tuned", "looks", "tables", "figures"),)


def run(
    words: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m`` with some words to its end, whatever that is."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


class Project:
    """A copy of the project with a study of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results" / "tiny"

    @classmethod
    def make(cls, folder: Path, config: str = CONFIG) -> "Project":
        folder.mkdir(parents=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                # Compiled files come too; those that are being written have a further suffix.
                ignored = shutil.ignore_patterns("*.pyc.*", ".snakemake")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy2(source, folder / part)
        (folder / "tiny.yaml").write_text(config, encoding="utf-8")
        return cls(folder)

    @classmethod
    def once(cls, folder: Path, *completed: object, **options: object) -> "Project":
        """Return a finished study that the first process of the tests to ask for it completes."""
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                making = folder.with_suffix(".making")
                shutil.rmtree(making, ignore_errors=True)
                cls.make(making).complete(*completed, **options)
                making.rename(folder)
        return cls(folder)

    def copy(self, folder: Path) -> "Project":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    @staticmethod
    def words(target: str, *options: str, cores: int = 2) -> list[str]:
        return [
            *("snakemake", "--cores", str(cores), target, *options),
            *("--configfile", "tiny.yaml"),
        ]

    @property
    def environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
        # The progress display of this copy, whatever is installed.
        return own | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(self.folder / "workflow")}

    def run(
        self, target: str = TARGET, *options: str, cores: int = 2, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, whatever that is."""
        words = self.words(target, *options, cores=cores)
        return run(words, self.folder, self.environment | environment)

    def start(self) -> subprocess.Popen[str]:
        """Start the command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", *self.words(TARGET)],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def complete(self, target: str = TARGET, *options: str, **others) -> str:
        """Run the command, and let the test fail with its output if it fails."""
        ended = self.run(target, *options, **others)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def planned(self, target: str = TARGET) -> list[tuple[str, dict[str, str]]]:
        """Return rule and wildcards of every job that the next run would start."""
        # With --printshellcmds the engine tells every job itself, indented below its group.
        told = self.complete(target, "--dry-run", "--printshellcmds")
        jobs = []
        for block in re.split(r"\n(?= *(?:local)?(?:rule|checkpoint) \w+:\n)", told)[1:]:
            rule = re.match(r" *(?:local)?(?:rule|checkpoint) (\w+):", block)[1]
            wildcards = re.search(r"^ +wildcards: (.*)$", block, re.MULTILINE)
            pairs = re.findall(r"(\w+)=([^,\n]*)", wildcards[1]) if wildcards else []
            jobs.append((rule, dict(pairs)))
        return [job for job in jobs if job[0] not in ("all", "figures")]

    def trainings(self) -> dict[str, str]:
        """Return for every run when it was trained: its costs are new each time."""
        folder = self.results / "costs"
        return {
            path.relative_to(folder).with_suffix("").as_posix(): _digest(path)
            for path in sorted(folder.rglob("*.json"))
        }

    def results_digests(self) -> dict[str, str]:
        """Return the digest of every file that must be the same bytes whatever happened."""
        files = [
            path
            for name in DETERMINISTIC
            for path in [self.results / name, *(self.results / name).rglob("*")]
            if path.is_file()
            and not path.name.startswith(".snakemake")
            and path.suffix != ".kept"  # a copy, which a job leaves where it ran
        ]
        return {p.relative_to(self.results).as_posix(): _digest(p) for p in sorted(files)}

    def configure(self, old: str, new: str) -> None:
        self.edit("tiny.yaml", old, new)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer has {old!r}: the test must be changed with it"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def record(self, run: str) -> dict:
        return json.loads((self.results / "runs" / f"{run}.json").read_text(encoding="utf-8"))

    def processes(self) -> list[int]:
        """Return the processes that work in this copy."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if (entry / "cwd").readlink() == self.folder:
                        found.append(int(entry.name))
                except OSError:  # ended meanwhile, or somebody else's
                    continue
        return found

    def kill_all(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
