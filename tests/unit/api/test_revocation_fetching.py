"""Fetching asks named hosts only, and takes no more, and no longer, than allowed."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from api.errors import RevocationUnavailable
from api.revocation_fetching import ListFetcher
from tests.fakes.key_zones import SERVER, TlsAuthority, pem

MOST = 1000


class Site(BaseHTTPRequestHandler):
    """Answers by path; `/to?URL` leads elsewhere."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path, _, query = self.path.partition("?")
        if path == "/to":
            self.send_response(302)
            self.send_header("Location", query)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        sizes = {"/small": 10, "/large": MOST + 1}
        self.send_response(200 if path in sizes else 404)
        self.end_headers()
        self.wfile.write(b"x" * sizes.get(path, 0))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetcher(*hosts: str, **changes: object) -> ListFetcher:
    return ListFetcher(frozenset(hosts), **({"most_bytes": MOST, "seconds": 5.0} | changes))


def test_a_list_on_a_named_host_is_fetched(site: str) -> None:
    assert fetcher(site).fetch(f"http://{site}/small") == b"x" * 10
    assert fetcher(site).fetch(f"http://{site}/to?/small") == b"x" * 10


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/small",
        "http://{site}@127.0.0.1/small",
        "http://a@{site}/small",
        "ftp://{site}/small",
        "file:///etc/passwd",
        "http://{site}0/small",
        "http://127.0.0.1/small",
        "http://127.0.0.1:x/small",
        "http://[/small",
        "//{site}/small",
        "",
    ],
)
def test_no_other_address_is_asked(site: str, address: str) -> None:
    with pytest.raises(RevocationUnavailable):
        fetcher(site).fetch(address.format(site=site))
    assert Site.asked == []


def test_a_redirection_off_the_list_is_not_followed(site: str) -> None:
    other = site.replace("127.0.0.1", "localhost")
    for target in (f"http://{other}/small", "file:///etc/passwd", "ftp://x/"):
        with pytest.raises(RevocationUnavailable):
            fetcher(site).fetch(f"http://{site}/to?{target}")
    assert [one for one in Site.asked if one == "/small"] == []


def test_redirections_end(site: str) -> None:
    with pytest.raises(RevocationUnavailable):
        fetcher(site).fetch(f"http://{site}/to?/to?/to?/to?/to?/small")


def test_what_is_missing_too_large_too_slow_or_away_is_told(site: str) -> None:
    for path in ("missing", "large"):
        with pytest.raises(RevocationUnavailable):
            fetcher(site).fetch(f"http://{site}/{path}")
    with pytest.raises(RevocationUnavailable, match="does not answer"):
        fetcher("127.0.0.1:1").fetch("http://127.0.0.1:1/small")


@pytest.mark.parametrize(
    "begins",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"],
    ids=["status", "header", "body"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_drips_ends_at_its_time(
    scheme: str, begins: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = TlsAuthority()
    authority.issue(tmp_path / "server", **SERVER)
    (tmp_path / "ca.pem").write_bytes(pem(authority.certificate))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
            connection = context.wrap_socket(connection, server_side=True)
        with connection, contextlib.suppress(OSError):
            connection.sendall(begins)
            while not over.wait(0.02):
                connection.sendall(b"1")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        host = f"localhost:{listening.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(RevocationUnavailable, match="does not answer"):
            fetcher(host, seconds=0.5).fetch(f"{scheme}://{host}/list.crl")
        assert time.monotonic() - begun < 60
        over.set()
        thread.join(30)


def test_no_proxy_of_the_environment_is_used(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert fetcher(site).fetch(f"http://{site}/small")
