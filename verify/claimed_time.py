"""Reads a time that a signer claims, in the forms that ASN.1 and PDF have for it."""

import re
from datetime import UTC, datetime, timedelta, timezone

from cryptography.hazmat import asn1

__all__ = ["pdf_date", "utc_time"]

# ISO 32000-1, 7.9.4; a date without seconds or without a zone is none that could be judged by.
_PDF_DATE = re.compile(rb"D:(\d{14})(?:(Z)(?:00'?00'?)?|([+-])(\d{2})'?(\d{2})'?)")
_UTC_TIME = b"\x17"
_SIGNS = {b"+": 1, b"-": -1}


def utc_time(der: bytes) -> datetime | None:
    """Return the aware UTC time of a UTCTime or GeneralizedTime; None when it is neither."""
    try:
        if der[:1] == _UTC_TIME:
            return asn1.decode_der(asn1.UTCTime, der).as_datetime().astimezone(UTC)
        return asn1.decode_der(asn1.GeneralizedTime, der).as_datetime().astimezone(UTC)
    except (ValueError, TypeError):
        return None


def pdf_date(text: bytes) -> datetime | None:
    """Return the aware UTC time of a PDF date with a zone; None for anything else."""
    found = _PDF_DATE.fullmatch(text)
    if found is None:
        return None
    try:
        local = datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S")
        if found[2]:
            return local.replace(tzinfo=UTC)
        offset = timedelta(hours=int(found[4]), minutes=int(found[5])) * _SIGNS[found[3]]
        return local.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
