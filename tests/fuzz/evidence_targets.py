"""Readers of what a verdict rests on: OCSP responses, evidence bundles, the trust file."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from keystore import SIGNER_ID_GM, OcspResponse, RevocationList, sm3
from tests.fakes.ocsp import Answer, Ocsp, extensions
from tests.fakes.signed_documents import report_on, sealed
from tests.fakes.sm2_people import NOW
from tests.fuzz.target import ASN1, PEOPLE, Target
from verify import (
    POLICIES,
    QIANYIN_DEFAULT,
    AnchorRule,
    Evidence,
    Purpose,
    TrustAnchors,
    differences,
    read_bundle,
    write_bundle,
)
from verify.bundle_zip import pack, unpack
from verify.distrust import Distrust
from verify.errors import BadEvidenceBundle, BadTrustAnchor
from verify.trust_file import TRUST_FILE, read_rules

_FOLDER = tempfile.TemporaryDirectory(prefix="qianyin-fuzz-trust-")
_MANIFEST = "manifest.json"
_REPORT = report_on(sealed(PEOPLE), PEOPLE)
_TRUST = f"""[[anchor]]
file = "root.pem"
source = "on paper"
obtained = 2026-01-05
sm3 = "{PEOPLE.root.certificate.fingerprint}"
serves = ["signers", "makers"]
makers = ["{PEOPLE.maker.certificate.fingerprint}"]
trusted_from = 2020-01-01T00:00:00+08:00

[[anchor.may_issue]]
unified_code = "11440100007482532X"
types = ["animal_clinic", "11100000000013338W902"]
"""


def _ocsp(der: bytes) -> None:
    response = OcspResponse.from_der(der)
    for one in response.answers:
        _ = one.is_about(PEOPLE.signer.certificate, PEOPLE.ca.certificate)
    response.verify_signed_by(PEOPLE.ca.certificate, signer_id=SIGNER_ID_GM)


def _bundle(data: bytes) -> None:
    differences(read_bundle(data, POLICIES), _REPORT)


def _bundle_member(data: bytes) -> None:
    """The first line names a member of a right bundle; what follows is put in its place.

    Any other name is that of one certificate more.
    """
    line, _, content = data.partition(b"\n")
    name = line.decode("ascii", "replace")
    members = {**_MEMBERS, name if name in _MEMBERS else "certificates/0001": content}
    members[_MANIFEST] = _with_digests(members)
    _bundle(pack(members))


def _with_digests(members: dict[str, bytes]) -> bytes:
    """The manifest with the digests of all members, so that it is not refused for those."""
    try:
        manifest = json.loads(members[_MANIFEST])
    except (ValueError, RecursionError):
        return members[_MANIFEST]
    if not isinstance(manifest, dict):
        return members[_MANIFEST]
    digests = {one: sm3(content).hex() for one, content in members.items() if one != _MANIFEST}
    return json.dumps(manifest | {"members": digests}).encode()


def _trust_file(content: bytes) -> None:
    """A `trust.toml` beside one anchor."""
    (Path(_FOLDER.name) / TRUST_FILE).write_bytes(content)
    files = {"root.pem": (PEOPLE.root.certificate,)}
    read_rules(Path(_FOLDER.name), files, {"animal_clinic": "1" * 21}.get)


def _responses() -> Iterator[bytes]:
    good = Answer(PEOPLE.signer.certificate, PEOPLE.ca.certificate)
    yield Ocsp((good,), PEOPLE.ca).der()
    yield Ocsp((good,), PEOPLE.ca, by_key=True, more=extensions()).der()
    yield Ocsp((replace(good, revoked_at=NOW), replace(good, next_update=None)), PEOPLE.ca).der()
    yield Ocsp((good,), PEOPLE.ca, status=3).der()


def _bundle_of_sealed() -> bytes:
    root = PEOPLE.root.certificate
    serves = frozenset({Purpose.SIGNERS})
    rule = AnchorRule("a courier", NOW.date(), serves, NOW, None, (), frozenset())
    lists = tuple(map(RevocationList.from_der, PEOPLE.crls()))
    answers = (OcspResponse.from_der(next(_responses())),)
    evidence = Evidence((root,), lists, answers, (Distrust("0" * 64, NOW),))
    anchors = TrustAnchors((root,), {root: rule})
    return write_bundle(_REPORT, anchors=anchors, policy=QIANYIN_DEFAULT, evidence=evidence)


_BUNDLE = _bundle_of_sealed()
_MEMBERS = unpack(_BUNDLE)

TARGETS = {
    "ocsp": Target(_ocsp, _responses, ASN1),
    "bundle": Target(_bundle, lambda: (_BUNDLE,), (BadEvidenceBundle,)),
    "bundle_member": Target(
        _bundle_member,
        lambda: (name.encode() + b"\n" + content for name, content in _MEMBERS.items()),
        (BadEvidenceBundle,),
    ),
    "trust_file": Target(_trust_file, lambda: (_TRUST.encode(),), (BadTrustAnchor,)),
}
