"""What routes ask for: the services, and who is calling."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from api.errors import InsufficientScope, InvalidToken, MissingToken
from api.openapi_texts import SCOPE_TEXTS
from api.rate_limits import Rate, caller_of_address
from api.settings import Settings
from api.tokens import Caller, Scope
from api.uploads import Upload, receive_upload
from api.wiring import Services

__all__ = [
    "Authorization",
    "CheckedUpload",
    "IssuingCaller",
    "ManagingCaller",
    "ReadingCaller",
    "ServicesDep",
    "address_of",
    "caller_of",
]

_OAUTH = OAuth2(
    flows=OAuthFlows(
        clientCredentials=OAuthFlowClientCredentials(
            tokenUrl="/oauth/token",
            scopes=SCOPE_TEXTS,
        )
    ),
    scheme_name="oauth2",
    description="RFC 6749 client credentials; tokens live ten minutes.",
    auto_error=False,
)
Authorization = Annotated[str | None, Depends(_OAUTH)]


async def services_of(request: Request) -> Services:
    """Return what `wiring.build` put together for this application.

    It and `limit_examinations` wait for nothing: `async` spares a change of threads.
    """
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def address_of(request: Request) -> str:
    """Return whom the request's address stands for in rate limits."""
    return caller_of_address(None if request.client is None else request.client.host)


def caller_of(
    wanted: SecurityScopes, authorization: Authorization, services: ServicesDep
) -> Caller:
    """Return the caller, who has one of the wanted scopes.

    Raises `MissingToken`, `InvalidToken` or `InsufficientScope`.
    """
    caller = _caller(authorization, services)
    if caller is None:
        raise MissingToken("send an access token: Authorization: Bearer …")
    if not caller.scopes.intersection(wanted.scopes):
        raise InsufficientScope(" or ".join(wanted.scopes))
    return caller


def _caller(authorization: str | None, services: Services) -> Caller | None:
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise InvalidToken("the Authorization header does not hold a bearer token")
    return services.mint.read(token.strip())


Charge = Callable[[float], None]
_USUAL_SECONDS = 2.0  # an ordinary licence takes a tenth of that, on a busy machine too


async def limit_examinations(
    request: Request, authorization: Authorization, services: ServicesDep
) -> Charge:
    """Count one examination for whoever asks; raises `RateLimited` before anything is read.

    Returns what is told how long it took: each second after the first two counts as one more, or
    a few files that are slow to examine would keep everybody else waiting.
    """
    name, rate = _examination_rate(request, _caller(authorization, services), services.settings)
    services.limiter.take(name, rate)
    return lambda seconds: services.limiter.charge(name, rate, max(0.0, seconds - _USUAL_SECONDS))


def _examination_rate(
    request: Request, caller: Caller | None, settings: Settings
) -> tuple[str, Rate]:
    if caller is None:
        rate = Rate(settings.verify_burst, settings.verify_per_minute)
        return f"verify address {address_of(request)}", rate
    rate = Rate(settings.client_verify_burst, settings.client_verify_per_minute)
    return f"verify client {caller.client}", rate


async def checked_upload(
    request: Request, charge: Annotated[Charge, Depends(limit_examinations)]
) -> Upload:
    """Return the form's upload, read only after the caller's rate allowed it."""
    return replace(await receive_upload(request), charge=charge)


CheckedUpload = Annotated[Upload, Depends(checked_upload)]
IssuingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.ISSUE.value])]
ManagingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.MANAGE.value])]
ReadingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.READ.value])]
