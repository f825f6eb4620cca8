"""Every way a token can be wrong, tried as somebody who wants in would try it."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt

from api.errors import InvalidToken
from api.token_keys import open_token_key
from api.tokens import FUTURE_TOLERANCE, Scope, TokenMint
from tests.fakes.vaults import clear_vault

ISSUER = "https://licences.example"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LIFETIME = timedelta(minutes=10)


class Clock:
    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return open_token_key(clear_vault(tmp_path_factory.mktemp("secrets")))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mint(key, clock):
    return TokenMint(key, issuer=ISSUER, lifetime=LIFETIME, clock=clock)


def _b64(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _claims(**changes):
    now = int(NOW.timestamp())
    claims = {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "bank",
        "scope": "licenses:read",
        "jti": "x",
        "iat": now,
        "exp": now + 600,
    }
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def _signed(key, claims, **header):
    headers = {"typ": "at+jwt", "kid": key.key_id, **header}
    return jwt.encode(claims, key.private_pem, algorithm="ES256", headers=headers)


def test_a_token_says_who_calls_and_what_they_may_do(mint):
    caller = mint.read(mint.issue("bank", frozenset({Scope.READ, Scope.ISSUE})))
    assert caller.client == "bank"
    assert caller.scopes == {"licenses:read", "licenses:issue"}
    assert caller.proved_at.tzinfo is not None


def test_two_tokens_for_the_same_client_are_never_equal(mint):
    assert mint.issue("bank", frozenset()) != mint.issue("bank", frozenset())


def test_a_token_ends_with_its_lifetime(mint, clock):
    token = mint.issue("bank", frozenset({Scope.READ}))
    clock.now = NOW + LIFETIME - timedelta(seconds=1)
    assert mint.read(token).client == "bank"
    clock.now = NOW + LIFETIME
    with pytest.raises(InvalidToken, match="expired"):
        mint.read(token)


def test_a_token_from_the_future_is_refused(mint, clock, key):
    early = int((NOW + FUTURE_TOLERANCE).timestamp()) + 1
    with pytest.raises(InvalidToken, match="future"):
        mint.read(_signed(key, _claims(iat=early, exp=early + 60)))


def test_alg_none_is_refused(mint):
    header = {"alg": "none", "typ": "at+jwt"}
    for signature in ("", "AAAA"):
        with pytest.raises(InvalidToken):
            mint.read(f"{_b64(header)}.{_b64(_claims())}.{signature}")


def test_the_public_key_used_as_an_hmac_secret_is_refused(mint, key):
    import hashlib
    import hmac

    for kid in (key.key_id, "other"):
        head = _b64({"alg": "HS256", "typ": "at+jwt", "kid": kid}) + "." + _b64(_claims())
        mac = hmac.new(key.public_pem.encode(), head.encode(), hashlib.sha256).digest()
        forged = head + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        with pytest.raises(InvalidToken):
            mint.read(forged)


def test_a_header_that_lies_about_its_algorithm_is_refused(mint, key):
    head = _b64({"alg": "ES256", "typ": "at+jwt", "kid": key.key_id}) + "." + _b64(_claims())
    with pytest.raises(InvalidToken, match="signature"):
        mint.read(head + "." + "A" * 86)


@pytest.mark.parametrize(
    "header",
    [{"typ": "JWT"}, {"kid": "someone-else"}, {"crit": ["exp"]}, {"jku": "https://evil.example"}],
)
def test_a_header_that_is_not_ours_is_refused(mint, key, header):
    with pytest.raises(InvalidToken, match="header"):
        mint.read(_signed(key, _claims(), **header))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"aud": [ISSUER, "https://other.example"]},
        {"aud": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"scope": ["licenses:manage"]},
        {"jti": None},
        {"iat": None},
        {"iat": True},
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": float(NOW.timestamp()) + 60},
        {"exp": int(NOW.timestamp()) + 3600},
    ],
)
def test_a_token_with_a_claim_missing_or_wrong_is_refused_although_our_key_signed_it(
    mint, key, changes
):
    with pytest.raises(InvalidToken):
        mint.read(_signed(key, _claims(**changes)))


def test_a_token_of_another_key_is_refused(mint, key, clock, tmp_path):
    other = open_token_key(clear_vault(tmp_path))
    forger = TokenMint(
        replace(other, key_id=key.key_id), issuer=ISSUER, lifetime=LIFETIME, clock=clock
    )
    with pytest.raises(InvalidToken, match="signature"):
        mint.read(forger.issue("bank", frozenset({Scope.MANAGE})))


def test_a_changed_claim_breaks_the_signature(mint):
    head, _, signature = mint.issue("bank", frozenset({Scope.READ})).split(".")
    with pytest.raises(InvalidToken, match="signature"):
        mint.read(f"{head}.{_b64(_claims(scope='licenses:manage'))}.{signature}")


def test_a_payload_that_is_no_object_is_refused(mint, key):
    from jose import jws

    headers = {"typ": "at+jwt", "kid": key.key_id}
    token = jws.sign(b"[1]", key.private_pem, headers=headers, algorithm="ES256")
    with pytest.raises(InvalidToken):
        mint.read(token)


def test_an_endless_token_is_refused_before_it_is_parsed(mint):
    with pytest.raises(InvalidToken, match="long"):
        mint.read("a" * 5000)


@given(st.text(max_size=200))
def test_arbitrary_text_is_an_invalid_token_and_nothing_worse(text):
    with pytest.raises(InvalidToken):
        _MINT.read(text)


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
def test_arbitrary_parts_are_an_invalid_token_and_nothing_worse(parts):
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    with pytest.raises(InvalidToken):
        _MINT.read(text)


def _module_mint():
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        return TokenMint(
            open_token_key(clear_vault(Path(folder))),
            issuer=ISSUER,
            lifetime=LIFETIME,
            clock=Clock(),
        )


_MINT = _module_mint()
