"""The routes, each: parse, call one verb, render."""

from fastapi import APIRouter

from api.routes import (
    documentation,
    health,
    license_types,
    licenses,
    oauth,
    pages,
    people,
    proposals,
    public_licenses,
    schemas,
    seal_uses,
    seals,
    static,
    trust,
    verify,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    oauth.router,
    licenses.router,
    license_types.router,
    verify.router,
    trust.router,
    health.router,
    proposals.router,
    people.router,
    seals.router,
    seal_uses.router,
    pages.router,
    public_licenses.router,
    documentation.router,
    schemas.router,
    static.router,
)
