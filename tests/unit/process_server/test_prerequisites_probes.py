"""What is tried over the network that is no request to Azure, on real sockets."""

from __future__ import annotations

import contextlib
import http.server
import socket
import threading

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import probes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Connection, Download


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


def test_an_open_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert probes.connect(*server.getsockname()) == Connection("open", local_address="127.0.0.1")


def test_a_port_on_which_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = server.getsockname()
    assert probes.connect(*target) == Connection("refused", local_address="127.0.0.1")


def test_a_machine_that_does_not_answer():
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # A queue that is full lets further attempts wait, as a firewall does that drops them.
        for _number in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        assert probes.connect(*server.getsockname(), seconds=0.2) == Connection("silent", local_address="127.0.0.1")


def test_a_name_that_does_not_resolve():
    found = probes.connect("name.invalid", 443)
    assert (found.outcome, found.local_address) == ("error", "") and found.detail


@contextlib.contextmanager
def serving(answers):
    """``answers``: path -> (status, headers)."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            seen.append((self.command, self.path, self.headers.get("Accept-Encoding")))
            status, headers = answers[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_unused):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/setup.exe", Download(200, 562036736)),
        ("/moved", Download(200, 562036736)),
        ("/gone", Download(404, 0)),
        ("/chunked", Download(200, None)),
    ],
)
def test_the_installer_is_asked_for_its_size_and_not_fetched(path, expected):
    answers = {
        "/setup.exe": (200, {"Content-Length": "562036736"}),
        "/moved": (302, {"Location": "/setup.exe"}),
        "/gone": (404, {"Content-Length": "0"}),
        "/chunked": (200, {"Transfer-Encoding": "chunked"}),
    }
    with serving(answers) as (url, seen):
        assert probes.ask_installer(url + path).value == expected
    assert {(method, encoding) for method, _path, encoding in seen} == {("HEAD", "identity")}


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/setup.exe?sig=hidden", "https://name.invalid/setup.exe?sig=hidden", "not a url?sig=hidden"])
def test_no_answer_is_told_without_the_url(url):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = probes.ask_installer(url.format(port=port))
    assert found.unknown and "hidden" not in found.unknown
