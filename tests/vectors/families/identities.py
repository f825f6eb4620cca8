"""Who signed, under whom, and when: certificates, times and revocation that do not hold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509

from keystore.cms import TST_INFO
from keystore.issuing_ca import CertificatePlan
from keystore.tlv import SEQUENCE, Tlv, encoded, encoded_oid
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import (
    CA_USES,
    DAY,
    NOW,
    TIME_STAMPING,
    Person,
    name,
    new_root,
    new_seal,
    world,
)
from tests.vectors.cases import CRYPTO, FORMAT, Case, Expected, Family, Importance, failed, unsure
from tests.vectors.certificates import (
    ALGORITHM,
    EXTENSIONS,
    SERIAL,
    SUBJECT,
    made_by,
    recertified,
    revalued,
    sealed_under,
)
from tests.vectors.der_editing import doubled, edited, flipped
from tests.vectors.families.good import by_foreigner
from tests.vectors.starting_points import (
    base,
    genuine,
    sealed_again,
    signed_by_cms,
    stamped,
    with_field,
    with_people,
    with_seal,
)

NO_CHAIN = unsure("NO_CERTIFICATE_CHAIN_FOUND")
BROKEN_CHAIN = failed("CHAIN_CONSTRAINTS_FAILURE")
UNFIT = failed("SIG_CONSTRAINTS_FAILURE")
DOUBTFUL = unsure("SIG_CONSTRAINTS_FAILURE")
OTHER_USE = unsure("CHAIN_CONSTRAINTS_FAILURE")
OUTSIDE = unsure("OUT_OF_BOUNDS_NO_POE")
EARLY, EXPIRED, REVOKED = failed("NOT_YET_VALID"), failed("EXPIRED"), failed("REVOKED")
MEDIUM = Importance.MEDIUM


@dataclass(frozen=True)
class Row:
    """A case of this module; most are judged at NOW."""

    id: str
    why: str
    build: Callable[[], bytes]
    expect: Expected
    at: datetime = NOW
    importance: Importance = Importance.HIGH
    trust: tuple[str, ...] = ("root",)

    def case(self) -> Case:
        return Case(
            self.id, self.why, self.build, self.expect, self.importance, self.at, self.trust
        )


def _signer(**how: object) -> Person:
    return world().ca.issue("Somebody", **how)


def _by(**how: object) -> bytes:
    return with_people(_signer(**how))


def _cms_by(person: Person, **changes: object) -> bytes:
    above = tuple(one.der for one in person.above)
    dss = (*world().certificates, *above)
    return signed_by_cms(Cms(), person, dss=dss, **changes).data


def _twin_root() -> bytes:
    """A root of the same name with another key, which the file brings along."""
    twin = new_root("Root ")
    ca = twin.issue("CA ", uses=CA_USES, path_length=0)
    return with_people(ca.issue("示例市农业农村局"), ca.issue("Seal maker"))


def _self_signed_twin() -> bytes:
    """The signer's names and number in a certificate he signed himself."""
    real = world().signer
    own = replace(real.ca, name=real.certificate.x509.issuer)
    mine = recertified(real.certificate.der, SERIAL, lambda one: one, by=real)
    assert own.signer is real.signer
    return sealed_under(mine, real)


def _same_key_other_names() -> bytes:
    other = world("other").ca.issue("示例市农业农村局", signer=world().signer.signer)
    return with_people(other)


def _names_only() -> bytes:
    """Names chain to our CA, the signature on the certificate is another's."""
    signer = world().ca.issue("Somebody")
    return sealed_under(
        recertified(signer.certificate.der, SERIAL, lambda one: one, by=world().maker), signer
    )


def _value_of_certificate_bent() -> bytes:
    signer = world().ca.issue("Somebody")
    return sealed_under(revalued(signer.certificate.der, flipped), signer)


