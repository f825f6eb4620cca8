"""What a rude connection can do, over real sockets: be answered, and end."""

import asyncio
import json

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from api import bounded_http
from api.bounded_http import BoundedHttp
from tests.integration.api.test_headers import assert_guarded

PATIENCE_SECONDS = 30  # far beyond every time set below: a test that waits so long has failed
HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class Answer:
    """One answer, as far as these tests read it."""

    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {k.title(): v for k, v in (one.split(": ", 1) for one in lines)}


class App:
    """Answers at once to GET; reads the whole body of anything else, and notes what came."""

    def __init__(self):
        self.seen = []

    async def __call__(self, scope, receive, send):
        message = {"type": "none"}
        if scope["method"] == "POST":
            message = await receive()
            while message["type"] == "http.request" and message["more_body"]:
                message = await receive()
        self.seen.append(message["type"])
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


def serve(talk, app=None):
    """Run `talk(connect)` against one server."""

    async def run():
        config = Config(app or App(), lifespan="off", log_config=None, access_log=False)
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: BoundedHttp(config, state, {}), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        async def connect(data=b""):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            return reader, writer

        async with server, asyncio.timeout(PATIENCE_SECONDS):
            return await talk(connect)

    return asyncio.run(run())


def whole(data, app=None):
    """Everything that is answered until the connection ends."""

    async def talk(connect):
        reader, writer = await connect(data)
        answered = await reader.read()
        writer.close()
        return answered

    return serve(talk, app)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xe4\xb8\xad HTTP/1.1\r\nHost: a\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        CHUNKED + b"zz\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1_000_000,
    ],
    ids=["TLS", "no host", "no ASCII", "lengths", "length", "coding", "chunk", "head"],
)
def test_what_is_not_http_is_told_so_as_everything_is(data):
    answer = Answer(whole(data))
    assert answer.status == 400
    assert_guarded(answer)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["type"] == "/problems/malformed-request"
    assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_a_body_in_crumbs_is_refused_and_the_application_told():
    app = App()
    answer = Answer(whole(CHUNKED + b"1\r\nx\r\n" * 5_000, app))
    assert answer.status == 400
    assert app.seen == ["http.disconnect"]


def test_a_body_in_ordinary_chunks_is_read():
    app = App()
    chunks = b"400\r\n" + b"x" * 1024 + b"\r\n"
    closing = CHUNKED.replace(b"Host: a\r\n", b"Host: a\r\nConnection: close\r\n")
    answer = Answer(whole(closing + chunks * 3_000 + b"0\r\n\r\n", app))
    assert (answer.status, app.seen) == (200, ["http.request"])


@pytest.mark.parametrize("data", [b"", b"GET / HT", GET + b"GET / HT", GET])
def test_who_never_finishes_a_request_is_left(monkeypatch, data):
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", 0.05)
    assert whole(data).count(b"HTTP/1.1 200") == data.count(GET)


def test_a_request_that_is_being_answered_is_not_left(monkeypatch):
    monkeypatch.setattr(bounded_http, "HEAD_SECONDS", 0.01)

    async def slow(_scope, _receive, send):
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"at last"})

    assert b"at last" in whole(GET, slow)


def test_requests_one_after_the_other_and_all_at_once_are_answered():
    async def talk(connect):
        reader, writer = await connect(GET * 3)
        for _ in range(3):
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(GET)
        return await reader.readuntil(b"ok")

    assert serve(talk).startswith(b"HTTP/1.1 200")


class Hasty:
    """Answers before the body is read."""

    async def __call__(self, _scope, _receive, send):
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"no"})


async def write_for_ever(writer):
    while True:
        writer.write(b"no chunk at all\r\n" * 1_000)
        await writer.drain()


@pytest.mark.parametrize("promise", [b"Transfer-Encoding: chunked", b"Content-Length: 10000000000"])
def test_what_comes_after_the_answer_is_not_read_and_ends(monkeypatch, promise):
    monkeypatch.setattr(bounded_http, "LINGER_SECONDS", 0.2)

    async def talk(connect):
        reader, writer = await connect(HEAD + promise + b"\r\n\r\n")
        assert (await reader.read()).endswith(b"no"), "and nothing after it"
        with pytest.raises(ConnectionError):
            await write_for_ever(writer)

    serve(talk, Hasty())


def test_the_short_rest_of_a_body_is_read_and_the_connection_goes_on():
    async def talk(connect):
        reader, writer = await connect(HEAD + b"Content-Length: 5\r\n\r\n")
        await reader.readuntil(b"no")
        writer.write(b"12345" + GET)
        return await reader.readuntil(b"no")

    assert serve(talk, Hasty()).startswith(b"HTTP/1.1 413")


def test_what_is_no_http_after_the_answer_ends_the_connection():
    async def talk(connect):
        reader, writer = await connect(HEAD + b"Content-Length: 5\r\n\r\n")
        await reader.readuntil(b"no")
        writer.write(b"12345" + b"\x00\r\n\r\n")
        return await reader.read()

    assert Answer(serve(talk, Hasty())).status == 400


def test_too_many_connections_are_told_to_come_back(monkeypatch):
    monkeypatch.setattr(bounded_http, "MOST_CONNECTIONS", 2)

    async def talk(connect):
        first, second = await connect(), await connect()
        reader, _ = await connect()
        answered = await reader.read()
        first[1].write(GET)
        await first[0].readuntil(b"ok")
        second[1].close()
        return answered

    answer = Answer(serve(talk))
    assert answer.status == 503
    assert_guarded(answer)
