"""A tiny study in a copy of the project, run once; each test changes a copy of that copy."""

import os

import pytest
from project_copy import Project


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """A folder that the processes of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def finished(shared_folder) -> Project:
    """A finished study; not to be changed."""
    return Project.once(shared_folder / "finished")


@pytest.fixture(scope="session")
def drawn(shared_folder) -> Project:
    """The same study made on eight cores, with its figures and its page; not to be changed."""
    return Project.once(shared_folder / "drawn", "all", cores=8)


@pytest.fixture
def project(finished, tmp_path):
    """A finished study to be changed."""
    copied = finished.copy(tmp_path / "project")
    yield copied
    copied.kill_all()
