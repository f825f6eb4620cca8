"""Putting the issuing path together from the settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from api.errors import BadSettings
from api.fresh_lists import FreshLists
from api.secrets_at_rest import require_wrapped, secret_files_of, vault_of
from api.settings import Environment, Profile, Settings
from api.trusting import open_anchors, open_evidence
from keystore import Keyring, KeyUri, SealEntry
from licenses.authority import Authority
from licenses.catalog import Catalog
from licenses.database import open_database
from licenses.issuing import LicenseIssuer
from licenses.issuing_path import IssuingStep
from licenses.records import UsedKey
from licenses.register import Register
from licenses.rendering import Renderer
from licenses.seal_desk import SealDesk
from licenses.self_check import SelfCheck
from licenses.storage import FileStore, FolderStore
from signing import (
    GBT_35275,
    RFC_5652,
    CmsContainer,
    SealContainer,
    Sealer,
    SignatureContainer,
    appearance_of,
)
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    VerificationReport,
    key_sm3,
    verify_pdf,
)
from verify import read_upload as read_pdf

__all__ = [
    "authority_of",
    "issuing",
    "make_issuer",
    "now",
    "open_keyring",
    "seal_desk",
]


_DEVICE_SESSIONS = 8
"""Where the key's URI does not say how many sessions there are."""


def now() -> datetime:
    """Return the clock's time; everything below gets a clock passed in."""
    return datetime.now(UTC)


@contextmanager
def issuing(settings: Settings) -> Iterator[LicenseIssuer]:
    """Open what issuing needs, without HTTP: for the command line, the demo and the benchmark."""
    engine = open_database(settings.resolved_database_url)
    try:
        with open_keyring(settings) as keyring:
            yield make_issuer(
                settings,
                catalog=Catalog.shipped(),
                register=Register(engine),
                store=FolderStore(settings.store_dir),
                desk=seal_desk(settings, keyring),
                clock=now,
                on_step=_unobserved,
            )
    finally:
        engine.dispose()


def _unobserved(step: IssuingStep) -> None:
    """Nobody counts the steps."""


def open_keyring(settings: Settings) -> Keyring:
    """Read keys.toml; in production key files and secrets in clear must be allowed by name."""
    keyring = Keyring.from_file(settings.keyring_file.absolute(), secrets=vault_of(settings))
    if settings.environment is Environment.PRODUCTION:
        for alias in set(keyring.aliases) - settings.allowed_soft_keys:
            credential = keyring.credential(alias)
            if "soft" in {one.scheme for one in (credential.uri, *credential.mirrors)}:
                raise BadSettings(f"the key '{alias}' is a file; production wants a device")
    require_wrapped(settings, secret_files_of(settings, keyring))
    return keyring


def authority_of(settings: Settings) -> Authority:
    """Return who issues."""
    return Authority(
        name=settings.authority_name,
        code=settings.authority_code,
        province=settings.authority_province,
    )


def seal_desk(settings: Settings, keyring: Keyring) -> SealDesk:
    """Return the configured seal, its key opened."""
    entry = keyring.seal(settings.seal)
    container = _CONTAINERS[settings.profile](settings, keyring, entry)
    credential = keyring.credential(entry.key)
    sealer = Sealer(
        container=container,
        appearance=appearance_of(entry.seal.picture),
        revocation_lists=FreshLists(settings.revocation_dir),
    )
    return SealDesk(
        alias=entry.alias,
        key=UsedKey(str(credential.uri), key_sm3(credential.public_key)),
        certificate=credential.certificate.fingerprint,
        picture=entry.seal.picture,
        sealer=sealer,
        at_once=_at_once(credential.uri),
    )


def make_issuer(  # noqa: PLR0913 - the collaborators, each by name
    settings: Settings,
    *,
    catalog: Catalog,
    register: Register,
    store: FileStore,
    desk: SealDesk,
    clock: Callable[[], datetime],
    on_step: Callable[[IssuingStep], None],
) -> LicenseIssuer:
    """Return the issuing path; its self-check is the citizen's own policy and anchors."""
    anchors = open_anchors(settings.trust_dir)
    evidence = open_evidence(settings.evidence_dirs)

    def verify(data: bytes, at: datetime) -> VerificationReport:
        pdf = read_pdf(data, limits=DEFAULT_LIMITS)
        return verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=at, evidence=evidence)

    return LicenseIssuer(
        authority=authority_of(settings),
        public_base_url=settings.public_base_url.rstrip("/"),
        catalog=catalog,
        register=register,
        renderer=Renderer(catalog),
        store=store,
        desk=desk,
        self_check=SelfCheck(verify=verify, one_in=settings.self_check_one_in),
        clock=clock,
        on_step=on_step,
    )


def _at_once(key: KeyUri) -> int:
    """Return how many signatures of a key are worth waiting for at the same time."""
    if key.scheme == "soft":  # it takes our own time, not a device's
        return 1
    return int(key.get("sessions") or _DEVICE_SESSIONS)


def _seal_container(settings: Settings, keyring: Keyring, entry: SealEntry) -> SignatureContainer:
    return SealContainer(
        seal=entry.seal,
        credential=keyring.credential(entry.key),
        maker_chain=entry.maker_chain,
        signer=keyring.signer(entry.key),
        filter=settings.signature_filter,
        sub_filter=settings.seal_sub_filter,
    )


def _gbt35275_container(
    settings: Settings, keyring: Keyring, entry: SealEntry
) -> SignatureContainer:
    return CmsContainer(
        credential=keyring.credential(entry.key),
        signer=keyring.signer(entry.key),
        dialect=GBT_35275,
        filter=settings.signature_filter,
        sub_filter="GM.sm2cms.detached",
    )


def _cms_container(settings: Settings, keyring: Keyring, entry: SealEntry) -> SignatureContainer:
    return CmsContainer(
        credential=keyring.credential(entry.key),
        signer=keyring.signer(entry.key),
        dialect=RFC_5652,
        filter="Adobe.PPKLite",
        sub_filter="adbe.pkcs7.detached",
    )


_CONTAINERS: dict[Profile, Callable[[Settings, Keyring, SealEntry], SignatureContainer]] = {
    Profile.SES: _seal_container,
    Profile.GBT35275: _gbt35275_container,
    Profile.CMS: _cms_container,
}