def _swapped_after_issue() -> bytes:
    """The subject is changed after the CA signed."""
    signer = world().ca.issue("Somebody")
    honest = world().signer.certificate
    parts = [one.der for one in Tlv.from_der(signer.certificate.der).children()]
    parts[0] = edited(parts[0], SUBJECT, lambda _: honest.subject_der)
    return sealed_under(encoded(SEQUENCE, *parts), signer)


def _loop() -> bytes:
    one, other = new_root("A"), new_root("B")
    crossed = Person(other.ca.issue(_plan("A", one)), one.signer, (other.certificate,))
    back = Person(one.ca.issue(_plan("B", other)), other.signer, (crossed.certificate,))
    return with_people(back.issue("Somebody"))


def _plan(common_name: str, person: Person) -> CertificatePlan:
    return CertificatePlan(
        subject=name(common_name),
        public_key=person.signer.public_key,
        not_before=NOW - DAY,
        not_after=NOW + 100 * DAY,
        key_usage=CA_USES,
        path_length=2,
    )


def _constrained(*names: str) -> bytes:
    """A CA that may issue under other names only."""
    allowed = [x509.DirectoryName(name(one)) for one in names]
    limits = x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None)
    ca = world().root.issue("Narrow", uses=CA_USES, path_length=0, more=((limits, True),))
    return with_people(ca.issue("Somebody"))


def _excluded() -> bytes:
    limits = x509.NameConstraints(
        permitted_subtrees=None, excluded_subtrees=[x509.DirectoryName(name("Somebody"))]
    )
    ca = world().root.issue("Narrow", uses=CA_USES, path_length=0, more=((limits, True),))
    return with_people(ca.issue("Somebody"))


def _unknown_critical() -> bytes:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\0")
    return _by(more=((odd, True),))


def _too_deep() -> bytes:
    person = world().root
    for depth in range(9):
        person = person.issue(f"CA {depth}", uses=CA_USES, path_length=None)
    return with_people(person.issue("Somebody"))


