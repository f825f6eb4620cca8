"""Stored evidence gives the same report again, or says plainly why it cannot."""

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import sm3
from tests.fakes.signed_documents import report_on, sealed
from tests.fakes.sm2_people import NOW, world
from verify import (
    NO_EVIDENCE,
    POLICIES,
    QIANYIN_DEFAULT,
    AnchorRule,
    Evidence,
    TrustAnchors,
    bundle_zip,
    differences,
    read_bundle,
    write_bundle,
)
from verify.anchor_rules import IssuingRight, Purpose
from verify.bundle_zip import pack, unpack
from verify.errors import BadEvidenceBundle
from verify.evidence import readable_certificates, readable_lists

RULE = AnchorRule(
    "a courier",
    NOW.date(),
    frozenset({Purpose.SIGNERS, Purpose.MAKERS}),
    datetime(2020, 1, 1, tzinfo=UTC),
    None,
    (IssuingRight(None, "Qianyin tests", frozenset({"1" * 21})),),
    makers=frozenset({world().maker.certificate.fingerprint}),
)


def basis(rules=None):
    root = world().root.certificate
    beside = Evidence(readable_certificates([root.der]), readable_lists(world().crls()))
    return {
        "anchors": TrustAnchors((root,), {root: RULE} if rules else {}),
        "policy": QIANYIN_DEFAULT,
        "evidence": beside,
    }


def saved(**changes):
    arguments = {**basis(), **changes}
    return write_bundle(report_on(sealed(), **arguments), **arguments)


def again(bundle, data=None):
    return report_on(
        sealed() if data is None else data,
        anchors=bundle.anchors,
        policy=bundle.policy,
        evidence=bundle.evidence,
        at=bundle.at,
    )


FILE = sealed().data


def bundle_of_file(rules=None):
    arguments = basis(rules)
    return write_bundle(report_on(FILE, **arguments), **arguments)


@pytest.mark.parametrize("rules", [False, True], ids=["plain", "with rules"])
def test_the_stored_evidence_gives_the_same_report_byte_for_byte(rules) -> None:
    data = bundle_of_file(rules)
    assert data == bundle_of_file(rules)
    bundle = read_bundle(data, POLICIES)
    assert bundle.anchors == basis(rules)["anchors"]
    assert bundle.at == NOW
    assert differences(bundle, again(bundle, FILE)) == ()


def test_nobody_can_be_trusted_again() -> None:
    arguments = {**basis(), "anchors": TrustAnchors.nobody(), "evidence": NO_EVIDENCE}
    bundle = read_bundle(write_bundle(report_on(FILE, **arguments), **arguments), POLICIES)
    assert bundle.anchors.certificates == ()
    assert differences(bundle, again(bundle, FILE)) == ()


def test_another_file_is_named_as_that() -> None:
    bundle = read_bundle(bundle_of_file(), POLICIES)
    (said,) = differences(bundle, again(bundle, FILE + b"\n"))
    assert "another file" in said


def test_another_report_is_named_with_what_differs_and_by_which_version() -> None:
    bundle = replace(read_bundle(bundle_of_file(), POLICIES), version="0.0.1")
    other = replace(again(bundle, FILE), page_count=7)
    said = differences(bundle, other)
    assert "page_count" in said[0]
    assert "0.0.1" in said[1]
    for odd in (b"[]\n", bundle.report + b" "):
        assert differences(replace(bundle, report=odd), again(bundle, FILE))
    (said,) = differences(read_bundle(bundle_of_file(), POLICIES), other)
    assert "page_count" in said


# What is not as it was written


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_bundle_can_be_changed(place, change) -> None:
    data = bytearray(once())
    data[place % len(data)] ^= change
    try:
        bundle = read_bundle(bytes(data), POLICIES)
    except BadEvidenceBundle:
        return
    if not differences(bundle, again(bundle, FILE)):
        # Who wrote it is for information; nothing that a verdict rests on may differ.
        assert replace(bundle, version="") == replace(read_bundle(once(), POLICIES), version="")


def once(made=[]) -> bytes:  # noqa: B006 - one for all examples
    made or made.append(bundle_of_file())
    return made[0]


def changed(change):
    members = unpack(once())
    manifest = json.loads(members["manifest.json"])
    change(manifest, members)
    members["manifest.json"] = json.dumps(manifest).encode()
    return pack(members)


def _report(_manifest, members):
    members["report.json"] = members["report.json"].replace(b"TOTAL_PASSED", b"TOTAL_FAILED")


