"""What can go wrong with a download, brought about by a server on this machine."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import descent
from descent.data import download
from descent.data.download import fetch, main
from descent.data.errors import FetchError
from descent.data.source import PublishedFile

CONTENT = b"\x1f\x8b" + random.Random(0).randbytes(299_999) + b"."


class Server(ThreadingHTTPServer):
    """Answers each path as ``answers`` says and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {"/good.gz": Handler.answer}
        self.asked = []
        self.closing = threading.Event()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is part of the game."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.answers.get(self.path, not_found)(self)
        self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *args) -> None:
        pass

    def answer(self, body=CONTENT, status=200, length=None, **headers) -> None:
        self.send_response(status)
        if length != "unsaid":
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DESCENT_MIRROR", raising=False)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", (2, 0.3))
    monkeypatch.setattr(download, "LONGEST", 1.0)
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "downloads" / "file.gz"


@pytest.fixture
def nobody():
    """An address where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}/file.gz"


def published(*addresses, name="set/file.gz"):
    return PublishedFile(name, hashlib.sha256(CONTENT).hexdigest(), addresses)


def left_behind(destination: Path):
    return [path.name for path in destination.parent.iterdir()]


def not_found(handler):
    handler.answer(b"no", 404)


def hang(handler):
    handler.server.closing.wait(3)  # longer than a client of these tests waits


def hang_in_the_middle(handler):
    handler.answer(CONTENT[:1000], length=len(CONTENT))
    handler.wfile.flush()
    hang(handler)


def trickle(handler):
    handler.answer(b"", length=len(CONTENT))
    for _ in range(60):
        handler.wfile.write(b"x")
        if handler.server.closing.wait(0.05):
            break


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


OTHER_BYTES = "SHA256 hash of downloaded file (file.gz) does not match the known hash"
#: Each fault with a part of the reason that must be given.
FAULTS = {
    "truncated": (lambda h: h.answer(CONTENT[:-1]), OTHER_BYTES),
    "empty": (lambda h: h.answer(b""), OTHER_BYTES),
    "dies in the middle": (lambda h: h.answer(CONTENT[:1000], length=len(CONTENT)), "299002 more"),
    "dies unannounced": (lambda h: h.answer(CONTENT[:1000], length="unsaid"), OTHER_BYTES),
    "corrupted": (lambda h: h.answer(CONTENT[:-1] + b"!"), OTHER_BYTES),
    "too long": (lambda h: h.answer(CONTENT + b"!"), OTHER_BYTES),
    "not found": (not_found, "404 Client Error: Not Found"),
    "no content": (lambda h: h.answer(b"", 204), OTHER_BYTES),
    "broken server": (lambda h: h.answer(b"no", 500), "500 Server Error: Internal Server Error"),
    "too many requests": (lambda h: h.answer(b"no", 429), "429 Client Error: Too Many Requests"),
    "silent": (hang, "Read timed out"),
    "silent in the middle": (hang_in_the_middle, "Read timed out"),
    "a byte at a time": (trickle, "slower than 1 seconds"),
    "hangs up": (hang_up, "Remote end closed connection"),
    "not HTTP": (lambda h: h.wfile.write(b"220 ftp ready\r\n" * 3), "BadStatusLine"),
    "redirects forever": (lambda h: h.answer(b"", 302, Location="/file.gz"), "30 redirects"),
    "redirects nowhere": (lambda h: h.answer(b"", 302, Location="/none"), "404 Client Error"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_and_the_next_address_makes_good(fault, server, destination):
    server.answers["/file.gz"], reason = FAULTS[fault]
    bad, good = server.address("/file.gz"), server.address("/good.gz")
    with pytest.raises(FetchError) as caught:
        fetch(published(bad), destination)
    _, address, told, *_ = str(caught.value).splitlines()
    assert address == f"  {bad}"
    assert reason in told
    assert left_behind(destination) == []
    fetch(published(bad, good, server.address("/never")), destination)
    assert destination.read_bytes() == CONTENT
    assert left_behind(destination) == ["file.gz"]
    assert "/never" not in server.asked


def test_a_fault_that_passes_is_waited_out(server, destination):
    answers = [Handler.answer, FAULTS["dies in the middle"][0], FAULTS["broken server"][0]]

    def answer_in_turn(handler):
        answers.pop()(handler)

    server.answers["/file.gz"] = answer_in_turn
    fetch(published(server.address("/file.gz")), destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("headers", [{"Content_Encoding": "gzip"}, {"Content_Encoding": "x-gzip"}])
def test_a_stored_gz_file_is_not_unpacked_on_the_way(server, destination, headers):
    server.answers["/moved.gz"] = lambda h: h.answer(**headers)
    server.answers["/file.gz"] = lambda h: h.answer(b"", 301, Location="/moved.gz")
    fetch(published(server.address("/file.gz")), destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("mirror", ["~no_such_user/x", "pipe"])
def test_a_mirror_that_is_no_folder_of_files_is_passed_by(
    mirror, server, destination, tmp_path, monkeypatch
):
    (tmp_path / "pipe/set").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe/set/file.gz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESCENT_MIRROR", mirror)
    fetch(published(server.address("/good.gz")), destination)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [None, CONTENT[:-1], CONTENT + b"!"])
def test_a_mirror_is_asked_first_and_a_bad_one_does_not_stand_in_the_way(
    content, server, destination, tmp_path, monkeypatch
):
    folder = tmp_path / "mirror" / "set"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "file.gz").write_bytes(content)
    monkeypatch.setenv("DESCENT_MIRROR", str(tmp_path / "mirror"))
    fetch(published(server.address("/good.gz")), destination)
    assert destination.read_bytes() == CONTENT
    destination.unlink()
    (folder / "file.gz").write_bytes(CONTENT)
    fetch(published(server.address("/never")), destination)
    assert destination.read_bytes() == CONTENT
    assert server.asked == ["/good.gz"]


def test_the_last_error_tells_a_person_what_to_do(
    server, nobody, tmp_path, monkeypatch, capsys, destination
):
    monkeypatch.setenv("DESCENT_MIRROR", str(tmp_path / "no mirror"))
    monkeypatch.setattr(
        download, "PUBLISHED", {"set/file.gz": published(nobody, server.address("/missing"))}
    )
    destination.parent.mkdir()
    destination.write_bytes(b"put there by hand")
    assert main(["set/file.gz", str(destination)]) == 1
    assert destination.read_bytes() == b"put there by hand"
    message = capsys.readouterr().err
    assert "Traceback" not in message
    told = [
        "set/file.gz could not be fetched",
        str(tmp_path / "no mirror"),
        "No such file or directory",
        nobody,
        "Connection refused",
        server.address("/missing"),
        "404 Client Error",
        f"Put the file there by hand: {destination}",
        hashlib.sha256(CONTENT).hexdigest(),
        "DESCENT_MIRROR",
        "snakemake --cores 2 --configfile config/digits.yaml",
    ]
    places = [message.index(part) for part in told]
    assert places == sorted(places)


def test_a_folder_that_cannot_be_written_ends_the_command_with_one_line(tmp_path, capsys):
    (tmp_path / "downloads").write_text("a file where a folder should be")
    name = "mnist/t10k-labels-idx1-ubyte.gz"
    assert main([name, str(tmp_path / "downloads" / "labels.gz")]) == 1
    assert "labels.gz cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_download_that_is_stopped_leaves_nothing_behind(server, tmp_path, how):
    name = "mnist/t10k-labels-idx1-ubyte.gz"
    server.answers[f"/{name}"] = hang_in_the_middle
    folder = tmp_path / "downloads"
    process = subprocess.Popen(
        [sys.executable, "-m", "descent.data.download", name, str(folder / "labels.gz")],
        env=os.environ
        | {"PYTHONPATH": str(Path(descent.__file__).parents[1])}
        | {"DESCENT_MIRROR": server.address("")},
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 20
        while f"/{name}" not in server.asked:
            assert time.monotonic() < deadline, "the download never began"
            time.sleep(0.01)
        process.send_signal(how)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0
    assert list(folder.iterdir()) == []
