"""Getting a token, and every way not to get one."""

import base64
from datetime import timedelta
from urllib.parse import quote_plus

import pytest

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def secret(world):
    return world.secret_of("bank", {"licenses:read", "licenses:manage"})


def ask(world, headers=None, **form):
    return world.http.post("/oauth/token", data={**GRANT, **form}, headers=headers)


def basic(name, secret):
    pair = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def test_a_client_gets_a_token_with_all_its_scopes_and_can_use_it(world, secret, issued):
    answer = ask(world, client_id="bank", client_secret=secret)
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert body["scope"] == "licenses:manage licenses:read"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert (
        world.http.get(f"/v1/licenses/{issued['identifier']}", headers=headers).status_code == 200
    )


def test_name_and_secret_may_come_by_http_basic(world, secret):
    assert ask(world, headers=basic("bank", secret)).status_code == 200


def test_a_client_may_ask_for_fewer_scopes_and_never_for_more(world, secret):
    fewer = ask(world, client_id="bank", client_secret=secret, scope="licenses:read")
    assert fewer.json()["scope"] == "licenses:read"
    for scope in ("licenses:issue", "licenses:read admin", " "):
        more = ask(world, client_id="bank", client_secret=secret, scope=scope)
        assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        (None, {"client_id": "bank", "client_secret": "wrong"}),
        (None, {"client_id": "nobody", "client_secret": "wrong"}),
        (None, {"client_id": "bank"}),
        (None, {}),
        (None, {"client_id": "bank", "client_secret": "x" * 5000}),
        ({"Authorization": "Basic !!!"}, {}),
        ({"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()}, {}),
        ({"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:x").decode()}, {}),
        ({"Authorization": "Bearer " + base64.b64encode(b"a:b").decode()}, {}),
    ],
)
def test_who_does_not_prove_who_they_are_is_an_invalid_client(world, headers, form):
    answer = ask(world, headers=headers, **form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "request_",
    [
        {"data": {"client_id": "bank"}},
        {"content": b"grant_type=a&grant_type=b", "headers": {"Content-Type": FORM}},
        {"content": b"\xff\xfe", "headers": {"Content-Type": FORM}},
        {"content": b"&".join(b"a%d=1" % n for n in range(50)), "headers": {"Content-Type": FORM}},
        {"json": GRANT},
    ],
    ids=["no grant type", "twice", "not text", "too many fields", "JSON"],
)
def test_a_form_that_cannot_be_read_is_an_invalid_request(world, request_):
    answer = world.http.post("/oauth/token", **request_)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_credentials_in_two_places_are_refused(world, secret):
    answer = ask(world, headers=basic("bank", secret), client_id="bank")
    assert answer.json()["error"] == "invalid_request"


def test_another_grant_is_not_supported(world):
    answer = world.http.post("/oauth/token", data={"grant_type": "password"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_after_repeated_failures_the_client_is_locked_and_told_for_how_long(new_world):
    world = new_world()
    secret = world.secret_of("bank")
    near = secret[:-43] + "A" * 43
    answers = [ask(world, client_id="bank", client_secret=near) for _ in range(30)]
    locked = answers[-1]
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
    right = ask(world, client_id="bank", client_secret=secret)
    assert right.status_code == 429
    world.clock.offset = timedelta(days=1)
    assert ask(world, client_id="bank", client_secret=secret).status_code == 200


def test_a_stranger_who_knows_a_clients_name_cannot_lock_it_out(new_world):
    world = new_world()
    secret = world.secret_of("bank")
    other = "qyc_0123456789ab_" + "A" * 43
    for guess in ("wrong", other) * 10:
        assert ask(world, client_id="bank", client_secret=guess).status_code == 401
    assert ask(world, client_id="bank", client_secret=secret).status_code == 200


def test_an_address_that_asks_too_often_must_wait(new_world):
    world = new_world(token_burst=2, token_per_minute=1)
    statuses = [ask(world).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_a_rush_of_clients_is_told_to_come_back_instead_of_taking_all_memory(world, secret):
    gate = world.services.secrets_at_once
    held = [gate.acquire(blocking=False) for _ in range(4)]
    try:
        answer = ask(world, client_id="bank", client_secret=secret)
    finally:
        for _ in held:
            gate.release()
    assert all(held)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_no_secret_and_no_token_is_ever_logged(world, secret, caplog):
    caplog.set_level("DEBUG")
    token = ask(world, client_id="bank", client_secret=secret).json()["access_token"]
    ask(world, client_id="bank", client_secret="wrong-secret-value")
    assert secret not in caplog.text
    assert token not in caplog.text
    assert "wrong-secret-value" not in caplog.text
