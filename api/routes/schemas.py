"""GET /schemas/{name}.json: the JSON Schema that a report names under `schema`."""

from functools import cache

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.errors import PageNotFound
from api.report_models import report_schemas

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_SCHEMA = "application/schema+json"
_schemas = cache(report_schemas)


@router.get("/schemas/{name}.json")
def schema(name: str) -> JSONResponse:
    """Serve one schema."""
    if name not in _schemas():
        raise PageNotFound("there is no such schema")
    return JSONResponse(_schemas()[name], media_type=_SCHEMA)
