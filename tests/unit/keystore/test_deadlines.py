"""A conversation ends at its moment, however the bytes drip."""

import socket
import ssl
import time
from threading import Event, Thread

import pytest

from keystore.deadlines import DeadlineSocket, PlainDeadlineSocket
from tests.fakes.key_zones import SERVER, TlsAuthority, pem


@pytest.fixture
def plain_pair():
    ours, theirs = socket.socketpair()
    with PlainDeadlineSocket.around(ours, time.monotonic() + 60) as mine, theirs:
        yield mine, theirs


@pytest.fixture
def tls_pair(tmp_path):
    authority = TlsAuthority()
    authority.issue(tmp_path / "server", **SERVER)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=pem(authority.certificate).decode())
    client.sslsocket_class = DeadlineSocket
    ours, theirs = socket.socketpair()
    made = []
    thread = Thread(target=lambda: made.append(server.wrap_socket(theirs, server_side=True)))
    thread.start()
    with client.wrap_socket(ours, server_hostname="localhost") as mine:
        thread.join()
        with made[0] as other:
            yield mine, other


@pytest.fixture(params=["plain_pair", "tls_pair"])
def pair(request):
    return request.getfixturevalue(request.param)


def read_on(sock):
    while True:
        sock.recv_into(bytearray(1))


def test_without_a_deadline_it_is_a_socket_like_others(pair):
    mine, other = pair
    mine.sendall(b"hello")
    assert other.recv(5) == b"hello"
    other.sendall(b"world")
    assert mine.recv_into(bytearray(5)) == 5


def test_a_drip_of_bytes_does_not_put_the_end_off(pair):
    mine, other = pair
    begun, over = time.monotonic(), Event()
    mine.until = begun + 0.3

    def drip():
        while not over.wait(0.02):
            other.sendall(b".")

    thread = Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            read_on(mine)
    finally:
        over.set()
        thread.join()
    assert time.monotonic() - begun < 30
    with pytest.raises(TimeoutError):
        mine.send(b"too late")
