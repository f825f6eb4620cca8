"""A zip that says one thing: stored members under known names, the same bytes every time."""

import re
import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO

from verify.errors import BadEvidenceBundle

__all__ = ["pack", "unpack"]

BUNDLE_BYTES = 256 * 1024 * 1024
MEMBERS_MAX = 2_000
_NAME = re.compile(r"(manifest|report)\.json|(anchors|certificates|crl|ocsp|distrusted)/[0-9]{4}")
_DATE = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o644 << 16
_FOREIGN = (
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises for bytes that are none."""


def pack(members: Mapping[str, bytes]) -> bytes:
    """Return the zip, members in the order given, without dates or compression."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = 3, _PLAIN_FILE
            archive.writestr(info, content)
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return every member by name; raise `BadEvidenceBundle`. Nothing is written anywhere."""
    if len(data) > BUNDLE_BYTES:
        raise BadEvidenceBundle(f"the bundle has more than {BUNDLE_BYTES} bytes")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            _require_sound(members, len(data))
            found = {one.filename: archive.read(one) for one in members}
    except _FOREIGN as error:
        raise BadEvidenceBundle("the bundle is not a zip that can be read") from error
    if pack(found) != data:
        raise BadEvidenceBundle("the bundle is not written as this program writes one")
    return found


def _require_sound(members: list[zipfile.ZipInfo], most_bytes: int) -> None:
    names = [one.filename for one in members]
    if len(names) > MEMBERS_MAX:
        raise BadEvidenceBundle(f"the bundle has more than {MEMBERS_MAX} members")
    if len(set(names)) != len(names):
        raise BadEvidenceBundle("a name stands in the bundle twice")
    if not all(map(_NAME.fullmatch, names)):
        raise BadEvidenceBundle("the bundle holds a name that does not belong there")
    # What is stored takes as many bytes as it says, and all of them stand in the zip.
    if any(one.compress_type != zipfile.ZIP_STORED or one.flag_bits for one in members):
        raise BadEvidenceBundle("a member of the bundle is packed or encrypted")
    if sum(one.file_size for one in members) > most_bytes:
        raise BadEvidenceBundle("the members claim more bytes than the bundle has")
