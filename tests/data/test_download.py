from __future__ import annotations

import hashlib
import io
import logging
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from descent.data.download import RetryPolicy, fetch, main
from descent.data.errors import FetchError
from descent.data.published import PUBLISHED, PublishedFile

CONTENT = b"The bytes that were published. " * 1000
QUICK = RetryPolicy(connect=2, read=2, attempts=1, backoff=0)


@pytest.fixture
def file():
    return PublishedFile("set/file.gz", (), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def mirror(tmp_path):
    (tmp_path / "mirror" / "set").mkdir(parents=True)
    (tmp_path / "mirror" / "set" / "file.gz").write_bytes(CONTENT)
    return tmp_path / "mirror"


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "downloads" / "set" / "file.gz"


@pytest.fixture(autouse=True)
def _no_mirror_from_outside(request, monkeypatch):
    if "published" not in request.fixturenames:
        monkeypatch.delenv("DESCENT_MIRROR", raising=False)


def test_a_mirror_folder_gives_the_file(file, mirror, destination):
    source = fetch(file, destination, mirror=str(mirror))
    assert destination.read_bytes() == CONTENT
    assert source == str(mirror / "set" / "file.gz")
    assert [p.name for p in destination.parent.iterdir()] == ["file.gz"]


def test_the_environment_can_name_the_mirror(file, mirror, destination, monkeypatch):
    monkeypatch.setenv("DESCENT_MIRROR", str(mirror))
    fetch(file, destination)
    assert destination.read_bytes() == CONTENT


def test_an_argument_goes_before_the_environment(file, mirror, destination, monkeypatch):
    monkeypatch.setenv("DESCENT_MIRROR", str(destination))
    assert fetch(file, destination, mirror=str(mirror)).startswith(str(mirror))


def test_a_file_put_there_by_hand_is_verified_and_kept(file, destination):
    destination.parent.mkdir(parents=True)
    destination.write_bytes(CONTENT)
    before = destination.stat()
    assert fetch(file, destination) == str(destination)
    after = destination.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT[:-1] + b"!"])
def test_a_wrong_file_put_there_by_hand_is_replaced(file, mirror, destination, wrong):
    destination.parent.mkdir(parents=True)
    destination.write_bytes(wrong)
    fetch(file, destination, mirror=str(mirror))
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [(CONTENT[:-1], "has 30,999 bytes, expected 31,000"), (CONTENT[:-1] + b"!", "has other bytes")],
)
def test_a_wrong_file_is_named_if_there_is_no_other(file, destination, wrong, reason):
    destination.parent.mkdir(parents=True)
    destination.write_bytes(wrong)
    with pytest.raises(FetchError, match=rf"file.gz \(already there\)\n +{reason}"):
        fetch(file, destination)
    assert destination.read_bytes() == wrong


def test_a_new_file_has_the_permissions_of_any_new_file(file, mirror, destination):
    fetch(file, destination, mirror=str(mirror))
    ordinary = destination.with_name("ordinary")
    ordinary.touch()
    assert destination.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_a_terminal_and_nowhere_else(
    file, mirror, destination, monkeypatch, terminal
):
    class Screen(io.StringIO):
        def isatty(self):
            return terminal

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    fetch(file, destination, mirror=str(mirror))
    assert ("set/file.gz: 100%" in screen.getvalue()) == terminal
    assert bool(screen.getvalue()) == terminal


def test_every_published_file_has_two_addresses_that_end_in_its_name():
    for name, file in PUBLISHED.items():
        assert file.name == name
        assert len(set(file.addresses)) == len(file.addresses) >= 2
        for address in file.addresses:
            assert address.endswith("/" + name.rsplit("/", 1)[-1])
            assert urlsplit(address).scheme in {"http", "https"}
    assert len(PUBLISHED) == len({file.sha256 for file in PUBLISHED.values()}) == 5


def test_the_command_refuses_a_file_that_is_not_published(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["mnist.npz", str(tmp_path / "mnist.npz")])
    assert "mnist/t10k-labels-idx1-ubyte.gz" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_mirror_has_what_is_published(published, name, tmp_path):
    assert main([name, str(tmp_path / name), "--mirror", str(published)]) == 0
    assert (tmp_path / name).read_bytes() == (published / name).read_bytes()


@pytest.mark.data
def test_a_mirror_can_be_a_web_address(published, tmp_path, monkeypatch, caplog):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caplog.set_level(logging.WARNING)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=published)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/"
            for name, file in PUBLISHED.items():
                assert fetch(file, tmp_path / name, mirror=address, retry_policy=QUICK).startswith(
                    address
                )
                assert (tmp_path / name).read_bytes() == (published / name).read_bytes()
        finally:
            server.shutdown()
            thread.join()
    assert not caplog.records
