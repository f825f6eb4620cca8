"""Anchors that are for some things only: purposes, times, and which authority issues what."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from cryptography import x509

from keystore import Certificate
from keystore.tlv import encoded
from tests.fakes.pdf_documents import document, stream
from tests.fakes.signature_values import Token
from tests.fakes.signed_documents import (
    Field,
    code_of,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import (
    DAY,
    NOW,
    TIME_STAMPING,
    World,
    new_root,
    new_seal,
    world,
)
from verify import AnchorRule, BadTrustAnchor, Code, Indication, IssuingRight, Purpose
from verify.anchor_rules import unified_codes_of
from verify.report import CheckName, SubIndication
from verify.trust import TrustAnchors

PEOPLE = world()
TYPE = "11100000000013338W901"
OTHER_TYPE = "11100000000013338W902"
ORGANIZATION = "Qianyin tests"


def rule(*serves: Purpose, **changes: object) -> AnchorRule:
    values: dict = {
        "source": "the tests",
        "obtained": date(2026, 1, 5),
        "serves": frozenset(serves or Purpose),
        "trusted_from": None,
        "trusted_until": None,
        "may_issue": (),
        "makers": frozenset(),
    }
    return AnchorRule(**(values | changes))


def anchored(*rules: tuple[Certificate, AnchorRule]) -> TrustAnchors:
    made = dict(rules)
    return TrustAnchors(tuple(made), made)


def root_for(*serves: Purpose, **changes: object) -> TrustAnchors:
    return anchored((PEOPLE.root.certificate, rule(*serves, **changes)))


def test_an_anchor_for_everything_passes_as_one_without_a_rule() -> None:
    report = report_on(sealed(), anchors=root_for())
    assert report.indication is Indication.TOTAL_PASSED


def test_an_anchor_for_makers_never_vouches_for_a_signer() -> None:
    report = report_on(sealed(), anchors=root_for(Purpose.MAKERS, Purpose.TIMESTAMPS))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert code_of(report, CheckName.CHAIN) == Code.ANCHOR_OUT_OF_SCOPE


def test_an_anchor_for_signers_never_vouches_for_a_seal_maker() -> None:
    report = report_on(sealed(), anchors=root_for(Purpose.SIGNERS))
    assert report.indication is Indication.INDETERMINATE
    assert code_of(report, CheckName.SEAL) == Code.SEAL_MAKER_UNTRUSTED
    assert code_of(report, CheckName.CHAIN) == Code.CHAIN_TRUSTED


def test_an_anchor_for_signers_never_vouches_for_a_time() -> None:
    data = sealed(stamp=Token(PEOPLE.tsa))
    report = report_on(data, anchors=root_for(Purpose.SIGNERS, Purpose.MAKERS))
    assert code_of(report, CheckName.TIMESTAMP) == Code.TIMESTAMP_UNTRUSTED
    assert report_on(data, anchors=root_for()).indication is Indication.TOTAL_PASSED


def test_each_purpose_may_have_an_anchor_of_its_own() -> None:
    makers, stampers = new_root("Makers"), new_root("Stampers")
    maker = makers.issue("Maker")
    tsa = stampers.issue("TSA", purposes=(TIME_STAMPING,))
    people = replace(PEOPLE, maker=maker, tsa=tsa, seal=new_seal(maker, PEOPLE.signer))
    data = sealed(people, stamp=Token(tsa))
    scoped = (
        (PEOPLE.root.certificate, rule(Purpose.SIGNERS)),
        (makers.certificate, rule(Purpose.MAKERS)),
        (stampers.certificate, rule(Purpose.TIMESTAMPS)),
    )
    assert report_on(data, anchors=anchored(*scoped)).indication is Indication.TOTAL_PASSED
    crossed = (scoped[0], (makers.certificate, rule(Purpose.SIGNERS)), scoped[2])
    assert report_on(data, anchors=anchored(*crossed)).indication is Indication.INDETERMINATE


def test_a_document_time_stamp_needs_an_anchor_for_times() -> None:
    cms = Token(PEOPLE.tsa)
    field = Field(
        value=cms.over, entries=b"/Type /DocTimeStamp /SubFilter /ETSI.RFC3161", image=None
    )
    data = sign(document(), replace(field, dss=PEOPLE.certificates))
    report = report_on(data, anchors=root_for(Purpose.SIGNERS, Purpose.MAKERS))
    assert code_of(report, CheckName.CHAIN) == Code.ANCHOR_OUT_OF_SCOPE
    report = report_on(data, anchors=root_for(Purpose.TIMESTAMPS))
    assert code_of(report, CheckName.CHAIN) == Code.CHAIN_TRUSTED


@pytest.mark.parametrize(
    ("bounds", "at", "code"),
    [
        ({"trusted_until": NOW + DAY}, NOW, Code.CHAIN_TRUSTED),
        ({"trusted_until": NOW}, NOW, Code.CHAIN_TRUSTED),
        ({"trusted_until": NOW - DAY}, NOW, Code.ANCHOR_NOT_IN_FORCE),
        ({"trusted_from": NOW - DAY}, NOW, Code.CHAIN_TRUSTED),
        ({"trusted_from": NOW + DAY}, NOW, Code.ANCHOR_NOT_IN_FORCE),
        # A claim alone does not take a signature back into the window.
        ({"trusted_until": NOW + DAY}, NOW + 2 * DAY, Code.ANCHOR_NOT_IN_FORCE),
        # A window that opened after the signature does not hold it, whenever it is looked at.
        ({"trusted_from": NOW + DAY}, NOW + 2 * DAY, Code.ANCHOR_NOT_IN_FORCE),
    ],
)
def test_an_anchor_counts_within_its_window_only(bounds: dict, at, code: Code) -> None:
    report = report_on(sealed(), anchors=root_for(**bounds), at=at)
    assert code_of(report, CheckName.CHAIN) == code
    if code is Code.ANCHOR_NOT_IN_FORCE:
        assert report.indication is Indication.INDETERMINATE


def test_a_proven_time_within_the_window_is_enough() -> None:
    other = new_root("Stampers")
    tsa = other.issue("TSA", purposes=(TIME_STAMPING,))
    data = sealed(replace(PEOPLE, tsa=tsa), stamp=Token(tsa))
    anchors = anchored(
        (PEOPLE.root.certificate, rule(trusted_until=NOW + DAY)), (other.certificate, rule())
    )
    assert report_on(data, anchors=anchors, at=NOW + 5 * DAY).indication is Indication.TOTAL_PASSED
    # The stamp's own anchor is judged by the stamp's own time and by now.
    late = anchored(
        (PEOPLE.root.certificate, rule()), (other.certificate, rule(trusted_until=NOW + DAY))
    )
    report = report_on(data, anchors=late, at=NOW + 5 * DAY)
    assert code_of(report, CheckName.TIMESTAMP) == Code.TIMESTAMP_UNTRUSTED


def test_a_distrusted_anchor_stays_distrusted_whoever_vouches_for_it() -> None:
    anchors = anchored(
        (PEOPLE.ca.certificate, rule(Purpose.TIMESTAMPS)), (PEOPLE.root.certificate, rule())
    )
    assert decisive_code(report_on(sealed(), anchors=anchors)) == Code.ANCHOR_OUT_OF_SCOPE


# --- which authority may issue what


def licence(record: bytes | None, *more: bytes) -> Field:
    """A sealed page with `licence.json` attached."""
    how = sealing(PEOPLE)
    if record is None:
        return how
    files = (record, *more)
    extra: dict[int, bytes] = {}
    names = b""
    for at, content in enumerate(files):
        extra[80 + 2 * at] = b"<< /Type /Filespec /UF (licence.json) /EF << /F %d 0 R >> >>" % (
            81 + 2 * at
        )
        extra[81 + 2 * at] = stream(content)
        names += b"(licence.json) %d 0 R " % (80 + 2 * at)
    catalog = b"/Names << /EmbeddedFiles << /Names [%s] >> >>" % names
    return replace(how, extra=extra, catalog=catalog)


def record(code: object = TYPE) -> bytes:
    return json.dumps({"ZZLXDM": code}).encode()


def limited(*rights: IssuingRight) -> TrustAnchors:
    return root_for(may_issue=rights)


RIGHT = IssuingRight(None, ORGANIZATION, frozenset({TYPE}))


@pytest.mark.parametrize(
    ("rights", "claimed", "code"),
    [
        ((), record(), Code.CHAIN_TRUSTED),
        ((RIGHT,), record(), Code.CHAIN_TRUSTED),
        ((RIGHT,), None, Code.CHAIN_TRUSTED),
        ((RIGHT,), record(OTHER_TYPE), Code.LICENSE_TYPE_OUT_OF_SCOPE),
        ((replace(RIGHT, organization="Others"),), record(), Code.LICENSE_TYPE_OUT_OF_SCOPE),
        ((replace(RIGHT, organization="Others"), RIGHT), record(), Code.CHAIN_TRUSTED),
        ((RIGHT,), record(7), Code.LICENSE_TYPE_UNCLEAR),
        ((RIGHT,), b"[]", Code.LICENSE_TYPE_UNCLEAR),
        ((RIGHT,), b"junk", Code.LICENSE_TYPE_UNCLEAR),
        ((RIGHT,), b'{"ZZLXDM": "a", "ZZLXDM": "b"}', Code.LICENSE_TYPE_UNCLEAR),
    ],
)
def test_an_authority_issues_only_what_it_may(rights, claimed, code: Code) -> None:
    report = report_on(sign(document(), licence(claimed)), anchors=limited(*rights))
    assert code_of(report, CheckName.CHAIN) == code
    passed = code is Code.CHAIN_TRUSTED
    assert (report.indication is Indication.TOTAL_PASSED) == passed
    if not passed:
        assert report.sub_indication is SubIndication.CHAIN_CONSTRAINTS_FAILURE


def test_a_second_record_does_not_hide_the_first() -> None:
    data = sign(document(), licence(record(), record(OTHER_TYPE)))
    assert decisive_code(report_on(data, anchors=limited(RIGHT))) == Code.LICENSE_TYPE_UNCLEAR


def test_a_record_that_cannot_be_unpacked_is_unclear() -> None:
    how = licence(record())
    broken = how.extra | {81: b"<< /Length 3 /Filter /Nothing >>\nstream\nabc\nendstream"}
    report = report_on(sign(document(), replace(how, extra=broken)), anchors=limited(RIGHT))
    assert decisive_code(report) == Code.LICENSE_TYPE_UNCLEAR


def test_attachments_that_cannot_be_read_are_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_readable: object) -> list[bytes]:
        raise pikepdf.PdfError("damaged")

    monkeypatch.setattr("verify.metadata._records", damaged)
    report = report_on(sealed(), anchors=limited(RIGHT))
    assert code_of(report, CheckName.CHAIN) == Code.LICENSE_TYPE_UNCLEAR


def test_an_authority_is_known_by_its_unified_code() -> None:
    code = "11440100007482532X"
    signer = _coded(PEOPLE, encoded(0x0C, code.encode()))
    assert unified_codes_of(signer) == {code}
    right = IssuingRight(code, None, frozenset({TYPE}))
    assert right.is_of(signer)
    assert not right.is_of(PEOPLE.signer.certificate)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (b"11440100007482532X", {"11440100007482532X"}),
        (encoded(0x13, b"1@5009SF011440100007482532X"), set()),
        (encoded(0x13, b"USCC:11440100007482532x"), {"11440100007482532X"}),
        (encoded(0x30, encoded(0x13, b"short")), set()),
        (b"\xff\xfe", set()),
    ],
)
def test_a_unified_code_is_found_in_the_forms_of_the_field(value: bytes, codes: set[str]) -> None:
    assert unified_codes_of(_coded(PEOPLE, value)) == codes


def _coded(people: World, value: bytes) -> Certificate:
    """A certificate (of an EC key, for brevity) with the extension provincial CAs use."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    oid = x509.ObjectIdentifier("1.2.156.10260.4.1.4")
    subject = people.signer.certificate.x509.subject
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate.from_der(built.public_bytes(Encoding.DER))


