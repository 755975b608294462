"""A finished study and its paper, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_paper import finished

from descent.paper.__main__ import main as typeset_paper


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the plan of a study with its paper; it is not to be changed."""
    plan = finished(tmp_path_factory.mktemp("paper") / "fabricated")
    assert typeset_paper([str(plan), "--configfile", "config/fabricated.yaml"]) == 0
    return plan
