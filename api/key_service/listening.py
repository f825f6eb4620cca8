"""The key service's door: TLS with a client certificate, few connections, each bounded in time.

Small HTTP over the standard library, because a request's TLS certificate decides who asks and
every byte has its deadline. Strangers get as far as the handshake.
"""

import json
import logging
import socket
import socketserver
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler
from threading import BoundedSemaphore
from typing import Any

from api.key_service.desk import Answer, KeyDesk
from api.key_service.service_file import ServiceFile
from keystore.deadlines import DeadlineSocket
from keystore.erasing import erase
from keystore.errors import KeystoreError
from keystore.pins import pin_for
from keystore.ports import SecretSource
from keystore.remote_requests import MOST_BYTES, PATH, SIGNATURE_HEADER
from keystore.uri import KeyUri

__all__ = ["KeyServer", "tls_context"]

_LOG = logging.getLogger(__name__)

MOST_CONNECTIONS = 128
HANDSHAKE_SECONDS = 5.0
REQUEST_SECONDS = 10.0
"""From a request's first byte to its last."""
ANSWER_SECONDS = 10.0
IDLE_SECONDS = 60.0
"""Between two requests of a connection."""
LENGTH_DIGITS = 8
OK, BAD_REQUEST, NOT_FOUND, LENGTH_REQUIRED, TOO_LARGE = 200, 400, 404, 411, 413


def tls_context(service: ServiceFile, secrets: SecretSource) -> ssl.SSLContext:
    """Return what connections are accepted with; raises `OSError` for files of no use."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    # Nothing outlives its connection: a session taken up again would show an old certificate.
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    context.sslsocket_class = DeadlineSocket
    context.load_verify_locations(cafile=service.client_ca)
    source = (("pin-source", str(service.pin_source)),) if service.pin_source else ()
    uri = KeyUri("tls", (("path", str(service.certificate_key)),), source)
    asked: list[bytearray] = []

    def passphrase() -> bytearray:
        asked.append(pin_for(uri, secrets))
        return asked[-1]

    try:
        context.load_cert_chain(service.certificate, service.certificate_key, passphrase)
    finally:
        erase(*asked)
    return context


class KeyServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A thread for each connection, up to `MOST_CONNECTIONS`; further ones are closed at once."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, desk: KeyDesk) -> None:
        """Listen; `address` may have port 0."""
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._context, self.desk = context, desk
        self._places = BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, _Conversation)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as theirs
        """Take the connection where there is room for it."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._places.release()
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Shake hands in the connection's own thread, for nobody else waits there."""
        request.settimeout(HANDSHAKE_SECONDS)
        with self._context.wrap_socket(request, server_side=True) as tls:
            super().finish_request(tls, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say what ended a connection: a stranger at the door, a slow caller, a caller gone."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError | KeystoreError):
            _LOG.info("a connection from %s ended: %s", client_address[0], type(error).__name__)
        else:
            _LOG.error("a connection from %s failed", client_address[0], exc_info=error)


class _Conversation(BaseHTTPRequestHandler):
    """One connection: requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: KeyServer
    connection: DeadlineSocket

    def handle_one_request(self) -> None:
        self._end_in(IDLE_SECONDS)
        self.close_connection = True
        if not self.rfile.peek(1):  # type: ignore[attr-defined]  # it is a BufferedReader
            return
        self._end_in(REQUEST_SECONDS)
        super().handle_one_request()

    def do_POST(self) -> None:
        """Hand a request to the desk."""
        if self.path != PATH:
            self._reply(Answer(NOT_FOUND, {"error": "not-found"}), is_last=True)
            return
        lengths = self.headers.get_all("Content-Length", [])
        if len(lengths) != 1 or "Transfer-Encoding" in self.headers:
            self._reply(Answer(LENGTH_REQUIRED, {"error": "length-required"}), is_last=True)
        elif not (lengths[0].isascii() and lengths[0].isdigit()):
            self._reply(Answer(BAD_REQUEST, {"error": "malformed"}), is_last=True)
        elif len(lengths[0]) > LENGTH_DIGITS or int(lengths[0]) > MOST_BYTES:
            self._reply(Answer(TOO_LARGE, {"error": "too-large"}), is_last=True)
        else:
            self._answer(int(lengths[0]))

    def do_GET(self) -> None:
        """Say that the service is there."""
        is_known = self.path == "/healthz"
        well, unknown = Answer(OK, {"status": "ok"}), Answer(NOT_FOUND, {"error": "not-found"})
        self._reply(well if is_known else unknown, is_last=True)  # a body may follow

    def _answer(self, length: int) -> None:
        body = self.rfile.read(length)
        signatures = self.headers.get_all(SIGNATURE_HEADER, [])
        certificate = self.connection.getpeercert(binary_form=True)
        if len(body) != length or len(signatures) != 1 or certificate is None:
            self._reply(Answer(BAD_REQUEST, {"error": "malformed"}), is_last=True)
            return
        self._reply(self.server.desk.answer(certificate, body, signatures[0]))

    def _reply(self, answer: Answer, *, is_last: bool = False) -> None:
        self._end_in(ANSWER_SECONDS)
        body = json.dumps(dict(answer.members)).encode("ascii")
        self.close_connection = self.close_connection or is_last
        self.send_response_only(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if answer.retry_after is not None:
            self.send_header("Retry-After", str(answer.retry_after))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._headers_buffer.append(b"\r\n" + body)  # type: ignore[attr-defined]  # in one packet
        self.flush_headers()

    def _end_in(self, seconds: float) -> None:
        self.connection.until = time.monotonic() + seconds

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002, ANN401 - as theirs
        _LOG.info(
            "%s %s", self.client_address[0], (format % arguments).encode("unicode_escape").decode()
        )
