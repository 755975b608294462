"""A tiny study in a copy of the project, run once; each test changes a copy of that copy."""

import pytest
from project_copy import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A finished study; not to be changed."""
    project = Project.make(tmp_path_factory.mktemp("finished") / "project")
    project.complete()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A finished study to be changed."""
    copied = finished.copy(tmp_path / "project")
    yield copied
    copied.kill_all()
