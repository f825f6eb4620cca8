"""What routes ask for: the services, and who is calling."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from api.errors import InsufficientScope, InvalidToken, MissingToken
from api.openapi_texts import SCOPE_TEXTS
from api.rate_limits import Rate, caller_of_address
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


async def limit_examinations(
    request: Request, authorization: Authorization, services: ServicesDep
) -> None:
    """Count one examination for whoever asks; raises `RateLimited` before anything is read."""
    settings = services.settings
    caller = _caller(authorization, services)
    if caller is None:
        rate = Rate(settings.verify_burst, settings.verify_per_minute)
        services.limiter.take(f"verify address {address_of(request)}", rate)
        return
    rate = Rate(settings.client_verify_burst, settings.client_verify_per_minute)
    services.limiter.take(f"verify client {caller.client}", rate)


async def checked_upload(
    request: Request, _: Annotated[None, Depends(limit_examinations)]
) -> Upload:
    """Return the form's upload, read only after the caller's rate allowed it."""
    return await receive_upload(request)


CheckedUpload = Annotated[Upload, Depends(checked_upload)]
IssuingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.ISSUE.value])]
ManagingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.MANAGE.value])]
ReadingCaller = Annotated[Caller, Security(caller_of, scopes=[Scope.READ.value])]