def _lost(_manifest, members):
    del members["crl/0000"]


def _added(_manifest, members):
    members["anchors/0001"] = world("elsewhere").root.certificate.der


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_report, "was changed"),
        (_lost, "was changed"),
        (_added, "was changed"),
        (lambda m, _: m.update(format="qianyin-evidence-9"), "form that is not known"),
        (lambda m, _: m.update(policy="another"), "another is not known"),
        (lambda m, _: m.update(policy_sm3="00"), "asks for other things"),
        (lambda m, _: m.update(at="yesterday"), "something else"),
        (lambda m, _: m.update(at="2026-01-01T00:00:00"), "something else"),
        (lambda m, _: m.update(at="0001-01-01T00:00:00+23:59"), "something else"),
        (lambda m, _: m.update(anchor_rules=[]), "something else"),
        (lambda m, _: m.update(anchor_rules=[7]), "something else"),
        (lambda m, _: m.update(members=None), "was changed"),
        (lambda m, _: m.pop("version"), "something else"),
    ],
)
def test_what_was_changed_is_refused(change, said) -> None:
    with pytest.raises(BadEvidenceBundle, match=said):
        read_bundle(changed(change), POLICIES)


def test_a_member_that_is_no_certificate_is_refused() -> None:
    def forge(manifest, members):
        members["anchors/0000"] = b"junk"
        manifest["members"]["anchors/0000"] = sm3(b"junk").hex()

    with pytest.raises(BadEvidenceBundle, match="cannot be read"):
        read_bundle(changed(forge), POLICIES)


@pytest.mark.parametrize("content", [b"", b"text", b"[" * 100_000, b"\xff", b'{"a": 1, "a": 2}'])
def test_a_report_that_is_none_is_refused(content) -> None:
    def forge(manifest, members):
        members["report.json"] = content
        manifest["members"]["report.json"] = sm3(content).hex()

    with pytest.raises(BadEvidenceBundle, match="something else"):
        read_bundle(changed(forge), POLICIES)


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"[" * 100_000, b"\xff"])
def test_a_manifest_that_is_none_is_refused(content) -> None:
    members = unpack(once()) | {"manifest.json": content}
    with pytest.raises(BadEvidenceBundle):
        read_bundle(pack(members), POLICIES)


# Zips that are traps


def zipped(*rows, **how):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", **how) as archive:
        for name, content in rows:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a zip"),
        (b"PK\x05\x06", "not a zip"),
        (zipped(("../manifest.json", b"{}")), "does not belong"),
        (zipped(("/etc/passwd", b"")), "does not belong"),
        (zipped(("manifest.json", b"{}"), ("manifest.json", b"[]")), "twice"),
        (zipped(("report.json", b"0" * 9**7), compression=zipfile.ZIP_DEFLATED), "packed"),
        (zipped(*((f"crl/{n:04}", b"") for n in range(2001))), "more than 2000"),
        (zipped(("report.json", b"{}")), "as this program writes"),
    ],
    ids=["nothing", "an end", "climbing", "absolute", "twice", "bomb", "many", "another's"],
)
def test_a_zip_that_is_a_trap_is_refused(data, said) -> None:
    with pytest.raises(BadEvidenceBundle, match=said):
        unpack(data)


def test_members_that_overlap_are_refused() -> None:
    """Two entries of the directory over the same bytes: small on the disk, large when read."""
    data = zipped(("report.json", b"A" * 1000))
    at = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entry = data[at:end]
    twin = entry.replace(b"report.json", b"crl/0000xxx")
    tail = bytearray(data[end:])
    tail[8:12] = b"\x02\x00\x02\x00"
    tail[12:16] = (len(entry) + len(twin)).to_bytes(4, "little")
    with pytest.raises(BadEvidenceBundle):
        unpack(data[:end] + twin + bytes(tail))


def test_members_that_claim_more_than_there_is_are_refused() -> None:
    data = bytearray(zipped(("report.json", b"A" * 10)))
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 28] = (10**9).to_bytes(4, "little") * 2
    with pytest.raises(BadEvidenceBundle, match="more bytes"):
        unpack(bytes(data))


def test_a_bundle_over_the_limit_is_not_opened(monkeypatch) -> None:
    monkeypatch.setattr(bundle_zip, "BUNDLE_BYTES", 100)
    with pytest.raises(BadEvidenceBundle, match="more than 100"):
        unpack(once())


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data) -> None:
    with pytest.raises(BadEvidenceBundle):
        unpack(data)
