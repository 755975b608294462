"""Published files that no address gives: one message, once, at once."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from descent.data.published import PublishedFile
from descent.data.reachability import describe_unreachable


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200 if self.path.startswith("/up") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DESCENT_MIRROR", raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def published(name, *addresses):
    return PublishedFile(name, addresses, 1000, "0" * 64)


@pytest.fixture
def web(server):
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def nobody():
    """An address where nobody listens."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_one_message_names_each_address_once_and_what_to_do(server, web, nobody, tmp_path):
    files = [
        published("a.gz", f"{web}/down/a.gz", f"{nobody}/a.gz"),
        published("set/b.gz", f"{web}/down/b.gz"),
    ]
    message = describe_unreachable(files, tmp_path, mirror=str(tmp_path / "mirror"))
    assert sorted(server.asked) == ["/down/a.gz", "/down/b.gz"]
    for address in (f"{web}/down/a.gz", f"{nobody}/a.gz", f"{web}/down/b.gz"):
        assert message.count(f"  {address}\n") == 1
    for said in ("answered 404", "no connection: ", "no such file", str(tmp_path), "b.gz (1,000"):
        assert said in message
    assert "DESCENT_MIRROR" in message
    assert "snakemake --cores 2 --configfile config/digits.yaml" in message


@pytest.mark.parametrize("up", ["/up/a.gz", "mirror"])
def test_nothing_is_said_as_long_as_one_address_answers(server, web, nobody, tmp_path, up):
    (tmp_path / "a.gz").write_bytes(b"")
    address, mirror = (nobody, str(tmp_path)) if up == "mirror" else (web + up, None)
    file = published("a.gz", f"{nobody}/a.gz", address)
    assert describe_unreachable([file], tmp_path / "downloads", mirror=mirror) is None


def test_nothing_is_asked_for_a_file_that_is_there(server, web, tmp_path):
    (tmp_path / "a.gz").write_bytes(b"")
    assert describe_unreachable([published("a.gz", f"{web}/down")], tmp_path) is None
    assert server.asked == []


def test_addresses_that_never_answer_are_waited_for_together(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        files = [published(f"{i}", f"http://127.0.0.1:{port}/{i}") for i in range(8)]
        began = time.monotonic()
        message = describe_unreachable(files, tmp_path, patience=0.2)
        assert time.monotonic() - began < 8 * 0.2
    assert message.count("127.0.0.1") == 8