# --- the file


ENTRY = """
[[anchor]]
file = "root.pem"
source = "https://example.org/root, by hand"
obtained = 2026-01-05
{digest}
serves = ["signers", "makers", "timestamps"]
trusted_from = 2020-01-01T00:00:00+08:00
trusted_until = 2030-01-01T00:00:00Z

[[anchor.may_issue]]
organization = "示例市农业农村局"
types = ["animal_clinic", "11100000000013338W902"]

[[anchor.may_issue]]
unified_code = "11440100007482532X"
types = []
"""
SLUGS = {"animal_clinic": TYPE}


def written(folder: Path, text: str | None = None) -> Path:
    root = PEOPLE.root.certificate
    (folder / "root.pem").write_bytes(root.to_pem())
    plain = ENTRY.format(digest=f'sm3 = "{root.fingerprint}"')
    (folder / "trust.toml").write_text(plain if text is None else text, encoding="utf-8")
    return folder


def loaded(folder: Path) -> TrustAnchors:
    return TrustAnchors.from_directory(folder, type_code=SLUGS.get)


def test_the_file_says_what_an_anchor_is_for(tmp_path: Path) -> None:
    (found,) = loaded(written(tmp_path)).rules.values()
    assert found.serves == frozenset(Purpose) - {Purpose.REPORTS}
    assert found.trusted_until is not None
    assert found.may_issue[0] == IssuingRight(
        None, "示例市农业农村局", frozenset({TYPE, OTHER_TYPE})
    )
    assert found.allows(PEOPLE.signer.certificate, TYPE) is False
    by_sha = ENTRY.format(digest=f'sha256 = "{_sha256()}"')
    assert loaded(written(tmp_path, by_sha)).rules == {PEOPLE.root.certificate: found}


