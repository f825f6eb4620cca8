"""Connections to a signing service: kept alive, few, each conversation over by its time.

A request is sent a second time in one case only: over a new connection, when a kept one broke
before an answer. It is the same request, and the service answers a nonce once, so two signatures
are never made of it. What failed in any other way is not tried again here.
"""

import http.client
import queue
import socket
import ssl
import time
from dataclasses import dataclass
from threading import Lock

from hsm_adapters.remote.service_file import ServiceFile
from keystore.deadlines import DeadlineSocket
from keystore.errors import AdapterFault, KeyBusy, KeyRefused, KeystoreError, KeyUnavailable
from keystore.remote_requests import MOST_BYTES, PATH, SIGNATURE_HEADER

__all__ = ["Channels", "Reply"]

MOST_CONNECTIONS = 8
"""Requests under way at once; more callers wait their turn."""
_REFUSALS = ("CERTIFICATE", "UNKNOWN_CA", "PROTOCOL", "HANDSHAKE_FAILURE", "WRONG_VERSION")
"""Parts of OpenSSL's reasons that say: mend the certificates or versions, do not try again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, unread; `is_second` when the request may have arrived twice."""

    status: int
    retry_after: str | None
    body: bytes
    is_second: bool


class Channels:
    """Safe for many threads."""

    def __init__(self, service: ServiceFile, context: ssl.SSLContext, seconds: float) -> None:
        """A conversation takes `seconds` at most, connecting and waiting included."""
        self._service, self._context, self._seconds = service, context, seconds
        # Last in, first out: connections nobody needs are never made.
        self._places: queue.LifoQueue[http.client.HTTPConnection | None] = queue.LifoQueue()
        for _ in range(MOST_CONNECTIONS):
            self._places.put(None)
        self._is_closed, self._lock = False, Lock()

    def ask(self, body: bytes, signature: str) -> Reply:
        """Send a request. Raises `KeyBusy`, `KeyUnavailable`, `KeyRefused` or `AdapterFault`."""
        until = time.monotonic() + self._seconds
        try:
            place = self._places.get(timeout=self._seconds)
        except queue.Empty:
            raise KeyBusy("all connections to the service are in use") from None
        kept = None
        try:
            reply, kept = self._exchanged(place, _Question(body, signature, until))
        except (OSError, http.client.HTTPException) as error:
            raise self._translated(error) from error
        finally:
            self._give_back(kept)
        return reply

    def close(self) -> None:
        """Close all; one that is in use is closed when it is given back."""
        with self._lock:
            self._is_closed = True
        for _ in range(self._places.qsize()):
            self._give_back(self._places.get_nowait())

    def _give_back(self, connection: http.client.HTTPConnection | None) -> None:
        with self._lock:
            if self._is_closed and connection is not None:
                connection.close()
                connection = None
            self._places.put(connection)

    def _exchanged(
        self, kept: http.client.HTTPConnection | None, question: "_Question"
    ) -> tuple[Reply, http.client.HTTPConnection | None]:
        is_second = False
        if kept is not None:
            try:
                return _conversation(kept, question, is_second=False)
            except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                is_second = True  # as a rule it was closed for being idle
        return _conversation(self._connected(question.until), question, is_second=is_second)

    def _connected(self, until: float) -> http.client.HTTPConnection:
        service = self._service
        plain = socket.create_connection((service.host, service.port), _left(until))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.settimeout(_left(until))  # for the whole handshake
            connection = http.client.HTTPConnection(service.host, service.port)
            connection.auto_open = 0
            connection.sock = self._context.wrap_socket(plain, server_hostname=service.host)
        except OSError:
            plain.close()
            raise
        return connection

    def _translated(self, error: OSError | http.client.HTTPException) -> KeystoreError:
        name = self._service.name
        if isinstance(error, ssl.SSLCertVerificationError):
            return KeyRefused(f"the service {name} is not believed: {error.verify_message}")
        if isinstance(error, ssl.SSLError) and any(one in str(error.reason) for one in _REFUSALS):
            return KeyRefused(f"the service {name} and we refuse each other's TLS: {error.reason}")
        if isinstance(error, TimeoutError):
            return KeyUnavailable(f"the service {name} did not answer in {self._seconds:g} s")
        if isinstance(error, OSError | http.client.IncompleteRead):
            return KeyUnavailable(f"the service {name} does not answer")
        return AdapterFault(f"the service {name} does not speak HTTP")


@dataclass(frozen=True, slots=True)
class _Question:
    body: bytes
    signature: str
    until: float


def _conversation(
    connection: http.client.HTTPConnection, question: _Question, *, is_second: bool
) -> tuple[Reply, http.client.HTTPConnection | None]:
    """Return the reply, and the connection where it can be used again; else it is closed."""
    is_kept = False
    try:
        sock = connection.sock
        if isinstance(sock, DeadlineSocket):
            sock.until = question.until
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: question.signature}
        connection.request("POST", PATH, question.body, headers)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise AdapterFault("the service's answer is too long")
        if answer.length:  # a read of so many bytes does not say that there were to be more
            raise http.client.IncompleteRead(body, answer.length)
        reply = Reply(answer.status, answer.headers.get("Retry-After"), body, is_second)
        is_kept = answer.isclosed() and connection.sock is not None
    finally:
        if not is_kept:
            connection.close()
    return reply, connection if is_kept else None


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
