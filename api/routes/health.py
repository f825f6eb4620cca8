"""/healthz: this process answers. /readyz: it can do all it is for."""

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.deps import ServicesDep

__all__ = ["router"]

router = APIRouter(tags=["operation"])

_UNAVAILABLE = 503


@router.get("/healthz", summary="进程是否存活 Is the process alive")
def health() -> dict[str, str]:
    """Answer at all."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="是否可以服务 Can it serve",
    responses={503: {"description": "其中一项不可用 One of them is not well"}},
)
def ready(services: ServicesDep) -> Response:
    """数据库、签章密钥、信任锚、SM2 自检。 Database, seal key, trust anchors, SM2 self-test.

    `warnings`：查验进程缺少的内核隔离；印章当前为何不能使用、如何处理（查验不受影响）。
    What the kernel lacks to shut the examining processes in; why the seal cannot be used now, and
    how to mend it (verifying goes on).
    """
    found = services.readiness()
    is_ready = all(found.checks.values())
    walls = (f"no wall around examiners: {one}" for one in services.pool.missing_walls)
    body = {
        "status": "ok" if is_ready else "not ready",
        "checks": found.checks,
        "warnings": [*walls, *found.obstacles],
    }
    return JSONResponse(body, 200 if is_ready else _UNAVAILABLE)
