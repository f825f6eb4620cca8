"""What every request meets before it reaches a route."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.errors import BodyCutOff, BodyTooLarge, BodyTooSlow, Overloaded
from api.logs import REQUEST_ID
from api.middleware.body_limits import BodyLimits, BodyRules
from api.middleware.request_context import RequestContext, sane_request_id
from api.middleware.security_headers import SecurityHeaders

RULES = BodyRules(most_bytes=10, larger={"/big": 100}, budget_bytes=150, seconds=0.05)


async def _echo(request: Request):
    return PlainTextResponse(await request.body())


async def _swallow(request: Request):
    """Answers 400 to whatever goes wrong, as FastAPI does with a body it cannot parse."""
    try:
        await request.body()
    except Exception as e:
        raise HTTPException(400) from e
    return PlainTextResponse("ok")


async def _id(request: Request):
    return PlainTextResponse(f"{request.state.request_id} {REQUEST_ID.get()}")


ROUTES = [
    Route("/small", _echo, methods=["POST"]),
    Route("/big", _echo, methods=["POST"]),
    Route("/swallow", _swallow, methods=["POST"]),
    Route("/id/{name}", _id),
]


async def _refuse(scope, receive, send, error):
    status = {BodyCutOff: 400, BodyTooLarge: 413, BodyTooSlow: 408, Overloaded: 503}[type(error)]
    await PlainTextResponse(str(error), status)(scope, receive, send)


def _limited():
    return BodyLimits(Starlette(routes=ROUTES), RULES, _refuse)


def test_a_body_within_its_limit_passes_untouched():
    client = TestClient(_limited())
    assert client.post("/small", content=b"0123456789").text == "0123456789"
    assert client.post("/big", content=b"x" * 100).text == "x" * 100


def test_a_body_whose_length_is_told_is_refused_before_it_is_read():
    assert TestClient(_limited()).post("/small", content=b"x" * 11).status_code == 413


@pytest.mark.parametrize("path", ["/small", "/swallow"])
def test_a_body_of_unknown_length_is_cut_off_while_it_streams(path):
    sent = []

    def drip():
        for _ in range(1000):
            sent.append(5)
            yield b"12345"

    response = TestClient(_limited()).post(path, content=drip())
    assert response.status_code == 413


def test_a_lying_content_length_does_not_help():
    status = asyncio.run(_raw(_limited(), "/small", [b"x" * 8, b"x" * 8], length=b"2"))
    assert status == 413


def test_a_body_that_dawdles_is_refused():
    assert asyncio.run(_raw(_limited(), "/small", [b"x"], hang=True)) == 408


@pytest.mark.parametrize("path", ["/small", "/swallow"])
def test_who_hangs_up_in_the_middle_of_a_body_is_no_fault_of_ours(path):
    assert asyncio.run(_raw(_limited(), path, [b"x", None])) == 400


def test_a_request_that_waits_for_its_answer_is_not_called_slow():
    async def slow_answer(request):
        await request.body()
        await asyncio.sleep(RULES.seconds * 2)
        await request.is_disconnected()
        return PlainTextResponse("done")

    app = BodyLimits(Starlette(routes=[Route("/", slow_answer, methods=["POST"])]), RULES, _refuse)
    assert TestClient(app).post("/", content=b"x").text == "done"


def test_all_bodies_together_have_a_budget_that_is_given_back():
    app = _limited()

    async def crowd():
        hold = asyncio.Event()
        first = asyncio.create_task(_raw(app, "/big", [b"x" * 90], until=hold))
        await asyncio.sleep(0)
        await asyncio.sleep(0.005)
        second = await _raw(app, "/big", [b"x" * 90])
        hold.set()
        return await first, second, await _raw(app, "/big", [b"x" * 90])

    assert asyncio.run(crowd()) == (200, 503, 200)


async def _raw(app, path, chunks, *, length=None, hang=False, until=None):
    """Speak ASGI directly, as a rude client would."""
    queue = list(chunks)
    status = 0

    async def receive():
        if queue:
            body = queue.pop(0)
            if body is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": body, "more_body": True}
        if hang:
            await asyncio.sleep(60)
        if until is not None:
            await until.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    headers = [] if length is None else [(b"content-length", length)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": headers,
        "query_string": b"",
    }
    await app(scope, receive, send)
    return status


def _observed():
    seen = []
    app = RequestContext(Starlette(routes=ROUTES), lambda *event: seen.append(event))
    return TestClient(app), seen


def test_a_sane_request_id_is_kept_and_told_back():
    client, _ = _observed()
    response = client.get("/id/x", headers={"X-Request-Id": "case-2026.0001"})
    assert response.headers["X-Request-Id"] == "case-2026.0001"
    assert response.text == "case-2026.0001 case-2026.0001"


@pytest.mark.parametrize(
    "offered", [None, "", "short", "x" * 65, "a b c d e f", "<script>12345", "身份证号码一二三"]
)
def test_an_id_that_is_not_sane_is_replaced(offered):
    made = sane_request_id(offered)
    assert made != offered
    assert len(made) == 24


def test_what_is_observed_is_the_routes_template_and_never_the_path():
    client, seen = _observed()
    client.get("/id/person")
    client.get("/nowhere/person")
    assert [(method, status) for method, _, status, _ in seen] == [("GET", 200), ("GET", 404)]
    assert not any("person" in route for _, route, _, _ in seen)


def test_every_response_carries_the_security_headers():
    client = TestClient(SecurityHeaders(Starlette(routes=ROUTES)))
    for response in (client.post("/small"), client.get("/nowhere")):
        headers = response.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
