"""Settings → services: the only place where the parts are put together."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore

from sqlalchemy import Engine

from api.audit_desk import NOT_SIGNED, AuditDesk
from api.endings import ROUND_SECONDS, Ending, EndingsWatch, endings
from api.errors import BadSettings
from api.evidence_watch import EvidenceWatch
from api.examination.pool import ExaminationPool
from api.examination.service import Examinations, make_pool
from api.governing import Governance, govern
from api.issuing_desk import IssuingDesk
from api.issuing_parts import make_issuer, now, open_keyring, seal_desk
from api.metrics import Metrics
from api.migrating import is_current
from api.pages.rendering import PageRenderer, Site
from api.rate_limits import RateLimiter
from api.readiness import Readiness
from api.report_desk import ReportDesk
from api.revocation_refresh import make_refresher, refresh_and_tell
from api.rounds import Rounds
from api.samples import Samples
from api.seal_standing import obstacles
from api.secrets_at_rest import (
    require_wrapped,
    require_wrapping,
    secret_files,
    vault_of,
)
from api.settings import Environment, Settings
from api.token_keys import open_token_key
from api.tokens import TokenMint
from api.trusting import open_anchors, require_known_policies
from keystore import Keyring
from keystore.errors import KeystoreError
from keystore.sm2_backends import backend
from licenses.catalog import Catalog
from licenses.checking import UploadChecker
from licenses.clients import Clients
from licenses.database import open_database
from licenses.issuing import LicenseIssuer
from licenses.register import Register
from licenses.storage import FileStore, FolderStore
from verify import TrustAnchors

__all__ = ["Services", "build"]

Clock = Callable[[], datetime]
_SECRETS_AT_ONCE = 4  # a scrypt takes 16 MiB and a core for a while


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes use."""

    settings: Settings
    clock: Clock
    catalog: Catalog
    engine: Engine = field(repr=False)
    register: Register
    clients: Clients
    governance: Governance
    store: FileStore
    checker: UploadChecker
    anchors: TrustAnchors
    desk: IssuingDesk
    pool: ExaminationPool
    examinations: Examinations
    reports: ReportDesk
    watch: EvidenceWatch
    rounds: tuple[Rounds, ...]
    mint: TokenMint
    limiter: RateLimiter
    secrets_at_once: BoundedSemaphore
    metrics: Metrics
    readiness: Readiness
    pages: PageRenderer
    samples: Samples


def build(settings: Settings, *, clock: Clock = now) -> Services:
    """Put the service together; raises `BadSettings`, `BadTrustAnchor` and their kin."""
    require_safe(settings)
    engine = open_database(settings.resolved_database_url)
    catalog, register, metrics = Catalog.shipped(), Register(engine), Metrics()
    store = FolderStore(settings.store_dir)
    pool = make_pool(settings)

    def open_issuer(keyring: Keyring) -> LicenseIssuer:
        return make_issuer(
            settings,
            catalog=catalog,
            register=register,
            store=store,
            desk=seal_desk(settings, keyring),
            clock=clock,
            on_step=metrics.observe_step,
        )

    desk = IssuingDesk(lambda: open_keyring(settings), open_issuer)
    return Services(
        settings=settings,
        clock=clock,
        catalog=catalog,
        engine=engine,
        register=register,
        clients=Clients(engine),
        governance=govern(settings, engine),
        store=store,
        checker=UploadChecker(register, catalog),
        anchors=open_anchors(settings.trust_dir),
        desk=desk,
        pool=pool,
        examinations=Examinations(pool),
        reports=ReportDesk(settings),
        watch=EvidenceWatch(settings.evidence_dirs, pool.renew),
        rounds=tuple(_rounds(settings, engine, metrics, clock)),
        mint=_mint(settings, clock),
        limiter=RateLimiter(time.monotonic),
        secrets_at_once=BoundedSemaphore(_SECRETS_AT_ONCE),
        metrics=metrics,
        readiness=_readiness(settings, engine, desk, clock),
        pages=PageRenderer(_site(settings)),
        samples=Samples(settings.data_dir if _is_demo(settings) else None),
    )


def require_safe(settings: Settings) -> None:
    """Refuse what contradicts itself, and in production what is for trying out: `BadSettings`."""
    require_known_policies(settings)
    if settings.environment is not Environment.PRODUCTION:
        return
    if not settings.public_base_url.startswith("https://"):
        raise BadSettings("in production public_base_url must begin with https://")
    for name in ("authority_name", "authority_code", "authority_province"):
        if getattr(settings, name) == type(settings).model_fields[name].default:
            raise BadSettings(f"in production {name} must be set: the default is the demo's")


def _rounds(settings: Settings, engine: Engine, metrics: Metrics, clock: Clock) -> Iterator[Rounds]:
    """Yield what is done now and then beside the requests."""
    if settings.revocation_refresh_seconds:
        refresh = partial(refresh_and_tell, make_refresher(settings, clock).refresh)
        seconds = settings.revocation_refresh_seconds
        forgiven = (KeystoreError, OSError)
        yield Rounds("revocation lists", refresh, seconds, first_after=0, forgiven=forgiven)
    if settings.audit_checkpoint_seconds:
        sign, seconds = AuditDesk(settings, engine, clock).sign, settings.audit_checkpoint_seconds
        yield Rounds("checkpoints", sign, seconds, first_after=seconds, forgiven=NOT_SIGNED)
    watch = EndingsWatch(lambda: _endings(settings), clock)
    metrics.show_seconds_left(watch.seconds_left)
    not_read = (BadSettings, KeystoreError)
    yield Rounds("endings", watch.look, ROUND_SECONDS, first_after=0, forgiven=not_read)


def _endings(settings: Settings) -> tuple[Ending, ...]:
    with open_keyring(settings) as keyring:
        return endings(keyring)


def _readiness(settings: Settings, engine: Engine, desk: IssuingDesk, clock: Clock) -> Readiness:
    checks: dict[str, Callable[[], object]] = {
        "database": lambda: is_current(engine),
        "keys": desk.require_ready,
        "anchors": lambda: bool(open_anchors(settings.trust_dir).certificates),
        "sm2": backend,
    }
    return Readiness(checks, lambda: obstacles(settings, engine, clock()), time.monotonic)


def _mint(settings: Settings, clock: Clock) -> TokenMint:
    require_wrapped(settings, secret_files(settings))
    require_wrapping(settings)
    key = open_token_key(vault_of(settings))
    return TokenMint(
        key,
        issuer=settings.public_base_url.rstrip("/"),
        lifetime=timedelta(seconds=settings.token_seconds),
        clock=clock,
    )


def _is_demo(settings: Settings) -> bool:
    return settings.environment is Environment.DEMO


def _site(settings: Settings) -> Site:
    return Site(
        authority_name=settings.authority_name,
        authority_code=settings.authority_code,
        is_demo=_is_demo(settings),
    )
