from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from descent.data.download import main
from descent.data.files import file_sha256
from descent.data.sources import PUBLISHED

LABELS = "mnist/t10k-labels-idx1-ubyte.gz"


@pytest.fixture
def web_address(published, monkeypatch):
    """A web server that has the published files."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=published)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.data
@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("kind", ["published", "web_address"])
def test_a_mirror_is_a_folder_or_a_web_address(kind, name, request, tmp_path, monkeypatch):
    monkeypatch.setenv("DESCENT_MIRROR", str(request.getfixturevalue(kind)))
    file = tmp_path / "downloads" / name
    assert main([name, str(file)]) == 0
    assert file_sha256(file) == PUBLISHED[name].sha256
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert file.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.data
def test_a_file_put_there_by_hand_is_verified_and_kept(published, tmp_path, monkeypatch):
    monkeypatch.delenv("DESCENT_MIRROR")
    file = tmp_path / "labels.gz"
    file.write_bytes((published / LABELS).read_bytes())
    before = file.stat()
    assert main([LABELS, str(file)]) == 0
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.data
def test_a_wrong_file_put_there_by_hand_is_replaced(published, tmp_path):
    file = tmp_path / "labels.gz"
    file.write_bytes(b"wrong")
    assert main([LABELS, str(file)]) == 0
    assert file.read_bytes() == (published / LABELS).read_bytes()


def test_every_published_file_has_two_addresses_that_end_in_its_name():
    for file in PUBLISHED.values():
        assert len(set(file.addresses)) == len(file.addresses) >= 2
        for address in file.addresses:
            assert address.startswith(("http://", "https://"))
            assert address.endswith("/" + file.name.rsplit("/", 1)[-1])


def test_the_command_refuses_a_file_that_is_not_published(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["mnist.npz", str(tmp_path / "mnist.npz")])
    assert LABELS in capsys.readouterr().err
