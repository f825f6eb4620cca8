"""POST /oauth/token: a client's name and secret become a token (RFC 6749 4.4)."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from api.deps import ServicesDep, address_of
from api.errors import Overloaded, RateLimited, TokenRefused
from api.openapi_texts import EXAMPLE_TOKEN_REQUEST
from api.rate_limits import Rate
from api.schemas import TokenView
from api.wiring import Services
from licenses.clients import ClientRecord
from licenses.errors import ClientLocked, ClientRefused

__all__ = ["router"]

router = APIRouter(tags=["tokens"])

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10
_MOST_SECRET_CHARACTERS = 200
_QUEUE_SECONDS = 2.0
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS = {"invalid_client": 401}
_TOO_OFTEN = 429


@dataclass(frozen=True, slots=True)
class TokenForm:
    """What was sent: the form, and the Authorization header if there is one."""

    fields: Mapping[str, str] = field(repr=False)
    authorization: str | None = field(repr=False)
    fault: TokenRefused | None = None


async def _token_form(request: Request) -> TokenForm:
    authorization = request.headers.get("authorization")
    try:
        return TokenForm(_fields(request, await request.body()), authorization)
    except TokenRefused as fault:
        return TokenForm({}, authorization, fault)


def _fields(request: Request, body: bytes) -> dict[str, str]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise TokenRefused("invalid_request", f"send {_FORM}")
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError as e:
        raise TokenRefused("invalid_request", "the form cannot be read") from e
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise TokenRefused("invalid_request", "a field was sent twice")
    return fields


@router.post(
    "/oauth/token",
    summary="获取访问令牌 Get an access token",
    response_model=TokenView,
    responses={
        400: {"description": "RFC 6749 5.2"},
        401: {"description": "客户端认证失败 The client is not accepted"},
        429: {"description": "过于频繁或已锁定 Too often, or locked; see Retry-After"},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": ["grant_type"],
                        "properties": {
                            "grant_type": {"const": "client_credentials"},
                            "client_id": {"type": "string"},
                            "client_secret": {"type": "string"},
                            "scope": {"type": "string"},
                        },
                    },
                    "example": EXAMPLE_TOKEN_REQUEST,
                }
            },
        }
    },
)
def token(
    request: Request, form: Annotated[TokenForm, Depends(_token_form)], services: ServicesDep
) -> Response:
    """以客户端名称和密钥换取短期令牌；名称和密钥放在表单里，或用 HTTP Basic。

    Give a client's name and secret, in the form or by HTTP Basic, for a short-lived token.
    """
    try:
        settings = services.settings
        rate = Rate(settings.token_burst, settings.token_per_minute)
        services.limiter.take(f"token {address_of(request)}", rate)
        return _granted(form, services)
    except TokenRefused as error:
        return _refused(error.code, str(error))
    except ClientRefused:
        return _refused("invalid_client", "the client or its secret is not accepted")
    except (ClientLocked, RateLimited) as error:
        return _later(error.retry_after)


def _granted(form: TokenForm, services: Services) -> Response:
    if form.fault is not None:
        raise form.fault
    if "grant_type" not in form.fields:
        raise TokenRefused("invalid_request", "grant_type is missing")
    if form.fields["grant_type"] != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "only client_credentials is supported")
    name, secret = _credentials(form)
    client = _authenticate(services, name, secret)
    scopes = _scopes(form.fields.get("scope"), client.scopes)
    answer = TokenView(
        access_token=services.mint.issue(client.name, scopes),
        token_type="Bearer",  # noqa: S106  (RFC 6749 7.1: the type, not a secret)
        expires_in=services.settings.token_seconds,
        scope=" ".join(sorted(scopes)),
    )
    return JSONResponse(answer.model_dump(), headers=_NO_STORE)


def _authenticate(services: Services, name: str, secret: str) -> ClientRecord:
    if not services.secrets_at_once.acquire(timeout=_QUEUE_SECONDS):
        raise Overloaded("too many clients ask for tokens at once")
    try:
        return services.clients.authenticate(name, secret, now=services.clock())
    finally:
        services.secrets_at_once.release()


def _credentials(form: TokenForm) -> tuple[str, str]:
    in_form = "client_id" in form.fields or "client_secret" in form.fields
    if form.authorization is not None:
        if in_form:
            raise TokenRefused("invalid_request", "name the client once: header or form")
        pair = _basic(form.authorization)
    else:
        pair = form.fields.get("client_id", ""), form.fields.get("client_secret", "")
    if not all(pair) or max(map(len, pair)) > _MOST_SECRET_CHARACTERS:
        raise TokenRefused("invalid_client", "the client's name or secret is missing")
    return pair


def _basic(header: str) -> tuple[str, str]:
    """Both parts are form-encoded before they are joined (RFC 6749 2.3.1)."""
    scheme, _, value = header.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as e:
        raise TokenRefused("invalid_client", "the Authorization header cannot be read") from e
    name, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise TokenRefused("invalid_client", "only HTTP Basic is supported")
    return unquote_plus(name), unquote_plus(secret)


def _scopes(asked: str | None, allowed: frozenset[str]) -> frozenset[str]:
    wanted = allowed if asked is None else frozenset(asked.split())
    if not wanted or not wanted <= allowed:
        raise TokenRefused("invalid_scope", "the client has no such scope")
    return wanted


def _refused(code: str, description: str) -> Response:
    status = _STATUS.get(code, 400)
    headers = dict(_NO_STORE)
    if status == _STATUS["invalid_client"]:
        headers["WWW-Authenticate"] = 'Basic realm="qianyin"'
    return JSONResponse({"error": code, "error_description": description}, status, headers)


def _later(seconds: int) -> Response:
    body = {"error": "temporarily_unavailable", "error_description": f"try again in {seconds} s"}
    return JSONResponse(body, _TOO_OFTEN, {**_NO_STORE, "Retry-After": str(seconds)})
