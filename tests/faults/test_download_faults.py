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
from descent.data.download import RetryPolicy, fetch, main
from descent.data.errors import FetchError
from descent.data.published import PUBLISHED, PublishedFile

CONTENT = b"\x1f\x8b" + random.Random(0).randbytes(299_999) + b"."
QUICK = RetryPolicy(connect=2, read=0.3, attempts=2, backoff=0.001)


class Server(ThreadingHTTPServer):
    """Answers each path as ``answers`` says and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {}
        self.asked = []
        self.closing = threading.Event()

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is part of the game."""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.answers[self.path](self)
        self.close_connection = True

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


@pytest.fixture
def destination(tmp_path):
    return tmp_path / "downloads" / "file.gz"


def published(*addresses):
    return PublishedFile(
        "set/file.gz", addresses, len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
    )


def left_behind(destination: Path):
    return [path.name for path in destination.parent.iterdir()]


def hang(handler):
    handler.server.closing.wait(3)  # longer than QUICK waits, shorter than any default


def hang_in_the_middle(handler):
    handler.answer(CONTENT[:1000], length=len(CONTENT))
    handler.wfile.flush()
    hang(handler)


def hang_up(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


#: Each fault with a word of the reason that must be given, and whether it is worth another try.
FAULTS = {
    "truncated": (lambda h: h.answer(CONTENT[:-1]), "broke off after 300,001 of 300,002", True),
    "empty": (lambda h: h.answer(b""), "broke off after 0 of 300,002 bytes", True),
    "dies in the middle": (lambda h: h.answer(CONTENT[:1000], length=len(CONTENT)), "broke", True),
    "dies unannounced": (lambda h: h.answer(CONTENT[:1000], length="unsaid"), "broke off", True),
    "announces more": (lambda h: h.answer(length=len(CONTENT) + 1), "broke off", True),
    "announces less": (lambda h: h.answer(length=len(CONTENT) - 1), "broke off after", True),
    "corrupted": (lambda h: h.answer(CONTENT[:-1] + b"!"), "gave other bytes: SHA-256", False),
    "too long": (lambda h: h.answer(CONTENT + b"!"), "gave more than 300,002 bytes", False),
    "a login page": (lambda h: h.answer(b"<html>" * 10**5), "gave more than 300,002 bytes", False),
    "endless": (lambda h: h.answer(bytes(10**7), length="unsaid"), "gave more than 300,002", False),
    "not found": (lambda h: h.answer(b"no", 404), "answered 404 Not Found", False),
    "forbidden": (lambda h: h.answer(b"no", 403), "answered 403 Forbidden", False),
    "no content": (lambda h: h.answer(b"", 204), "answered 204 No Content", False),
    "broken server": (lambda h: h.answer(b"no", 500), "answered 500 Internal Server", True),
    "busy server": (lambda h: h.answer(b"no", 503), "answered 503 Service", True),
    "too many requests": (lambda h: h.answer(b"no", 429), "answered 429 Too Many", True),
    "silent": (hang, "silent for 0.3 s", True),
    "silent in the middle": (hang_in_the_middle, "silent for 0.3 s", True),
    "hangs up": (hang_up, "no connection: ", True),
    "not HTTP": (lambda h: h.wfile.write(b"220 ftp ready\r\n" * 3), "no connection: ", True),
    "redirects forever": (
        lambda h: h.answer(b"", 302, Location="/file.gz"),
        "Exceeded 30 redirects",
        False,
    ),
    "redirects nowhere": (lambda h: h.answer(b"", 302, Location="/none"), "answered 404", False),
}


@pytest.fixture(params=FAULTS)
def fault(request, server):
    """A server with one fault."""
    server.answers["/file.gz"], reason, passing = FAULTS[request.param]
    server.answers["/none"] = lambda h: h.answer(b"", 404)
    server.answers["/good.gz"] = Handler.answer
    return reason, passing


def test_a_fault_is_told_and_nothing_is_left_behind(fault, server, destination):
    reason, passing = fault
    address = server.address("/file.gz")
    with pytest.raises(FetchError) as caught:
        fetch(published(address), destination, retry_policy=QUICK)
    message = str(caught.value)
    assert f"{address}\n    {reason}" in message
    assert ("(2 tries)" in message) == passing
    assert left_behind(destination) == []
    if "redirects" not in message:
        assert server.asked.count("/file.gz") == 1 + passing


def test_the_next_address_makes_good_for_a_fault(fault, server, destination):
    good = server.address("/good.gz")
    file = published(server.address("/file.gz"), good, server.address("/never"))
    assert fetch(file, destination, retry_policy=QUICK) == good
    assert destination.read_bytes() == CONTENT
    assert left_behind(destination) == ["file.gz"]
    assert "/never" not in server.asked


def test_a_bad_mirror_does_not_stand_in_the_way(server, destination, tmp_path):
    server.answers["/mirror/set/file.gz"] = FAULTS["corrupted"][0]
    server.answers["/good.gz"] = Handler.answer
    good = server.address("/good.gz")
    for mirror in (server.address("/mirror"), str(tmp_path / "none")):
        assert fetch(published(good), destination, mirror=mirror, retry_policy=QUICK) == good
        assert destination.read_bytes() == CONTENT
        destination.unlink()
    assert server.asked[0] == "/mirror/set/file.gz"


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_is_asked_before_the_public_addresses(server, destination, end):
    server.answers["/mirror/set/file.gz"] = Handler.answer
    mirror = server.address("/mirror") + end
    fetch(published(server.address("/never")), destination, mirror=mirror, retry_policy=QUICK)
    assert server.asked == ["/mirror/set/file.gz"]


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"!", CONTENT + b"!"])
def test_a_damaged_file_in_a_mirror_folder_is_refused(tmp_path, destination, content, server):
    (tmp_path / "mirror" / "set").mkdir(parents=True)
    (tmp_path / "mirror" / "set" / "file.gz").write_bytes(content)
    with pytest.raises(FetchError, match=str(tmp_path / "mirror" / "set" / "file.gz")):
        fetch(published(), destination, mirror=str(tmp_path / "mirror"), retry_policy=QUICK)
    assert left_behind(destination) == []