CERTIFICATES: tuple[Row, ...] = (
    Row("twin-root", "A root of the trusted one's name with another key", _twin_root, NO_CHAIN),
    Row("trusting-the-other", "Only a stranger's root is trusted", with_seal, NO_CHAIN, trust=("another root",)),
    Row("self-signed", "The signer's certificate is his own root", lambda: with_people(new_root("Somebody")), BROKEN_CHAIN),
    Row("self-signed-twin", "The listed certificate's names and number, signed by its own key", _self_signed_twin, NO_CHAIN),
    Row("names-only", "Names chain to our CA, the signature is another's", _names_only, NO_CHAIN),
    Row("value-bent", "The CA's signature on the certificate is bent", _value_of_certificate_bent, NO_CHAIN),
    Row("subject-swapped", "The subject is changed after the CA signed", _swapped_after_issue, NO_CHAIN),
    Row("same-key-other-names", "Our signer's key under a stranger's CA", _same_key_other_names, NO_CHAIN),
    Row("loop", "Two authorities vouch for each other", _loop, NO_CHAIN),
    Row("too-deep", "A path of ten certificates", _too_deep, BROKEN_CHAIN),
    Row("issued-by-leaf", "The issuer is no CA", lambda: with_people(_signer().issue("Somebody else")), BROKEN_CHAIN),
    Row("issued-by-signer", "The licensed signer issues a certificate", lambda: with_people(world().signer.issue("Somebody else")), BROKEN_CHAIN),
    Row("maker-under-leaf", "The seal's maker was issued by no CA", lambda: with_people(world().signer, _signer().issue("Maker")), BROKEN_CHAIN),
    Row("ca-without-right", "The issuing CA may sign lists only", lambda: with_people(world().root.issue("CA", uses=frozenset({"crl_sign"}), path_length=0).issue("Somebody")), BROKEN_CHAIN),
    Row("path-length", "One CA too many below another", lambda: with_people(world().ca.issue("Lower CA", uses=CA_USES, path_length=0).issue("Somebody")), BROKEN_CHAIN),
    Row("ca-flag-missing", "The issuer's certificate has no CA flag but the right to sign", lambda: with_people(_signer(uses=CA_USES).issue("Somebody else")), BROKEN_CHAIN),
    Row("use-agreement", "The key is for key agreement", lambda: _by(uses=frozenset({"key_agreement"})), BROKEN_CHAIN),
    Row("use-encipherment", "The key is for enciphering keys, as a signer's second certificate is", lambda: _by(uses=frozenset({"key_encipherment", "data_encipherment"})), BROKEN_CHAIN),
    Row("use-ca", "The signer's certificate is a CA's", lambda: _by(uses=CA_USES, path_length=0), BROKEN_CHAIN),
    Row("purpose-server", "The certificate is for web servers", lambda: _by(purposes=("1.3.6.1.5.5.7.3.1",)), OTHER_USE),
    Row("purpose-client", "The certificate is for logging in", lambda: _by(purposes=("1.3.6.1.5.5.7.3.2",)), OTHER_USE),
    Row("purpose-time", "The certificate is for time-stamps", lambda: _by(purposes=(TIME_STAMPING,)), OTHER_USE),
    Row("purpose-code", "The certificate is for code", lambda: _by(purposes=("1.3.6.1.5.5.7.3.3",)), OTHER_USE),
    Row("maker-use", "The maker's key is for enciphering", lambda: made_by(world().ca.issue("Maker", uses=frozenset({"key_encipherment"}), signer=world().maker.signer).certificate.der, world().maker), BROKEN_CHAIN),
    Row("critical-unknown", "A critical extension nobody knows", _unknown_critical, BROKEN_CHAIN),
    Row("name-constraints", "The CA may issue under other names only", lambda: _constrained("Elsewhere"), BROKEN_CHAIN),
    Row("name-excluded", "The CA may not issue under this very name", _excluded, BROKEN_CHAIN),
    Row("no-evidence", "The chain is missing", lambda: with_field(dss=()), NO_CHAIN, importance=MEDIUM),
    Row("serial-twice", "Two certificates of one issuer and number are in the file", lambda: sealed_under(recertified(_signer().certificate.der, SERIAL, lambda _: b"\x02\x01\x07"), world().maker), CRYPTO),
    Row("inner-algorithm", "Inside and outside, the certificate names two algorithms", lambda: _inner_algorithm(), FORMAT),
    Row("extension-twice", "Basic constraints stand there twice", lambda: _extensions_twice(), FORMAT),
    Row("cms-unknown-root", "CMS under a root nobody trusts", lambda: signed_by_cms(Cms(), world("other").signer, dss=world("other").certificates).data, NO_CHAIN),
    Row("cms-issued-by-leaf", "CMS under an issuer that is no CA", lambda: _cms_by(_signer().issue("Somebody else")), BROKEN_CHAIN),
    Row("cms-use-agreement", "CMS with a key for key agreement", lambda: _cms_by(_signer(uses=frozenset({"key_agreement"}))), BROKEN_CHAIN),
    Row("cms-purpose-server", "CMS with a certificate for web servers", lambda: _cms_by(_signer(purposes=("1.3.6.1.5.5.7.3.1",))), OTHER_USE),
    Row("cms-path-length", "CMS one CA too deep", lambda: _cms_by(world().ca.issue("Lower CA", uses=CA_USES, path_length=0).issue("Somebody")), BROKEN_CHAIN),
    Row("cms-untrusted-p256", "ECDSA CMS of an unknown person", lambda: _foreign("p256"), NO_CHAIN),
    Row("cms-untrusted-rsa", "RSA CMS of an unknown person", lambda: _foreign("rsa2048"), NO_CHAIN),
)  # fmt: skip


def _foreign(kind: str) -> bytes:
    return by_foreigner(kind, attributes=True)


