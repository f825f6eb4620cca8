"""Access tokens: JWTs signed with ES256 (RFC 7519, RFC 9068), short-lived, read strictly."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from jose import jws, jwt
from jose.exceptions import JOSEError

from api.errors import InvalidToken
from api.token_keys import TokenKey

__all__ = ["Caller", "Scope", "TokenMint"]

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  (RFC 9068 2.1: the media type, not a secret)
FUTURE_TOLERANCE = timedelta(seconds=5)  # between the clocks of two machines that share a key
_MOST_CHARACTERS = 4096

# Every claim must be there, and be this; a token of ours never has another shape.
_CLAIM_TYPES: Mapping[str, type] = {
    "iss": str,
    "aud": str,
    "sub": str,
    "scope": str,
    "jti": str,
    "iat": int,
    "exp": int,
}


class Scope(StrEnum):
    """What a client may be allowed to do."""

    ISSUE = "licenses:issue"
    MANAGE = "licenses:manage"
    READ = "licenses:read"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as a checked token says."""

    client: str
    scopes: frozenset[str]
    proved_at: datetime
    """When they showed their secret, to the second."""


class TokenMint:
    """Makes and reads the tokens of one issuer for one audience."""

    def __init__(
        self, key: TokenKey, *, issuer: str, lifetime: timedelta, clock: Callable[[], datetime]
    ) -> None:
        """The audience is the issuer itself: the tokens are for this service and no other."""
        self._key = key
        self._issuer = issuer
        self._clock = clock
        self.lifetime = lifetime

    def issue(self, client: str, scopes: frozenset[str]) -> str:
        """Return a token that lets `client` use `scopes` from now for `lifetime`."""
        now = int(self._clock().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": client,
            "scope": " ".join(sorted(scopes)),
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + int(self.lifetime.total_seconds()),
        }
        headers = {"typ": TOKEN_TYPE, "kid": self._key.key_id}
        return str(jwt.encode(claims, self._key.private_pem, algorithm=ALGORITHM, headers=headers))

    def read(self, token: str) -> Caller:
        """Return whom the token speaks for; raises `InvalidToken` and never says more than why."""
        if len(token) > _MOST_CHARACTERS:
            raise InvalidToken("the token is too long to be one of ours")
        self._check_header(token)
        try:
            # `jwt.decode` reads the time from the system; the claims are checked below instead.
            jws.verify(token, self._key.public_pem, algorithms=[ALGORITHM])
            claims = jwt.get_unverified_claims(token)
        except (JOSEError, ValueError, TypeError) as e:
            raise InvalidToken("the token's signature does not hold") from e
        self._check_claims(claims)
        proved_at = datetime.fromtimestamp(claims["iat"], UTC)
        return Caller(claims["sub"], frozenset(claims["scope"].split()), proved_at)

    def _check_header(self, token: str) -> None:
        try:
            header = jws.get_unverified_header(token)
        except (JOSEError, ValueError, TypeError) as e:
            raise InvalidToken("this is not a token") from e
        expected = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": self._key.key_id}
        if header != expected:
            raise InvalidToken("the token's header is not one of ours")

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        for name, kind in _CLAIM_TYPES.items():
            if type(claims.get(name)) is not kind:
                raise InvalidToken(f"the token's {name} is missing or malformed")
        if claims["iss"] != self._issuer or claims["aud"] != self._issuer:
            raise InvalidToken("the token was issued by or for somebody else")
        now = self._clock().timestamp()
        if claims["iat"] > now + FUTURE_TOLERANCE.total_seconds():
            raise InvalidToken("the token is from the future")
        if claims["exp"] <= now:
            raise InvalidToken("the token has expired")
        if claims["exp"] - claims["iat"] > self.lifetime.total_seconds():
            raise InvalidToken("the token lives longer than tokens here do")
