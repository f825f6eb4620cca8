"""Paths, periods, purposes, revocation: who may vouch for whom, and when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from keystore import Certificate, RevocationList
from tests.fakes.pdf_documents import document, stream
from tests.fakes.signature_values import ECDSA_SHA256, SHA256_OID, Cms, Token
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
    CA_USES,
    DAY,
    NOW,
    Foreigner,
    Person,
    World,
    new_root,
    new_seal,
    world,
)
from verify import (
    QIANYIN_DEFAULT,
    Code,
    Evidence,
    Indication,
    RevocationRule,
    SubIndication,
    TrustAnchors,
    VerificationReport,
)
from verify.report import CheckName

PEOPLE = world()


def sealed_by(signer: Person, *, maker: Person | None = None, **options: object):
    """A world in which another signer, or maker, takes part."""
    who = maker or PEOPLE.maker
    changed = replace(PEOPLE, signer=signer, maker=who, seal=new_seal(who, signer))
    how = sealing(changed, **options)
    above = {one.der for one in (*signer.above, *who.above)}
    return replace(how, dss=(*how.dss, *(above - set(how.dss))))


def report_of(signer: Person, **options: object) -> VerificationReport:
    at = options.pop("at", NOW)
    return report_on(sign(document(), sealed_by(signer, **options)), at=at)


def test_the_chain_travels_in_the_file() -> None:
    without = replace(sealing(PEOPLE), dss=())
    report = report_on(sign(document(), without))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert decisive_code(report) == Code.CHAIN_UNKNOWN


def test_the_chain_may_be_supplied_beside_the_file() -> None:
    without = replace(sealing(PEOPLE), dss=())
    evidence = Evidence((PEOPLE.ca.certificate,), ())
    report = report_on(sign(document(), without), evidence=evidence)
    assert report.indication is Indication.TOTAL_PASSED


def test_an_unknown_root_is_never_called_invalid() -> None:
    report = report_on(sealed(world("other")))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_a_root_of_the_same_name_is_not_the_root() -> None:
    twin = new_root("Root ")
    report = report_on(sealed(), anchors=TrustAnchors((twin.certificate,)))
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    both = TrustAnchors((twin.certificate, PEOPLE.root.certificate))
    assert report_on(sealed(), anchors=both).indication is Indication.TOTAL_PASSED


def test_an_intermediate_may_be_the_anchor() -> None:
    anchors = TrustAnchors((PEOPLE.ca.certificate,))
    assert report_on(sealed(), anchors=anchors).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    "issuer",
    [
        PEOPLE.ca.issue("No CA"),
        PEOPLE.root.issue("CA without the right", uses=frozenset({"crl_sign"}), path_length=0),
        PEOPLE.ca.issue("One CA too many", uses=CA_USES, path_length=0),
    ],
)
def test_a_certificate_from_one_that_may_not_issue_fails(issuer: Person) -> None:
    report = report_of(issuer.issue("Signer"))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.CHAIN_CONSTRAINTS_FAILURE
    assert decisive_code(report) == Code.CHAIN_INVALID


def test_a_path_longer_than_the_policy_allows_is_not_found() -> None:
    policy = replace(QIANYIN_DEFAULT, path_length=2)
    report = report_on(sealed(), policy=policy)
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_two_authorities_that_vouch_for_each_other_end_nowhere() -> None:
    a, b = new_root("A"), new_root("B")
    plan = {"uses": CA_USES, "path_length": 5}
    a_by_b = b.issue("A", signer=a.signer, **plan)
    b_by_a = a.issue("B", signer=b.signer, **plan)
    signer = Person(a.ca.issue, a.signer, ()) if False else a_by_b.issue("Signer")
    how = sealed_by(signer)
    how = replace(how, dss=(*how.dss, a_by_b.certificate.der, b_by_a.certificate.der))
    report = report_on(sign(document(), how))
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_very_many_certificates_of_one_name_do_not_keep_the_search_busy() -> None:
    crowd = tuple(new_root("CA ").certificate.der for _ in range(70))
    how = sealing(PEOPLE)
    report = report_on(sign(document(), replace(how, dss=crowd)))
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


@pytest.mark.parametrize(
    ("start", "end", "at", "indication", "code"),
    [
        (-10, 10, 0, Indication.TOTAL_PASSED, Code.CHAIN_TRUSTED),
        (-10, -1, 0, Indication.TOTAL_FAILED, Code.CERTIFICATE_EXPIRED),
        (1, 10, 0, Indication.TOTAL_FAILED, Code.CERTIFICATE_NOT_YET_VALID),
        (-10, 10, 20, Indication.INDETERMINATE, Code.CERTIFICATE_OUT_OF_BOUNDS),
    ],
)
def test_periods_are_held_at_signing_and_now(
    start: int, end: int, at: int, indication: Indication, code: str
) -> None:
    signer = PEOPLE.ca.issue("Signer", start=NOW + start * DAY, end=NOW + end * DAY)
    how = replace(sealed_by(signer), crls=())
    report = report_on(sign(document(), how), at=NOW + at * DAY)
    assert report.indication is indication
    assert code_of(report, CheckName.CHAIN) == code


def test_a_proven_time_outlives_the_certificate() -> None:
    signer = PEOPLE.ca.issue("Signer", start=NOW - 10 * DAY, end=NOW + 10 * DAY)
    report = report_of(signer, stamp=Token(PEOPLE.tsa), at=NOW + 20 * DAY)
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("uses", "purposes", "code"),
    [
        (frozenset({"digital_signature"}), (), Code.SIGNER_FOUND),
        (frozenset({"content_commitment"}), ("1.3.6.1.5.5.7.3.36",), Code.SIGNER_FOUND),
        (frozenset({"key_encipherment"}), (), Code.SIGNER_KEY_USAGE),
        (frozenset({"digital_signature"}), ("1.3.6.1.5.5.7.3.1",), Code.SIGNER_EXTENDED_KEY_USAGE),
        (
            frozenset({"digital_signature"}),
            ("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"),
            Code.SIGNER_FOUND,
        ),
    ],
)
def test_a_certificate_signs_what_it_is_for(
    uses: frozenset[str], purposes: tuple[str, ...], code: str
) -> None:
    report = report_of(PEOPLE.ca.issue("Signer", uses=uses, purposes=purposes))
    assert code_of(report, CheckName.SIGNER) == code
    assert (report.indication is Indication.TOTAL_PASSED) == (code == Code.SIGNER_FOUND)


def _foreign(*extensions: tuple[x509.ExtensionType, bool]) -> Foreigner:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    der = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    return Foreigner(Certificate.from_der(der), key)


def _issued_by(ca: Foreigner, *extensions: tuple[x509.ExtensionType, bool]) -> Foreigner:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Leaf")]))
        .issuer_name(ca.certificate.x509.subject)
        .public_key(key.public_key())
        .serial_number(6)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    der = builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return Foreigner(Certificate.from_der(der), key)


CA_ROOT = _foreign((x509.BasicConstraints(ca=True, path_length=None), True))
CONSTRAINED = x509.NameConstraints(
    permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None
)


def foreign_report(
    leaf: Foreigner, root: Foreigner = CA_ROOT, **options: object
) -> VerificationReport:
    cms = Cms(digest_oid=SHA256_OID, algorithm=ECDSA_SHA256)
    how = Field(value=lambda signed: cms.over(signed, leaf), image=None)
    arguments = {"anchors": TrustAnchors((root.certificate,)), **options}
    return report_on(sign(document(), how), **arguments)


def test_a_critical_extension_that_is_not_understood_breaks_the_path() -> None:
    leaf = _issued_by(CA_ROOT, (CONSTRAINED, True))
    assert decisive_code(foreign_report(leaf)) == Code.CHAIN_INVALID
    root = _foreign((x509.BasicConstraints(ca=True, path_length=None), True), (CONSTRAINED, True))
    assert decisive_code(foreign_report(_issued_by(root), root)) == Code.CHAIN_INVALID
    assert foreign_report(_issued_by(CA_ROOT, (CONSTRAINED, False))).indication is (
        Indication.TOTAL_PASSED
    )


@pytest.mark.parametrize("critical", [True, False])
def test_limits_on_names_that_are_not_honoured_break_the_path(critical: bool) -> None:
    ca = PEOPLE.root.issue("Limited", uses=CA_USES, path_length=0, more=((CONSTRAINED, critical),))
    assert decisive_code(report_of(ca.issue("Signer"))) == Code.CHAIN_INVALID


@pytest.mark.parametrize(
    "extension",
    [
        x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None),
        x509.InhibitAnyPolicy(0),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    ],
)
def test_limits_on_policies_and_unknown_demands_break_the_path(extension) -> None:
    ca = PEOPLE.root.issue("Limited", uses=CA_USES, path_length=0, more=((extension, True),))
    assert decisive_code(report_of(ca.issue("Signer"))) == Code.CHAIN_INVALID


def _points(url: str = "http://crl.example/1.crl") -> x509.CRLDistributionPoints:
    name = [x509.UniformResourceIdentifier(url)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(name, None, None, None)])


def _access(method: x509.ObjectIdentifier) -> x509.AuthorityInformationAccess:
    place = x509.UniformResourceIdentifier("http://example")
    return x509.AuthorityInformationAccess([x509.AccessDescription(method, place)])


OCSP, ISSUERS = (
    x509.ObjectIdentifier("1.3.6.1.5.5.7.48.1"),
    x509.ObjectIdentifier("1.3.6.1.5.5.7.48.2"),
)


@pytest.mark.parametrize(
    ("extension", "code"),
    [
        (None, Code.REVOCATION_UNKNOWN_ACCEPTED),
        (_access(ISSUERS), Code.REVOCATION_UNKNOWN_ACCEPTED),
        (_access(OCSP), Code.REVOCATION_UNKNOWN),
        (_points(), Code.REVOCATION_UNKNOWN),
    ],
)
def test_a_certificate_that_names_its_list_wants_one(extension, code: str) -> None:
    leaf = _issued_by(CA_ROOT, *(() if extension is None else ((extension, False),)))
    report = foreign_report(leaf)
    assert code_of(report, CheckName.REVOCATION) == code
    if code == Code.REVOCATION_UNKNOWN:
        assert report.indication is Indication.INDETERMINATE
        assert report.sub_indication is SubIndication.TRY_LATER


def test_a_strict_policy_always_wants_a_list() -> None:
    policy = replace(QIANYIN_DEFAULT, revocation=RevocationRule.ALWAYS)
    report = foreign_report(_issued_by(CA_ROOT), policy=policy)
    assert code_of(report, CheckName.REVOCATION) == Code.REVOCATION_UNKNOWN


def test_a_self_signed_anchor_needs_no_list() -> None:
    report = foreign_report(CA_ROOT)
    assert code_of(report, CheckName.REVOCATION) == Code.NOT_REVOKED


def with_crls(*crls: bytes, people: World = PEOPLE, **options: object) -> VerificationReport:
    at = options.pop("at", NOW)
    policy = options.pop("policy", QIANYIN_DEFAULT)
    how = replace(sealing(people, **options), crls=crls)
    return report_on(sign(document(), how), at=at, policy=policy)


def revoked_on(moment: datetime, who: Person | None = None) -> bytes:
    return PEOPLE.ca.crl({(who or PEOPLE.signer).certificate.serial: moment})


def test_a_certificate_revoked_before_it_signed_fails() -> None:
    report = with_crls(revoked_on(NOW - DAY))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.REVOKED


def test_a_claim_does_not_prove_that_it_was_signed_before_revocation() -> None:
    report = with_crls(revoked_on(NOW + DAY), at=NOW + 2 * DAY)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.REVOKED_NO_POE


def test_a_stamp_proves_that_it_was_signed_before_revocation() -> None:
    stamp = Token(PEOPLE.tsa)
    report = with_crls(revoked_on(NOW + DAY), at=NOW + 2 * DAY, stamp=stamp)
    assert report.indication is Indication.TOTAL_PASSED
    assert code_of(report, CheckName.REVOCATION) == Code.REVOKED_LATER
    late = with_crls(revoked_on(NOW), at=NOW + 2 * DAY, stamp=stamp)
    assert late.sub_indication is SubIndication.REVOKED


def test_a_revocation_still_to_come_is_not_held_against_it() -> None:
    report = with_crls(PEOPLE.root.crl(), revoked_on(NOW + DAY))
    assert report.indication is Indication.TOTAL_PASSED


def test_a_revoked_authority_is_told_apart() -> None:
    revoked = PEOPLE.root.crl({PEOPLE.ca.certificate.serial: NOW + DAY})
    report = with_crls(revoked, PEOPLE.ca.crl(), at=NOW + 2 * DAY)
    assert report.sub_indication is SubIndication.REVOKED_CA_NO_POE


STRICT = replace(QIANYIN_DEFAULT, revocation=RevocationRule.ALWAYS)


@pytest.mark.parametrize(
    "listing",
    [
        PEOPLE.ca.crl(next_update=NOW - timedelta(hours=1)),
        PEOPLE.ca.crl(this_update=NOW + DAY, next_update=NOW + 2 * DAY),
        world("other").ca.crl(),
        PEOPLE.root.crl(),
        b"junk",
    ],
)
def test_a_list_that_does_not_speak_for_now_says_nothing(listing: bytes) -> None:
    report = with_crls(PEOPLE.root.crl(), listing, policy=STRICT)
    assert code_of(report, CheckName.REVOCATION) == Code.REVOCATION_UNKNOWN


def test_a_list_of_a_forger_says_nothing() -> None:
    forger = new_root("CA ")
    twin = Person(PEOPLE.ca.certificate, forger.signer, PEOPLE.ca.above)
    forged = twin.crl({PEOPLE.signer.certificate.serial: NOW - DAY})
    report = with_crls(*PEOPLE.crls(), forged)
    assert report.indication is Indication.TOTAL_PASSED


def test_a_list_that_speaks_for_a_part_says_nothing() -> None:
    ca = CA_ROOT
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.x509.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
        .add_extension(
            x509.IssuingDistributionPoint(
                full_name=None,
                relative_name=None,
                only_contains_user_certs=False,
                only_contains_ca_certs=True,
                only_some_reasons=None,
                indirect_crl=False,
                only_contains_attribute_certs=False,
            ),
            critical=True,
        )
    )
    der = builder.sign(ca.key, hashes.SHA256()).public_bytes(Encoding.DER)
    evidence = Evidence((), (RevocationList.from_der(der),))
    report = foreign_report(_issued_by(ca, (_points(), False)), evidence=evidence)
    assert code_of(report, CheckName.REVOCATION) == Code.REVOCATION_UNKNOWN


def test_an_authority_that_may_not_sign_lists_says_nothing() -> None:
    root = PEOPLE.root
    ca = root.issue("Mute CA", uses=frozenset({"key_cert_sign"}), path_length=0)
    signer = ca.issue("Signer")
    how = sealed_by(signer)
    revoked = ca.crl({signer.certificate.serial: NOW - DAY})
    report = report_on(sign(document(), replace(how, crls=(*how.crls, revoked))))
    assert code_of(report, CheckName.REVOCATION) == Code.REVOCATION_UNKNOWN_ACCEPTED


def test_a_list_inside_cms_is_used() -> None:
    revoked = PEOPLE.ca.crl({PEOPLE.signer.certificate.serial: NOW - DAY})
    cms = Cms(crls=(revoked,))
    how = Field(
        value=lambda signed: cms.over(signed, PEOPLE.signer), dss=PEOPLE.certificates, image=None
    )
    assert report_on(sign(document(), how)).sub_indication is SubIndication.REVOKED


@pytest.mark.parametrize("listing", [b"\x30\x00", world("other").ca.crl()])
def test_a_list_inside_cms_that_is_nobodys_never_passes(listing: bytes) -> None:
    cms = Cms(crls=(listing,))
    how = Field(
        value=lambda signed: cms.over(signed, PEOPLE.signer), dss=PEOPLE.certificates, image=None
    )
    report = report_on(sign(document(), how))
    assert decisive_code(report) == Code.EXTRA_CERTIFICATE_UNPROVEN


def test_damaged_evidence_is_left_out() -> None:
    how = replace(sealing(PEOPLE), dss=(b"junk", *PEOPLE.certificates))
    assert report_on(sign(document(), how)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    "store", [b"/DSS 7", b"/DSS << /Certs 7 >>", b"/DSS << /Certs [7 null] /CRLs [3 0 R] >>"]
)
def test_a_store_that_is_none_holds_nothing(store: bytes) -> None:
    how = replace(sealing(PEOPLE), dss=(), crls=(), catalog=store)
    report = report_on(sign(document(), how))
    assert report.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_the_store_of_the_fake_is_a_stream() -> None:
    assert b"stream" in stream(b"x")
