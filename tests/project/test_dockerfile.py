"""The Dockerfile: its instructions, run in a folder and an environment of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def test_it_has_the_python_of_the_environment_for_conda():
    (image,) = [rest for name, rest in instructions() if name == "FROM"]
    version = re.search(r"- python=([\d.]+)", (ROOT / "environment.yml").read_text("utf-8"))[1]
    assert image == f"python:{version}-slim"


@pytest.mark.slow
def test_its_instructions_make_a_folder_that_plans_a_study(tmp_path):
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    # The packages of the lock are there already; pip looks them up and adds the project alone.
    site = venv / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    (site / "above.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["PATH"] = f"{venv / 'bin'}:{environment['PATH']}"
    folder, entry = tmp_path, ""
    for name, rest in instructions():
        match name:
            case "WORKDIR":
                folder = tmp_path / rest.lstrip("/")
                folder.mkdir()
            case "COPY":
                *sources, target = rest.split()
                for source in sources:
                    copy(ROOT / source, folder / target)
            case "RUN":
                command = re.sub(r"^pip\b", "python -m pip", rest)
                subprocess.run(
                    ["bash", "-ec", command], cwd=folder, env=environment, check=True, timeout=300
                )
            case "ENV":
                environment |= dict(pair.split("=") for pair in rest.split())
            case "ENTRYPOINT":
                (entry,) = json.loads(rest)
            case _:
                assert name in ("FROM", "CMD"), f"{name} is not tried by this test"
    planned = subprocess.run(
        ["python", "-m", entry, "--dry-run", "--configfile", "config/digits.yaml"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    assert re.search(r"^\d+ jobs would run", planned.stdout + planned.stderr, re.MULTILINE)


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", ".snakemake", "*.egg-info")
        shutil.copytree(source, target, ignore=ignored)
    else:
        shutil.copy2(source, target)
