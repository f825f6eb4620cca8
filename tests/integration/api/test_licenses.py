"""Issuing and living with licences over HTTP, and every way to ask wrongly."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from keystore.errors import KeyUnavailable
from licenses.database import write_session
from licenses.seal_models import SEAL_GRANT


def told(answer):
    """The members every problem has, checked; returns status and slug."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Request-Id"]
    for name in ("type", "title", "title_zh", "detail", "instance"):
        assert body[name]
    return answer.status_code, body["type"].rpartition("/")[2]


def test_an_approval_becomes_a_sealed_licence(world):
    answer = world.issue("case-1")
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/licenses/{body['identifier']}"
    assert body["state"] == "ISSUED"
    assert body["standing"]["kind"] == "IN_FORCE"
    assert body["holder"]["name"] == world.sample()["holder"]["name"]
    assert world.http.get(answer.headers["Location"], headers=world.auth()).json() == body


def test_the_same_request_again_gives_the_same_licence(world):
    first, second = world.issue("case-2"), world.issue("case-2")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_another_request_under_the_same_key_is_refused(world):
    world.issue("case-3")
    other = world.sample()
    other["fields"]["scope"] = "动物疾病的预防"
    assert told(world.issue("case-3", other)) == (409, "idempotency-conflict")


@pytest.mark.parametrize("key", [None, "", "with space", "x" * 129, "钥匙".encode()])
def test_a_request_without_a_usable_key_is_told_what_to_send(world, key):
    headers = world.auth() | ({} if key is None else {"Idempotency-Key": key})
    answer = world.http.post("/v1/licenses", json=world.sample(), headers=headers)
    assert told(answer) == (400, "idempotency-key-required")


