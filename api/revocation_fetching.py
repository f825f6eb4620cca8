"""Fetches revocation data over HTTP: only from hosts that are named, bounded in size and time."""

import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPMessage,
    HTTPResponse,
    HTTPSConnection,
)
from typing import IO, Any
from urllib.parse import urlsplit

from api.errors import RevocationUnavailable
from keystore import OCSP_MAX_BYTES
from keystore.deadlines import DeadlineSocket, PlainDeadlineSocket

__all__ = ["ListFetcher"]

_SCHEMES = frozenset({"http", "https"})
_SOCKET_SECONDS = 5.0
_OCSP_HEADERS = {
    "Content-Type": "application/ocsp-request",
    "Accept": "application/ocsp-response",
}


class ListFetcher:
    """Knows the hosts that may be asked, each written as in the address: `host` or `host:port`."""

    def __init__(
        self,
        hosts: frozenset[str],
        *,
        most_bytes: int,
        seconds: float,
    ) -> None:
        """`seconds` bounds one list or answer from asking to its last byte."""
        self._hosts = frozenset(map(str.lower, hosts))
        self._most_bytes = most_bytes
        self._seconds = seconds

    def may_ask(self, url: str) -> bool:
        """Say whether this address is on a host that is named, and plain HTTP(S)."""
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            return False
        is_plain = parts.scheme in _SCHEMES and "@" not in parts.netloc
        return is_plain and parts.netloc.lower() in self._hosts

    def fetch(self, url: str) -> bytes:
        """Return what stands there; raises `RevocationUnavailable`."""
        return self._opened(url, None, self._most_bytes)

    def ask(self, url: str, request: bytes) -> bytes:
        """Return a responder's answer, not led elsewhere; raises `RevocationUnavailable`."""
        return self._opened(url, request, min(self._most_bytes, OCSP_MAX_BYTES))

    def _opened(self, url: str, request: bytes | None, most_bytes: int) -> bytes:
        if not self.may_ask(url):
            raise RevocationUnavailable(f"{url} is on no host of revocation_hosts")
        opener = self._opener(time.monotonic() + self._seconds)
        headers = {} if request is None else _OCSP_HEADERS
        try:
            asked = urllib.request.Request(url, request, headers)  # noqa: S310 - may_ask
            with opener.open(asked, timeout=min(_SOCKET_SECONDS, self._seconds)) as answer:
                return _read(answer, most_bytes)
        except (OSError, HTTPException, ValueError) as error:
            raise RevocationUnavailable(f"{url} does not answer: {error}") from error

    def _opener(self, until: float) -> urllib.request.OpenerDirector:
        """No proxy of the environment, no file, no FTP: a stranger's certificate may name it."""
        opener = urllib.request.OpenerDirector()
        for handler in (
            _UntilThen(until),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _NamedHostsOnly(self.may_ask),
        ):
            opener.add_handler(handler)
        return opener


def _read(answer: IO[bytes], most_bytes: int) -> bytes:
    found = answer.read(most_bytes + 1)
    if len(found) > most_bytes:
        raise ValueError("it is over the limit")
    return found


class _UntilThen(urllib.request.AbstractHTTPHandler):
    """HTTP and HTTPS by connections that end at a moment, however slowly an answer drips."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self._until = until

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._plain, req)

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(self._tls, req)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def _plain(self, host: str, **named: Any) -> HTTPConnection:  # noqa: ANN401 - as urllib asks
        made = _PlainConnection(host, **named)
        made.until = self._until
        return made

    def _tls(self, host: str, **named: Any) -> HTTPConnection:  # noqa: ANN401 - as urllib asks
        context = ssl.create_default_context()
        context.sslsocket_class = DeadlineSocket
        made = _TlsConnection(host, context=context, **named)
        made.until = self._until
        return made


class _PlainConnection(HTTPConnection):
    until: float

    def connect(self) -> None:
        super().connect()
        self.sock = PlainDeadlineSocket.around(self.sock, self.until)


class _TlsConnection(HTTPSConnection):
    until: float

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, DeadlineSocket):
            self.sock.until = self.until


class _NamedHostsOnly(urllib.request.HTTPRedirectHandler):
    max_redirections = 2

    def __init__(self, may_ask: Callable[[str], bool]) -> None:
        self._may_ask = may_ask

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.data is not None:
            raise urllib.error.URLError("a responder leads elsewhere")
        if not self._may_ask(newurl):
            raise urllib.error.URLError("it leads to a host that is not named")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
