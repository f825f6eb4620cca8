"""GET /v1/trust-anchors: the roots this service trusts, to check them elsewhere."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import ServicesDep

__all__ = ["router"]

router = APIRouter(prefix="/v1/trust-anchors", tags=["verification"])

_PEM = "application/x-pem-file"


@router.get(
    "",
    summary="信任锚 Trust anchors",
    response_class=Response,
    responses={200: {"content": {_PEM: {}}}},
)
def anchors(services: ServicesDep) -> Response:
    """以 PEM 下载本系统信任的根证书。 The root certificates this service trusts, PEM."""
    headers = {"Content-Disposition": 'attachment; filename="trust-anchors.pem"'}
    return Response(services.anchors.pem(), media_type=_PEM, headers=headers)
