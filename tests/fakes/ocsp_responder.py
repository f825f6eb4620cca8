"""An OCSP responder on the loopback: answers every request with what a test makes of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.x509 import ocsp


def nonce_of(request: bytes) -> bytes:
    """The nonce as a responder echoes it: an OCTET STRING around what was sent."""
    (extension,) = ocsp.load_der_ocsp_request(request).extensions
    return b"\x04" + bytes((len(extension.value.nonce),)) + extension.value.nonce


@dataclass
class Responder:
    host: str = ""
    answer: Callable[[bytes], bytes] = bytes
    location: str | None = None
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.host}/ocsp"


@contextmanager
def responding() -> Iterator[Responder]:
    made = Responder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append((self.path, self.headers["Content-Type"], request))
            self.send_response(200 if made.location is None else 302)
            if made.location is not None:
                self.send_header("Location", made.location)
            self.end_headers()
            self.wfile.write(made.answer(request))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.host = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