def _inner_algorithm() -> bytes:
    signer = _signer()
    other = encoded(0x30, encoded_oid("1.2.840.10045.4.3.2"))
    return sealed_under(recertified(signer.certificate.der, ALGORITHM, lambda _: other), signer)


def _extensions_twice() -> bytes:
    signer = _signer()
    twice = recertified(signer.certificate.der, (*EXTENSIONS, 2), doubled)
    return sealed_under(twice, signer)


OLD = {"start": NOW - 90 * DAY, "end": NOW - 80 * DAY}
TO_COME = {"start": NOW + DAY, "end": NOW + 100 * DAY}
SHORT = {"end": NOW + 20 * DAY}


def _old_seal(**how: object) -> bytes:
    """A seal by a signer whose certificate has ended, used in its last days by his own claim."""
    person = _signer(**OLD)
    seal = new_seal(world().maker, person, created=NOW - 95 * DAY, start=NOW - 95 * DAY)
    return with_people(person, seal=seal, **how)


def _stamp(**how: object) -> Token:
    return Token(world().tsa, **how)


def _tsa(**how: object) -> Person:
    return world().ca.issue("T", **{"purposes": (TIME_STAMPING,), **how})


def _with_others_stamp() -> bytes:
    """The time-stamp of another signature."""
    return with_seal(bad_stamp=_stamp().over(b"another signature"))


def _document_stamp_of_other_file() -> bytes:
    other = _stamp().over(b"another document")
    return stamped(genuine(), value=lambda _: other).data


def _stamp_before_seal_only() -> bytes:
    """The file is stamped first and sealed later: the stamp proves nothing for the seal."""
    person = _signer(**SHORT)
    first = stamped(base())
    changed = replace(world(), signer=person, seal=new_seal(world().maker, person))
    how = sealing(changed)
    return sign(first, replace(how, dss=(*how.dss, person.certificate.der))).data


def _cms_no_time() -> bytes:
    person = _signer(**SHORT)
    return signed_by_cms(Cms(signing_time=None), person).data