def _sha256() -> str:
    import hashlib

    plain = hashlib.sha256(PEOPLE.root.certificate.der).hexdigest().upper()
    return ":".join(plain[at : at + 2] for at in range(0, 64, 2))


def test_without_the_file_every_anchor_counts_for_everything(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(PEOPLE.root.certificate.to_pem())
    assert TrustAnchors.from_directory(tmp_path).rules == {}


DIGEST = f'sm3 = "{PEOPLE.root.certificate.fingerprint}"'


@pytest.mark.parametrize(
    "text",
    [
        "anchors = 1",
        "anchor = 1",
        "anchor = [1]",
        "[[anchor",
        ENTRY.format(digest=""),
        ENTRY.format(digest='sm3 = "00"'),
        ENTRY.format(digest=f'{DIGEST}\nsha256 = "00"'),
        ENTRY.format(digest=f"{DIGEST}\nscope = []"),
        ENTRY.format(digest=DIGEST).replace('"root.pem"', '"other.pem"'),
        ENTRY.format(digest=DIGEST).replace('source = "https://example.org/root, by hand"', ""),
        ENTRY.format(digest=DIGEST).replace('"https://example.org/root, by hand"', '""'),
        ENTRY.format(digest=DIGEST).replace("2026-01-05", "2026-01-05T00:00:00Z"),
        ENTRY.format(digest=DIGEST).replace("2026-01-05", '"2026-01-05"'),
        ENTRY.format(digest=DIGEST).replace("00:00:00+08:00", "00:00:00"),
        ENTRY.format(digest=DIGEST).replace('"makers"', '"seals"'),
        ENTRY.format(digest=DIGEST).replace('["signers", "makers", "timestamps"]', "[]"),
        ENTRY.format(digest=DIGEST).replace("animal_clinic", "animal_hospital"),
        ENTRY.format(digest=DIGEST).replace("11440100007482532X", "11440100007482532O"),
        ENTRY.format(digest=DIGEST).replace('unified_code = "11440100007482532X"', ""),
        ENTRY.format(digest=DIGEST) * 2,
        ENTRY.format(digest=DIGEST).replace("2030-01-01", "2019-12-31"),
        ENTRY.format(digest=DIGEST).replace("2030-01-01T00:00:00Z", "2020-01-01T00:00:00+08:00"),
        ENTRY.format(digest=DIGEST).partition("[[anchor.may")[0] + "may_issue = []",
        "a = " + "[" * 100_000,
    ],
)
def test_a_file_that_is_not_understood_whole_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadTrustAnchor):
        loaded(written(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "trust.toml").write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(BadTrustAnchor, match="256 KiB"):
        loaded(tmp_path)
    (tmp_path / "trust.toml").unlink()
    (tmp_path / "trust.toml").mkdir()
    with pytest.raises(BadTrustAnchor):
        loaded(tmp_path)


def test_an_entry_is_for_one_certificate(tmp_path: Path) -> None:
    written(tmp_path)
    both = PEOPLE.root.certificate.to_pem() + PEOPLE.ca.certificate.to_pem()
    (tmp_path / "root.pem").write_bytes(both)
    with pytest.raises(BadTrustAnchor, match="exactly one"):
        loaded(tmp_path)
