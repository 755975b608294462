"""The digest of a plug-in covers what it imports of the user's own code."""

import json
import subprocess
import sys

import pytest

from descent.foundation.source_digest import PACKAGE

PROGRAM = """
import json, sys
from pathlib import Path
from descent.foundation.source_digest import own_sources, source_digest, unfollowed
sys.path.append(".")
files = [Path("mypk/rule.py")]
print(json.dumps([
    source_digest([], files), [str(f.relative_to(Path.cwd())) for f in own_sources(files)],
    unfollowed(files),
]))
"""
RULE = "import json\nimport numpy\nfrom descent.optimizers import Optimizer\n"
#: Ways in which one file of the user's own comes to use another.
IMPORTS = (
    "import mypk.core",
    "from mypk import core",
    "from mypk.core import formula",
    "from .core import formula",
    "from . import core",
    "def direction():\n    from mypk.core import formula",
    "try:\n    import mypk.core\nexcept ImportError:\n    pass",
    "from mypk import through",
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mypk").mkdir()
    (tmp_path / "mypk/__init__.py").write_text("")
    (tmp_path / "mypk/core.py").write_text("def formula(g):\n    return g\n")
    (tmp_path / "mypk/through.py").write_text("from .core import formula\n")
    (tmp_path / "mypk/unused.py").write_text("")
    return tmp_path


def told(folder, rule):
    (folder / "mypk/rule.py").write_text(RULE + rule)
    command = [sys.executable, "-P", "-c", PROGRAM]
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    return json.loads(subprocess.check_output(command, cwd=folder, env=environment))


@pytest.mark.parametrize("rule", IMPORTS)
def test_a_helpers_formula_changes_the_digest_and_its_comment_does_not(folder, rule):
    before, files, unfollowed = told(folder, rule)
    assert {"mypk/core.py", "mypk/__init__.py", "mypk/rule.py"} <= set(files)
    assert set(files) <= {f"mypk/{n}.py" for n in ("core", "__init__", "rule", "through")}
    assert unfollowed == []
    helper = folder / "mypk/core.py"
    helper.write_text("# A remark.\n" + helper.read_text())
    assert told(folder, rule)[0] == before
    helper.write_text("def formula(g):\n    return 2 * g\n")
    assert told(folder, rule)[0] != before


def test_what_no_import_names_is_said(folder):
    _, files, unfollowed = told(folder, "import importlib\nimportlib.import_module('mypk.core')\n")
    assert "mypk/core.py" not in files
    assert unfollowed == [
        "mypk/rule.py, line 5: a change of what import_module loads here retrains nothing"
    ]