TIMES: tuple[Row, ...] = (
    Row("future", "The seal claims a day to come", lambda: with_seal(signed_at=NOW + DAY), DOUBTFUL),
    Row("six-minutes-ahead", "The seal claims more than the tolerance ahead", lambda: with_seal(signed_at=NOW + timedelta(minutes=6)), DOUBTFUL, importance=MEDIUM),
    Row("before-certificate", "The seal claims a time before all certificates", lambda: with_seal(signed_at=NOW - 2000 * DAY), EARLY),
    Row("before-signer", "The seal claims a time before the signer's certificate", lambda: with_people(_signer(start=NOW - DAY), signed_at=NOW - 2 * DAY), EARLY),
    Row("before-seal", "The seal is used before it was made", lambda: with_seal(signed_at=NOW - 60 * DAY), UNFIT),
    Row("after-seal", "The seal claims a time after its own end", lambda: with_seal(signed_at=NOW + 600 * DAY), UNFIT),
    Row("after-seal-looked-at-later", "The same, looked at later still", lambda: with_seal(signed_at=NOW + 600 * DAY), UNFIT, at=NOW + 700 * DAY),
    Row("expired-signer", "Signed after the signer's certificate had ended", lambda: with_people(_signer(**OLD)), EXPIRED),
    Row("backdated", "The claim lies inside a certificate that has ended since; nothing proves it", lambda: _old_seal(signed_at=NOW - 85 * DAY), OUTSIDE),
    Row("signer-to-come", "The signer's certificate is not yet valid", lambda: with_people(_signer(**TO_COME)), EARLY),
    Row("ends-without-proof", "A good seal looked at after its certificate ended", lambda: with_people(_signer(**SHORT)), OUTSIDE, at=NOW + 25 * DAY, importance=MEDIUM),
    Row("stamped-too-late", "The time-stamp is younger than the certificate's end", lambda: with_people(_signer(**SHORT), stamp=_stamp(time=NOW + 22 * DAY)), EXPIRED, at=NOW + 25 * DAY),
    Row("stamp-of-another", "The time-stamp is another signature's", _with_others_stamp, CRYPTO),
    Row("stamp-imprint-zero", "The time-stamp's imprint is zeros", lambda: with_seal(stamp=_stamp(imprint=bytes(32))), CRYPTO),
    Row("stamp-sha1", "The time-stamp's imprint is SHA-1", lambda: with_seal(stamp=_stamp(imprint_oid="1.3.14.3.2.26")), CRYPTO),
    Row("stamp-key-of-another", "The time-stamp is signed by another key", lambda: with_seal(stamp=_stamp(cms=Cms(content_type=TST_INFO, bad_key=world().maker))), CRYPTO),
    Row("stamp-two-signers", "The time-stamp has two signers", lambda: with_seal(stamp=_stamp(cms=Cms(content_type=TST_INFO, signers=2))), CRYPTO),
    Row("stamp-no-attributes", "The time-stamp has no signed attributes", lambda: with_seal(stamp=_stamp(cms=Cms(content_type=TST_INFO, attributes=False))), CRYPTO),
    Row("stamp-plain-data", "The time-stamp is CMS over data", lambda: with_seal(stamp=_stamp(cms=Cms())), CRYPTO),
    Row("stamp-local-time", "The time-stamp's time is local", lambda: with_seal(stamp=_stamp(time_text=b"20260601120002")), CRYPTO),
    Row("stamp-version-2", "The time-stamp is of another version", lambda: with_seal(stamp=_stamp(version=2)), CRYPTO),
    Row("stamp-untrusted", "The time-stamp is a stranger's", lambda: with_seal(stamp=Token(world("other").tsa)), NO_CHAIN),
    Row("stamp-by-signer", "The signer stamps himself", lambda: with_seal(stamp=Token(world().signer)), NO_CHAIN),
    Row("stamp-two-purposes", "The authority's certificate has a second purpose", lambda: with_seal(stamp=Token(_tsa(purposes=(TIME_STAMPING, "1.3.6.1.5.5.7.3.4")))), NO_CHAIN),
    Row("stamp-by-cipher-key", "The authority's key is for enciphering", lambda: with_seal(stamp=Token(_tsa(uses=frozenset({"key_encipherment"})))), NO_CHAIN),
    Row("stamp-by-expired", "The authority's certificate had ended", lambda: with_seal(stamp=Token(_tsa(end=NOW - DAY))), NO_CHAIN),
    Row("stamp-future", "The time-stamp lies in the future", lambda: with_seal(stamp=_stamp(time=NOW + DAY)), NO_CHAIN),
    Row("stamp-older-than-claim", "The seal claims to be younger than its time-stamp", lambda: with_seal(stamp=_stamp(time=NOW - DAY)), unsure("TIMESTAMP_ORDER_FAILURE"), importance=MEDIUM),
    Row("document-stamp-of-another", "A document time-stamp of another file", _document_stamp_of_other_file, failed("HASH_FAILURE")),
    Row("document-stamp-untrusted", "A document time-stamp of a stranger", lambda: stamped(genuine(), Token(world("other").tsa)).data, NO_CHAIN),
    Row("document-stamp-only", "A file that was only time-stamped", lambda: stamped(base()).data, unsure("SIGNED_DATA_NOT_FOUND")),
    Row("stamp-below-seal", "The time-stamp is older than the seal it would have to prove", _stamp_before_seal_only, OUTSIDE, at=NOW + 25 * DAY),
    Row("cms-future", "CMS claims a day to come", lambda: signed_by_cms(Cms(signing_time=NOW + 2 * DAY)).data, DOUBTFUL),
    Row("cms-before-certificate", "CMS claims a time before all certificates", lambda: signed_by_cms(Cms(signing_time=NOW - 2000 * DAY)).data, EARLY),
    Row("cms-no-time-expired", "CMS without a time, looked at after its certificate ended", _cms_no_time, OUTSIDE, at=NOW + 25 * DAY),
)  # fmt: skip


