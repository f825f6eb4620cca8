"""The whole demo: deployment, licences, forgeries, and the verdict on each file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.demo.deployment import make_keys
from api.demo.elsewhere import another_authoritys, impostors
from api.demo.people import set_up_seal
from api.demo.tampering import TAMPERINGS
from api.issuing_parts import issuing, now
from api.settings import Settings
from api.trusting import open_anchors
from licenses.errors import IllegalTransition
from licenses.issuing import LicenseIssuer
from licenses.lifecycle import legal_day
from licenses.records import LicenseRecord
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Indication,
    TrustAnchors,
    read_upload,
    verify_pdf,
)
from verify.errors import VerifyError

__all__ = ["Verdict", "make_demo"]

CLIENT = "demo"
TAMPERED_TYPE = "animal_clinic"
EXPIRED_TYPE = "fishing_permit"
EXPIRED_TERM = timedelta(days=200)
REVOCATION_REASON = "演示：持证人申请注销"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file of the demo; `indication` None: it could not even be read."""

    path: Path
    indication: Indication | None
    reason: str
    is_genuine: bool

    @property
    def is_as_expected(self) -> bool:
        """Genuine files pass, and nothing else does."""
        return (self.indication is Indication.TOTAL_PASSED) == self.is_genuine


def make_demo(
    settings: Settings, *, tell: Tell, clock: Callable[[], datetime] = now
) -> tuple[Verdict, ...]:
    """Make what is missing under the data folder, then verify every file of it."""
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    if not settings.keyring_file.exists():
        tell("证书 · certificates")
        make_keys(folder, now=now(), authority=settings.authority_name)
    set_up_seal(settings, now=now(), tell=tell)
    with issuing(settings) as issuer:
        _issue_all(issuer, folder, tell)
        _make_samples(issuer, folder, clock())
        tell("伪造件 · forgeries")
        _tamper(issuer, folder)
    tell("验证 · verifying")
    return tuple(_verdicts(folder, settings))


def _issue_all(issuer: LicenseIssuer, folder: Path, tell: Tell) -> None:
    out = _made(folder / "issued")
    for license_type in issuer.catalog:
        tell(license_type.title_zh)
        made = issuer.issue(
            license_type.sample, client=CLIENT, idempotency_key=f"demo/{license_type.slug}"
        )
        (out / f"{license_type.slug}.pdf").write_bytes(made.pdf)


def _make_samples(issuer: LicenseIssuer, folder: Path, moment: datetime) -> None:
    """Make a revoked and an expired licence: the seal holds, the register says otherwise."""
    out = _made(folder / "samples")
    sample = issuer.catalog.get(TAMPERED_TYPE).sample
    revoked = issuer.issue(sample, client=CLIENT, idempotency_key="demo/revoked")
    try:
        issuer.register.revoke(
            revoked.record.identifier, reason=REVOCATION_REASON, by=CLIENT, now=now()
        )
    except IllegalTransition:
        pass  # an earlier run did it
    (out / "revoked.pdf").write_bytes(revoked.pdf)
    request = _expired_request(issuer.catalog.get(EXPIRED_TYPE).sample, moment)
    # Another day asks for another licence, so it needs another key.
    key = f"demo/expired/{request['valid_until']}"
    expired = issuer.issue(request, client=CLIENT, idempotency_key=key)
    (out / "expired.pdf").write_bytes(expired.pdf)


def _expired_request(sample: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    """Return a request for a licence whose last day was yesterday."""
    today = legal_day(moment)
    return {
        **sample,
        "valid_from": str(today - EXPIRED_TERM),
        "valid_until": str(today - timedelta(days=1)),
    }


def _tamper(issuer: LicenseIssuer, folder: Path) -> None:
    out = _made(folder / "tampered")
    genuine = (folder / "issued" / f"{TAMPERED_TYPE}.pdf").read_bytes()
    for name, tamper in TAMPERINGS.items():
        path = out / f"{name}.pdf"
        if not path.exists():
            path.write_bytes(tamper(genuine))
    for name, make in _ELSEWHERE.items():
        path = out / f"{name}.pdf"
        if not path.exists():
            path.write_bytes(make(issuer, _record(issuer)))


_ELSEWHERE = {"forged-seal": impostors, "unknown-issuer": another_authoritys}


def _record(issuer: LicenseIssuer) -> LicenseRecord:
    """Return what the register holds of the licence that is tampered with."""
    sample = issuer.catalog.get(TAMPERED_TYPE).sample
    key = f"demo/{TAMPERED_TYPE}"
    return issuer.issue(sample, client=CLIENT, idempotency_key=key).record


def _verdicts(folder: Path, settings: Settings) -> Iterator[Verdict]:
    anchors = open_anchors(settings.trust_dir)
    for name, is_genuine in (("issued", True), ("samples", True), ("tampered", False)):
        for path in sorted((folder / name).glob("*.pdf")):
            yield _verdict(path, anchors, is_genuine=is_genuine)


def _verdict(path: Path, anchors: TrustAnchors, *, is_genuine: bool) -> Verdict:
    try:
        pdf = read_upload(path.read_bytes(), limits=DEFAULT_LIMITS)
    except VerifyError as error:
        return Verdict(path, None, type(error).__name__, is_genuine)
    report = verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=now())
    return Verdict(path, report.indication, str(report.sub_indication or ""), is_genuine)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