def test_the_pdf_is_the_sealed_file_with_its_digests(world, issued):
    path = f"/v1/licenses/{issued['identifier']}/pdf"
    answer = world.http.get(path, headers=world.auth())
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["ETag"] == f'"{issued["file_sm3"]}"'
    assert answer.headers["Digest"] == f"sha-256={digest}"
    again = world.http.get(path, headers={**world.auth(), "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_licence_is_suspended_resumed_and_revoked_for_good(world):
    path = f"/v1/licenses/{world.issue('case-4').json()['identifier']}"

    def step(verb, body=None):
        return world.http.post(f"{path}/{verb}", json=body, headers=world.auth())

    assert step("suspend", {"reason": "检查"}).json()["standing"]["kind"] == "SUSPENDED"
    assert step("resume").json()["standing"]["kind"] == "IN_FORCE"
    revoked = step("revoke", {"reason": "申请注销"}).json()
    assert (revoked["state"], revoked["revoked_reason"]) == ("REVOKED", "申请注销")
    assert told(step("resume")) == (409, "illegal-transition")


def test_only_a_whole_new_reason_is_a_reason(world, issued):
    path = f"/v1/licenses/{issued['identifier']}/revoke"
    for body in ({}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "x", "by": "me"}):
        answer = world.http.post(path, json=body, headers=world.auth())
        assert told(answer) == (422, "invalid-request")


UNKNOWN = "1.2.156.3005.2.11100000000013338W901.11990000000000001G.209900000001.001.{}"


def test_an_unknown_licence_is_not_found_and_a_typing_error_is_called_one(world):
    from licenses.identifiers import check_character

    check = check_character("11100000000013338W90111990000000000001G209900000001001")
    good, bad = UNKNOWN.format(check), UNKNOWN.format("0" if check != "0" else "1")
    for suffix in ("", "/pdf"):
        answer = world.http.get(f"/v1/licenses/{good}{suffix}", headers=world.auth())
        assert told(answer) == (404, "license-not-found")
    assert told(world.http.get(f"/v1/licenses/{bad}", headers=world.auth()))[0] == 422
    assert told(world.http.get("/v1/licenses/nonsense", headers=world.auth()))[0] == 422


def without(body, *path):
    *outer, last = path
    place = body
    for name in outer:
        place = place[name]
    del place[last]
    return body


def with_(body, value, *path):
    *outer, last = path
    place = body
    for name in outer:
        place = place[name]
    place[last] = value
    return body


def nested(depth):
    value = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


BAD_BODIES = {
    "a missing field": (lambda s: without(s, "fields", "scope"), "invalid-license-data"),
    "a wrong field": (lambda s: with_(s, 7, "fields", "scope"), "invalid-license-data"),
    "a field nobody knows": (lambda s: with_(s, "x", "fields", "secret"), "invalid-license-data"),
    "a member nobody knows": (lambda s: with_(s, "x", "extra"), "invalid-request"),
    "no holder": (lambda s: without(s, "holder"), "invalid-request"),
    "an unknown type": (lambda s: with_(s, "driving", "license_type"), "unknown-license-type"),
    "a date that is none": (
        lambda s: with_(s, "2026-02-30", "valid_from"),
        "invalid-license-data",
    ),
    "a date in words": (lambda s: with_(s, "tomorrow", "valid_from"), "invalid-license-data"),
    "a date that is a number": (lambda s: with_(s, 20260230, "valid_from"), "invalid-request"),
    "a wrong credit code": (
        lambda s: with_(s, "91990000MA0000001A", "holder", "code"),
        "invalid-license-data",
    ),
    "a character no font has": (
        lambda s: with_(s, "张\U000323af", "fields", "legal_representative"),
        "unprintable-text",
    ),
    "a deep tree": (lambda s: with_(s, nested(100), "fields", "scope"), "invalid-request"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_bad_data_get_a_problem_with_the_place_and_use_no_number(world, name):
    change, slug = BAD_BODIES[name]
    before = world.issue(f"before {name}".replace(" ", "-")).json()["number"]
    answer = world.issue(f"bad {name}".replace(" ", "-"), change(world.sample()))
    after = world.issue(f"after {name}".replace(" ", "-")).json()["number"]
    assert told(answer) == (422, slug)
    if slug != "unknown-license-type":
        assert answer.json()["errors"]
    assert int(after[-5:-1]) == int(before[-5:-1]) + 1


def test_no_value_of_the_request_comes_back_in_a_problem(world):
    body = with_(world.sample(), "十分秘密的名字", "fields", "unknown")
    body["holder"]["code"] = "SECRETCODE"
    assert "十分秘密" not in world.issue("secret-1", body).text
    assert "SECRETCODE" not in world.issue("secret-2", body).text


@pytest.mark.parametrize(
    "content",
    [b"{", b"[" * 100_000, b'{"license_type": "a"', b"\xff\xfe", b"null", b"[]", b""],
    ids=["cut", "deep", "cut later", "not text", "null", "list", "empty"],
)
def test_a_body_that_is_no_json_object_is_a_clear_problem(world, content):
    headers = {**world.auth(), "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = world.http.post("/v1/licenses", content=content, headers=headers)
    assert told(answer)[0] in (400, 422)


def test_a_body_too_large_is_refused(world):
    body = with_(world.sample(), "x" * (1024 * 1024), "fields", "scope")
    assert told(world.issue("large", body)) == (413, "body-too-large")


def test_without_a_token_the_door_is_shut(world, issued):
    path = f"/v1/licenses/{issued['identifier']}"
    answer = world.http.get(path)
    assert told(answer) == (401, "token-required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer"):
        answer = world.http.get(path, headers={"Authorization": header})
        assert told(answer) == (401, "invalid-token")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(world, issued):
    headers = world.auth()
    path = f"/v1/licenses/{issued['identifier']}"
    world.clock.offset = timedelta(minutes=11)
    try:
        answer = world.http.get(path, headers=headers)
    finally:
        world.clock.offset = timedelta()
    assert told(answer) == (401, "invalid-token")
    assert "expired" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "suffix", "scopes"),
    [
        ("POST", None, ("licenses:read", "licenses:manage")),
        ("GET", "", ("licenses:issue", "licenses:manage")),
        ("GET", "/pdf", ("licenses:issue",)),
        ("POST", "/revoke", ("licenses:read", "licenses:issue")),
        ("POST", "/suspend", ("licenses:read",)),
        ("POST", "/resume", ("licenses:read",)),
    ],
)
def test_a_wrong_scope_is_refused_and_the_right_one_named(world, issued, method, suffix, scopes):
    path = "/v1/licenses" if suffix is None else f"/v1/licenses/{issued['identifier']}{suffix}"
    body = world.sample() if suffix is None else {"reason": "x"}
    headers = {**world.auth(*scopes), "Idempotency-Key": "k"}
    answer = world.http.request(method, path, json=body, headers=headers)
    assert told(answer) == (403, "insufficient-scope")
    assert "licenses:" in answer.json()["detail"]


def _away(_keyring):
    raise KeyUnavailable("slot 3 of /opt/hsm/lib.so does not answer")


def test_a_key_that_cannot_be_opened_is_told_as_come_back_and_verifying_goes_on(new_world):
    world = new_world()
    world.services.desk._make = _away
    answer = world.issue("case-1")
    assert told(answer) == (503, "key-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "slot" not in answer.text
    ready = world.http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["keys"] is False
    assert world.http.get("/healthz").status_code == 200
    assert world.verify(b"%PDF-1.7 nonsense").status_code in (200, 422)


class Unplugged:
    """A seal whose device is pulled out between preparing and signing."""

    def __init__(self, sealer):
        self._sealer = sealer

    def prepare(self, *args, **kwargs):
        return self._sealer.prepare(*args, **kwargs)

    def seal(self, _prepared):
        raise KeyUnavailable("slot 3 is empty")


def test_a_key_that_stops_answering_loses_nothing_and_the_same_request_completes(new_world):
    world = new_world()
    desk, whole = world.services.desk, world.services.desk.issuer()
    desk._issuer = replace(whole, desk=replace(whole.desk, sealer=Unplugged(whole.desk.sealer)))
    assert told(world.issue("case-1")) == (503, "key-unavailable")
    desk._issuer = whole  # the device is plugged in again; nobody restarts the service
    answer = world.issue("case-1")
    assert answer.status_code == 201
    assert len(world.services.register.page().records) == 1


def test_a_seal_that_is_not_in_force_seals_nothing_and_loses_nothing(new_world):
    world = new_world()
    world.clock.offset = timedelta(days=365 * 11)
    with write_session(world.services.engine) as connection:
        longer = world.clock() + timedelta(days=1)
        connection.execute(update(SEAL_GRANT).values(valid_until=longer))
    answer = world.issue("case-1")
    assert told(answer) == (503, "seal-not-in-force")
    world.clock.offset = timedelta()
    assert world.issue("case-1").status_code in (200, 201)


def test_the_types_are_listed_with_schema_labels_and_a_sample_that_works(world):
    types = world.http.get("/v1/license-types").json()
    assert len(types) >= 8
    for kind in types:
        assert kind["title_zh"]
        assert kind["fields_schema"]["type"] == "object"
        assert all(field["zh"] and field["en"] for field in kind["fields"])
    for kind in types[:3]:
        assert world.issue(f"type-{kind['slug']}", kind["sample"]).status_code == 201


def test_two_idempotency_keys_are_refused(world):
    before = world.services.register.page().records
    headers = [
        *world.auth().items(),
        ("Idempotency-Key", "case-a"),
        ("Idempotency-Key", "case-b"),
    ]
    answer = world.http.post("/v1/licenses", json=world.sample(), headers=headers)
    assert answer.status_code == 400
    assert world.services.register.page().records == before


@pytest.mark.parametrize(
    "body",
    [
        b'{"license_type": "animal_clinic", "license_type": "fishing_permit"}',
        b'{"license_type": "animal_clinic", "fields": {"a": 1, "a": 2}}',
        b'{"fields": {"a": NaN}}',
        b'{"fields": {"a": -Infinity}}',
        b'{"fields": "\xff"}',
        b"[" * 100_000,
        b'{"fields": {"a": 1e999}}',
        '{"license_type": "animal_clinic"}'.encode("utf-16"),
    ],
    ids=["twice", "twice inside", "NaN", "infinity", "not UTF-8", "deep", "huge", "UTF-16"],
)
def test_json_that_means_two_things_or_none_is_refused(world, body):
    before = world.services.register.page().records
    headers = {**world.auth(), "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = world.http.post("/v1/licenses", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.services.register.page().records == before
    assert "JSON decode error: " in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == ""


@pytest.mark.parametrize("where", ["body", "fields"])
def test_a_problem_is_short_however_long_the_names_in_the_request_are(world, where):
    body = world.sample()
    (body if where == "body" else body["fields"])["x" * 500_000] = 1
    assert len(world.issue("long-name", body).content) < 10_000