GONE = NOW - 5 * DAY


def _lists(*lists: bytes) -> bytes:
    return with_field(crls=lists)


def _ca_list(person: Person, when: datetime = GONE, **how: object) -> bytes:
    return world().ca.crl({person.certificate.serial: when}, **how)


def _stamped_and_revoked(when: datetime) -> bytes:
    person = _signer()
    revoked = _ca_list(person, when, this_update=NOW + 2 * DAY)
    return with_people(person, stamp=_stamp(), crls=(world().root.crl(), revoked))


REVOCATIONS: tuple[Row, ...] = (
    Row("signer", "The signer's certificate was revoked", lambda: _lists(world().root.crl(), _ca_list(world().signer)), REVOKED),
    Row("maker", "The seal maker's certificate was revoked", lambda: _lists(world().root.crl(), _ca_list(world().maker)), REVOKED),
    Row("ca", "The issuing CA was revoked", lambda: _lists(world().root.crl({world().ca.certificate.serial: GONE}), world().ca.crl()), REVOKED),
    Row("in-stale-list", "Revoked in a list that is out of date", lambda: _lists(world().root.crl(), _ca_list(world().signer, NOW - 50 * DAY, this_update=NOW - 40 * DAY, next_update=NOW - 30 * DAY)), REVOKED),
    Row("beside-fresh-list", "Revoked in one of two lists", lambda: _lists(world().root.crl(), world().ca.crl(), _ca_list(world().signer)), REVOKED),
    Row("after-claim", "Revoked after the time that is claimed and nobody proves", lambda: _lists(world().root.crl(), _ca_list(world().signer, NOW + DAY, this_update=NOW + 2 * DAY)), unsure("REVOKED_NO_POE"), at=NOW + 3 * DAY),
    Row("ca-after-claim", "The CA revoked after the time that is claimed", lambda: _lists(world().root.crl({world().ca.certificate.serial: NOW + DAY}, this_update=NOW + 2 * DAY), world().ca.crl()), unsure("REVOKED_CA_NO_POE"), at=NOW + 3 * DAY),
    Row("before-stamp", "Revoked before the time-stamp", lambda: _stamped_and_revoked(NOW - DAY), REVOKED, at=NOW + 3 * DAY),
    Row("stamp-authority", "The time-stamping authority was revoked", lambda: sign(base(), replace(sealing(world(), stamp=_stamp()), crls=(world().root.crl(), _ca_list(world().tsa)))).data, NO_CHAIN),
    Row("second-of-two", "The second of two signers was revoked", lambda: _second_revoked(), REVOKED),
    Row("cms-signer", "A CMS signer's certificate was revoked", lambda: signed_by_cms(Cms(), crls=(_ca_list(world().signer),)).data, REVOKED),
    Row("cms-carried-list", "The list inside the CMS itself says revoked", lambda: signed_by_cms(Cms(crls=(_ca_list(world().signer),)), crls=()).data, REVOKED),
)  # fmt: skip


def _second_revoked() -> bytes:
    person = _signer()
    changed = replace(world(), signer=person, seal=new_seal(world().maker, person))
    how = sealing(changed)
    lists = (world().root.crl(), _ca_list(person))
    return sealed_again(
        genuine(), value=how.value, dss=(*how.dss, person.certificate.der), crls=lists
    ).data


def _family(title: str, about: str, rows: tuple[Row, ...]) -> Family:
    return Family(title, about, tuple(one.case() for one in rows))


FAMILIES = (
    _family(
        "certificates",
        "Certificates that do not lead to the anchor, or not with this right",
        CERTIFICATES,
    ),
    _family("times", "Claimed and proven times that do not hold together", TIMES),
    _family("revocation", "Somebody on the path was revoked", REVOCATIONS),
)
