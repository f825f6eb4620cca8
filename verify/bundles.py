"""Everything a verdict rested on, beside the file itself, so that it can be reached again."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any, TypeVar

from keystore import Certificate, OcspResponse, RevocationList, clear_json, sm3
from keystore.errors import KeystoreError
from verify.anchor_rules import AnchorRule, IssuingRight, Purpose
from verify.bundle_zip import pack, unpack
from verify.distrust import Distrust
from verify.errors import BadEvidenceBundle, BadTrustAnchor
from verify.evidence import Evidence
from verify.policy import VerificationPolicy
from verify.policy_content import plain, policy_content, policy_sm3
from verify.report import VerificationReport
from verify.report_json import report_to_json, time_to_json
from verify.trust import TrustAnchors

__all__ = ["EvidenceBundle", "differences", "read_bundle", "write_bundle"]

FORMAT = "qianyin-evidence-1"
MANIFEST, REPORT = "manifest.json", "report.json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EvidenceBundle:
    """What a verdict rested on, and the report that came of it, as its bytes."""

    file_sm3: str
    at: datetime
    anchors: TrustAnchors
    policy: VerificationPolicy
    evidence: Evidence
    version: str
    report: bytes = field(repr=False)


def write_bundle(
    report: VerificationReport,
    *,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    evidence: Evidence,
) -> bytes:
    """Return the bundle: the arguments of `verify_pdf` but the file, and its report."""
    members = {
        **_numbered("anchors", (one.der for one in anchors.certificates)),
        **_numbered("certificates", (one.der for one in evidence.certificates)),
        **_numbered("crl", (one.der for one in evidence.revocation_lists)),
        **_numbered("ocsp", (one.der for one in evidence.ocsp_responses)),
        **_numbered("distrusted", (one.to_json() for one in evidence.distrusted)),
        REPORT: _report_bytes(report),
    }
    manifest = {
        "format": FORMAT,
        "file_sm3": report.file_sm3,
        "at": time_to_json(report.checked_at),
        "policy": policy.name,
        "policy_sm3": policy_sm3(policy),
        "policy_content": policy_content(policy),
        "anchor_rules": [
            None if one not in anchors.rules else plain(anchors.rules[one])
            for one in anchors.certificates
        ],
        "version": version("qianyin"),
        "members": {name: sm3(content).hex() for name, content in members.items()},
    }
    return pack({MANIFEST: _json(manifest), **members})


def read_bundle(data: bytes, policies: Mapping[str, VerificationPolicy]) -> EvidenceBundle:
    """Read a bundle; `policies` are those that are known here, by name.

    Raises `BadEvidenceBundle` for anything that is not as `write_bundle` wrote it. A bundle is
    not signed: whoever made it chose its anchors, whose SM3 stand in the report.
    """
    members = unpack(data)
    try:
        manifest = clear_json(members.pop(MANIFEST))
        _require_whole(manifest, members)
        policy = _policy(manifest, policies)
        clear_json(members[REPORT])  # `differences` reads it by name
        return EvidenceBundle(
            file_sm3=str(manifest["file_sm3"]),
            at=_moment(manifest["at"]),
            anchors=_anchors(manifest["anchor_rules"], members),
            policy=policy,
            evidence=Evidence(
                _each("certificates", members, Certificate.from_der),
                _each("crl", members, RevocationList.from_der),
                _each("ocsp", members, OcspResponse.from_der),
                _each("distrusted", members, Distrust.from_json),
            ),
            version=str(manifest["version"]),
            report=members[REPORT],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadEvidenceBundle("the bundle lacks something, or holds something else") from error
    except (KeystoreError, BadTrustAnchor) as error:
        raise BadEvidenceBundle(f"a member of the bundle cannot be read: {error}") from error


def differences(bundle: EvidenceBundle, again: VerificationReport) -> tuple[str, ...]:
    """Say what is not as it was; nothing when the report is the same, byte for byte."""
    if again.file_sm3 != bundle.file_sm3:
        return (f"the stored evidence is of another file (SM3 {bundle.file_sm3})",)
    if _report_bytes(again) == bundle.report:
        return ()
    told, before = report_to_json(again), json.loads(bundle.report)
    found = [
        name for name in told if not isinstance(before, dict) or told[name] != before.get(name)
    ]
    said = [f"the report differs in: {', '.join(found) or 'its bytes'}"]
    here = version("qianyin")
    if here != bundle.version:
        said.append(f"it was made by version {bundle.version}, this is {here}")
    return tuple(said)


def _report_bytes(report: VerificationReport) -> bytes:
    return _json(report_to_json(report))


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _numbered(folder: str, contents: Iterable[bytes]) -> dict[str, bytes]:
    return {f"{folder}/{number:04}": content for number, content in enumerate(contents)}


def _require_whole(manifest: dict[str, Any], members: Mapping[str, bytes]) -> None:
    if manifest["format"] != FORMAT:
        raise BadEvidenceBundle("the bundle is of a form that is not known here")
    if manifest["members"] != {name: sm3(content).hex() for name, content in members.items()}:
        raise BadEvidenceBundle("the bundle was changed: its members are not those it lists")


def _policy(
    manifest: dict[str, Any], policies: Mapping[str, VerificationPolicy]
) -> VerificationPolicy:
    name = str(manifest["policy"])
    if name not in policies:
        raise BadEvidenceBundle(f"the policy {name} is not known here")
    known = policies[name]
    stated = (manifest["policy_sm3"], manifest["policy_content"])
    if stated != (policy_sm3(known), policy_content(known)):
        raise BadEvidenceBundle(f"the policy {name} asks for other things here than it did then")
    return known


def _each(folder: str, members: Mapping[str, bytes], read: Callable[[bytes], T]) -> tuple[T, ...]:
    names = sorted(one for one in members if one.startswith(f"{folder}/"))
    return tuple(read(members[one]) for one in names)


def _anchors(rules: list[dict[str, Any] | None], members: Mapping[str, bytes]) -> TrustAnchors:
    certificates = _each("anchors", members, Certificate.from_der)
    if not certificates:
        return TrustAnchors.nobody()
    pairs = zip(certificates, rules, strict=True)
    return TrustAnchors(certificates, {one: _rule(row) for one, row in pairs if row is not None})


def _rule(row: dict[str, Any]) -> AnchorRule:
    since, until = row["trusted_from"], row["trusted_until"]
    return AnchorRule(
        source=str(row["source"]),
        obtained=date.fromisoformat(row["obtained"]),
        serves=frozenset(map(Purpose, row["serves"])),
        trusted_from=None if since is None else _moment(since),
        trusted_until=None if until is None else _moment(until),
        may_issue=tuple(
            IssuingRight(one["unified_code"], one["organization"], frozenset(one["types"]))
            for one in row["may_issue"]
        ),
        makers=frozenset(map(str, row["makers"])),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has no zone")
    return moment.astimezone(UTC)
