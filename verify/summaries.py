"""Puts a signature's facts into the words of the report."""

from keystore import Certificate, Seal
from verify.page_tree import Widget, is_visible
from verify.report import (
    CertificateSummary,
    CheckResult,
    Coverage,
    SealSummary,
    SignatureReport,
    TimeSource,
    verdict_of_checks,
)
from verify.shown_text import shown_text
from verify.subject import Subject
from verify.warnings import warnings_of

__all__ = ["signature_report"]

_PNG = b"\x89PNG\r\n\x1a\n"


def signature_report(subject: Subject, checks: tuple[CheckResult, ...]) -> SignatureReport:
    """Return the report on one signature."""
    indication, why = verdict_of_checks(checks)
    certificate = subject.certificate
    seal = None if subject.container is None else subject.container.seal
    widget = _shown(subject)
    return SignatureReport(
        field_name=_shown_or_none(subject.found.field_name),
        kind=subject.kind,
        filter=_name(subject, b"Filter"),
        sub_filter=_name(subject, b"SubFilter"),
        indication=indication,
        sub_indication=why,
        signer=None if certificate is None else shown_text(certificate.common_name),
        signed_at=subject.times.best,
        signed_at_source=_source(subject),
        covers=subject.signed.covers if subject.found.dictionary is not None else Coverage.NONE,
        page=None if widget is None else widget.page,
        rect=None if widget is None else widget.rect,
        checks=checks,
        warnings=warnings_of(subject),
        seal=None if seal is None else _seal(seal.seal),
        certificate=None if certificate is None else _certificate(certificate),
    )


def _shown(subject: Subject) -> Widget | None:
    widgets = subject.found.widgets
    return next((one for one in widgets if is_visible(one)), next(iter(widgets), None))


def _name(subject: Subject, key: bytes) -> str | None:
    dictionary = subject.found.dictionary
    value = None if dictionary is None else dictionary.get(key)
    # A Name is bytes at run time; a string under these keys is not a name but worth showing.
    return shown_text(value.decode("utf-8", "replace")) if isinstance(value, bytes) else None


def _shown_or_none(text: str | None) -> str | None:
    return None if text is None else shown_text(text)


def _source(subject: Subject) -> TimeSource | None:
    if subject.times.best is None:
        return None
    is_proven = subject.times.proven is not None or subject.token_is_trusted
    return TimeSource.TIMESTAMP if is_proven else TimeSource.CLAIMED


def _seal(seal: Seal) -> SealSummary:
    picture = seal.picture
    return SealSummary(
        name=shown_text(seal.name),
        seal_id=shown_text(seal.seal_id),
        maker=shown_text(seal.maker.common_name),
        valid_from=seal.valid_from,
        valid_until=seal.valid_until,
        picture_png=picture.data if picture.data.startswith(_PNG) else None,
        width_mm=picture.width_mm,
        height_mm=picture.height_mm,
        version=seal.version,
    )


def _certificate(certificate: Certificate) -> CertificateSummary:
    return CertificateSummary(
        subject=shown_text(certificate.subject),
        issuer=shown_text(certificate.issuer),
        serial=certificate.serial,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
    )