def test_a_passing_fault_passes(server, destination):
    answers = [Handler.answer, FAULTS["dies in the middle"][0], FAULTS["busy server"][0]]

    def answer_in_turn(handler):
        answers.pop()(handler)

    server.answers["/file.gz"] = answer_in_turn
    retry_policy = RetryPolicy(read=1, attempts=3, backoff=0.001)
    fetch(published(server.address("/file.gz")), destination, retry_policy=retry_policy)
    assert destination.read_bytes() == CONTENT


def test_each_wait_is_twice_the_last(server, destination, monkeypatch):
    waits = []
    monkeypatch.setattr(download.time, "sleep", waits.append)
    server.answers["/file.gz"] = FAULTS["busy server"][0]
    with pytest.raises(FetchError):
        fetch(
            published(server.address("/file.gz")), destination, retry_policy=RetryPolicy(attempts=4)
        )
    assert waits == [1, 2, 4]


def test_a_redirect_is_followed(server, destination):
    server.answers["/file.gz"] = lambda h: h.answer(b"", 301, Location="/moved.gz")
    server.answers["/moved.gz"] = Handler.answer
    fetch(published(server.address("/file.gz")), destination, retry_policy=QUICK)
    assert destination.read_bytes() == CONTENT


@pytest.mark.parametrize("label", ["gzip", "x-gzip"])
def test_a_stored_gz_file_is_not_unpacked_on_the_way(server, destination, label):
    server.answers["/file.gz"] = lambda h: h.answer(Content_Encoding=label)
    fetch(published(server.address("/file.gz")), destination, retry_policy=QUICK)
    assert destination.read_bytes() == CONTENT


def test_a_port_where_nothing_listens_is_an_address_out_of_reach(server, destination):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/file.gz"
        with pytest.raises(FetchError, match=r"no connection: .*Connection refused.*\(2 tries\)"):
            fetch(published(address), destination, retry_policy=QUICK)
    assert left_behind(destination) == []


def test_a_finished_file_is_not_asked_for_again(server, destination):
    destination.parent.mkdir()
    destination.write_bytes(CONTENT)
    fetch(published(server.address("/never")), destination, retry_policy=QUICK)
    assert server.asked == []


def test_the_last_error_tells_a_person_what_to_do(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DESCENT_MIRROR", str(tmp_path / "no mirror"))
    first, second = server.address("/first"), server.address("/second")
    server.answers["/first"] = FAULTS["not found"][0]
    server.answers["/second"] = FAULTS["corrupted"][0]
    monkeypatch.setattr(download, "PUBLISHED", {"set/file.gz": published(first, second)})
    destination = tmp_path / "downloads" / "file.gz"
    assert main(["set/file.gz", str(destination)]) == 1
    message = capsys.readouterr().err
    assert "Traceback" not in message
    assert "set/file.gz could not be fetched" in message
    places = [message.index(place) for place in (str(tmp_path / "no mirror"), first, second)]
    assert places == sorted(places)
    for said in (
        "No such file or directory",
        "answered 404 Not Found",
        "gave other bytes",
        f"Put the file there by hand: {destination}",
        "300,002 bytes",
        hashlib.sha256(CONTENT).hexdigest(),
        "DESCENT_MIRROR",
        "snakemake --cores 2 --configfile config/digits.yaml",
    ):
        assert said in message


def test_a_folder_that_cannot_be_written_ends_the_command_with_one_line(tmp_path, capsys):
    (tmp_path / "downloads").write_text("a file where a folder should be")
    name = "mnist/t10k-labels-idx1-ubyte.gz"
    assert main([name, str(tmp_path / "downloads" / "labels.gz")]) == 1
    assert "labels.gz cannot be written" in capsys.readouterr().err


def test_a_fault_of_our_own_leaves_nothing_behind_either(server, destination, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    server.answers["/file.gz"] = Handler.answer
    monkeypatch.setattr(download.hashlib, "sha256", interrupted)
    file = PublishedFile("file.gz", (server.address("/file.gz"),), len(CONTENT), "")
    with pytest.raises(KeyboardInterrupt):
        fetch(file, destination, retry_policy=QUICK)
    assert left_behind(destination) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_download_that_is_stopped_leaves_nothing_behind(server, tmp_path, how):
    name = "mnist/t10k-labels-idx1-ubyte.gz"
    server.answers[f"/{name}"] = hang_in_the_middle
    folder = tmp_path / "downloads"
    command = [sys.executable, "-m", "descent.data.download", name, str(folder / "labels.gz")]
    process = subprocess.Popen(
        [*command, "--mirror", server.address("")],
        env=os.environ | {"PYTHONPATH": str(Path(descent.__file__).parent.parent)},
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 20
        while not (folder.is_dir() and list(folder.iterdir())):
            assert time.monotonic() < deadline, "the download never began"
            time.sleep(0.01)
        process.send_signal(how)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode != 0
    assert list(folder.iterdir()) == []
    assert PUBLISHED[name].size > 1000
