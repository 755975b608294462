"""Jobs get an environment that the workflow decides."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import descent
from descent.run_control.job_environment import prepare_job_environment

PACKAGES = Path(descent.__file__).parents[1]


def environment_of_a_job(monkeypatch, **inherited):
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "MPL"))}
    monkeypatch.setattr(os, "environ", own | inherited)
    prepare_job_environment(PACKAGES, None, "portable")
    return os.environ


def test_a_notebooks_backend_and_a_shells_python_do_not_reach_the_figures(monkeypatch, tmp_path):
    environment = environment_of_a_job(
        monkeypatch,
        MPLBACKEND="module://there.is.no.such.backend",
        PYTHONWARNINGS="error",
        PYTHONOPTIMIZE="2",
        PYTHONPATH=f":{tmp_path}",
    )
    code = (
        "import sys, matplotlib; "
        "print(sys.flags.optimize, sys.warnoptions, matplotlib.get_backend().lower())"
    )
    said = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert said == "0 [] agg\n"
    assert environment["PYTHONPATH"] == f"{PACKAGES}{os.pathsep}{tmp_path}"


def test_modules_of_the_studys_folder_do_not_stand_before_pythons_own(monkeypatch, tmp_path):
    for name in ("random.py", "signal.py", "numpy.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')\n")
    (tmp_path / "mine.py").write_text(
        "from descent.optimizers import Adam\nclass Mine(Adam):\n    pass\n"
    )
    code = (
        "from pathlib import Path\nfrom descent.optimizers.loading import load_optimizer\n"
        "print(type(load_optimizer({'use': 'mine:Mine'}, folder=Path.cwd())).__name__)"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", code],
        env=environment_of_a_job(monkeypatch),
        cwd=tmp_path,
        text=True,
    )
    assert said == "Mine\n"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_a_large_array_is_not_returned_to_the_system_at_each_step(monkeypatch):
    code = (
        "import resource, numpy as np\n"
        "def faults():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "before = faults()\n"
        "for step in range(50):\n    arrays = [np.ones(2**18) for _ in range(10)]\n    del arrays\n"
        "print(faults() - before)"
    )
    environment = environment_of_a_job(monkeypatch)
    pages = int(subprocess.check_output([sys.executable, "-c", code], env=environment, text=True))
    assert pages < 10_000  # twenty megabytes are five thousand pages, once


def test_sets_have_one_order_in_all_jobs_or_that_of_the_user(monkeypatch):
    assert environment_of_a_job(monkeypatch)["PYTHONHASHSEED"] == "0"
    assert environment_of_a_job(monkeypatch, PYTHONHASHSEED="7")["PYTHONHASHSEED"] == "7"
