"""Fetches a revocation list over HTTP: only from hosts that are named, bounded in size and time."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit

from api.errors import RevocationUnavailable

__all__ = ["ListFetcher"]

_SCHEMES = frozenset({"http", "https"})
_CHUNK_BYTES = 64 * 1024
_SOCKET_SECONDS = 5.0


class ListFetcher:
    """Knows the hosts that may be asked, each written as in the address: `host` or `host:port`."""

    def __init__(
        self,
        hosts: frozenset[str],
        *,
        most_bytes: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds` bounds one list from asking to its last byte; `clock` counts seconds."""
        self._hosts = frozenset(map(str.lower, hosts))
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._clock = clock
        # No proxy of the environment, no file, no FTP: a stranger's certificate names the address.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _NamedHostsOnly(self.may_ask),
        ):
            self._opener.add_handler(handler)

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
        if not self.may_ask(url):
            raise RevocationUnavailable(f"{url} is on no host of revocation_hosts")
        until = self._clock() + self._seconds
        try:
            with self._opener.open(url, timeout=min(_SOCKET_SECONDS, self._seconds)) as answer:
                return self._read(answer, until)
        except (OSError, HTTPException, ValueError) as error:
            raise RevocationUnavailable(f"{url} does not answer: {error}") from error

    def _read(self, answer: IO[bytes], until: float) -> bytes:
        found = bytearray()
        while chunk := answer.read(_CHUNK_BYTES):
            found += chunk
            if len(found) > self._most_bytes:
                raise ValueError("it is over the limit")
            if self._clock() > until:
                raise ValueError("it takes too long")
        return bytes(found)


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
        if not self._may_ask(newurl):
            raise urllib.error.URLError("it leads to a host that is not named")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
