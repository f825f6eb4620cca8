"""A request to a key service has one form, and its signature covers every byte of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore.errors import InvalidSignature, MalformedRequest
from keystore.remote_requests import Operation, RemoteRequest, require_signed
from keystore.sm2 import SIGNER_ID_GM
from tests.fakes.pki import new_signer

CALLER, OTHER = new_signer(), new_signer()
SIGN = RemoteRequest(
    operation=Operation.SIGN,
    service="zone-1",
    caller="licences-1",
    key="seal-signer",
    purpose="seal",
    nonce="0" * 32,
    time=datetime(2026, 11, 23, 8, tzinfo=UTC),
    suite="SM2_SM3",
    digest="ab" * 32,
)
OPEN = replace(SIGN, operation=Operation.OPEN, suite="", digest="")


@pytest.mark.parametrize("request_", [SIGN, OPEN])
def test_what_is_written_is_read(request_):
    assert RemoteRequest.from_bytes(request_.to_bytes()) == request_


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "ab" * 31},
        {"digest": "ab" * 33},
        {"digest": "AB" * 32},
        {"digest": ""},
        {"suite": ""},
        {"nonce": "0" * 30},
        {"key": ""},
        {"key": "../seal"},
        {"caller": "a" * 65},
        {"purpose": "seal\n"},
        {"service": "zone 1"},
    ],
    ids=str,
)
def test_what_nobody_would_read_is_not_written(change):
    with pytest.raises(MalformedRequest):
        replace(SIGN, **change)


def test_a_digest_stands_only_where_something_is_signed():
    with pytest.raises(MalformedRequest):
        replace(OPEN, digest="ab" * 32)


def altered(**changes):
    return json.dumps(json.loads(SIGN.to_bytes()) | changes).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b"null",
        altered(extra="1"),
        altered(digest=1),
        altered(digest=None),
        altered(form="qianyin-key-request-2"),
        altered(operation="destroy"),
        altered(time="2026-13-23T08:00:00.000000Z"),
        altered(time="2026-11-23T08:00:00Z"),
        SIGN.to_bytes().replace(b'{"', b'{"digest": "' + b"cd" * 32 + b'", "', 1),
        SIGN.to_bytes().replace(b'"caller"', b'"key"'),
    ],
)
def test_another_form_is_refused(body):
    with pytest.raises(MalformedRequest):
        RemoteRequest.from_bytes(body)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_request_or_refused(body):
    with pytest.raises(MalformedRequest):
        RemoteRequest.from_bytes(body)


def test_a_signed_request_is_its_callers():
    body, signature = SIGN.signed(CALLER)
    require_signed(body, signature, CALLER.public_key)


@given(st.integers(0, len(SIGN.to_bytes()) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_request_can_be_changed(place, difference):
    body, signature = SIGN.signed(CALLER)
    changed = bytearray(body)
    changed[place] ^= difference
    with pytest.raises(InvalidSignature):
        require_signed(bytes(changed), signature, CALLER.public_key)


@pytest.mark.parametrize("signature", ["", "00" * 64, "zz" * 64, "0" * 127, "ü" * 128, "00" * 65])
def test_what_is_no_signature_is_refused(signature):
    with pytest.raises(InvalidSignature):
        require_signed(SIGN.to_bytes(), signature, CALLER.public_key)


def test_another_callers_signature_is_refused():
    body, signature = SIGN.signed(OTHER)
    with pytest.raises(InvalidSignature):
        require_signed(body, signature, CALLER.public_key)


def test_a_signature_of_the_same_bytes_for_something_else_is_no_signature_of_a_request():
    body = SIGN.to_bytes()
    elsewhere = CALLER.sign(body, signer_id=SIGNER_ID_GM).to_raw().hex()
    with pytest.raises(InvalidSignature):
        require_signed(body, elsewhere, CALLER.public_key)
