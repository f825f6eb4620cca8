"""GET /v1/license-types: what can be issued, and what a request for it holds."""

from fastapi import APIRouter

from api.deps import ServicesDep
from api.schemas import LicenseTypeView

__all__ = ["router"]

router = APIRouter(prefix="/v1/license-types", tags=["licenses"])


@router.get("", summary="证照类型 Licence types")
def list_types(services: ServicesDep) -> list[LicenseTypeView]:
    """列出已安装的证照类型、字段及其 JSON Schema。 Every installed type, its fields and schema."""
    return [LicenseTypeView.of(kind) for kind in services.catalog]
