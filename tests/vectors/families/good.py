"""Genuine files of every layout in the field: these, and no others, must pass."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO

import pikepdf
from cryptography.x509 import SubjectKeyIdentifier

from keystore import Credential, KeyUri, SealSignature, sm3
from keystore.cms import GM_DATA, GM_SIGNED_DATA, TIMESTAMP_TOKEN, TST_INFO
from keystore.tlv import SET, encoded
from signing import (
    GBT_35275,
    RFC_5652,
    CmsContainer,
    SealContainer,
    Sealer,
    SealPlacement,
    UnsignedPdf,
    appearance_of,
)
from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.seals import SealRecipe, SignatureRecipe, certificate_list, digest_list, extension
from tests.fakes.signature_values import (
    ECDSA_SHA256,
    GM,
    RSA,
    RSA_PSS,
    SHA256_OID,
    SM2_ONE,
    SM2_SM3,
    Cms,
    Token,
    attribute,
    digest,
    ess_certificate,
    pss_parameters,
)
from tests.fakes.signed_documents import sealed, sealing, sign
from tests.fakes.sm2_people import (
    DAY,
    NOW,
    SEAL_MM,
    Foreigner,
    Person,
    foreigner,
    new_seal,
    png,
    world,
)
from tests.vectors.cases import PASSED, Case, Family, Importance
from tests.vectors.der_editing import CMS, edited, emptied
from tests.vectors.families import agreements, scopes
from tests.vectors.starting_points import (
    base,
    cms_field,
    genuine,
    replaced,
    sealed_again,
    signed_by_cms,
    stamped,
    with_field,
    with_people,
    with_seal,
)

SHORT = NOW + 20 * DAY
TIMES = (NOW - 50 * DAY, NOW - 50 * DAY, NOW + 500 * DAY)
WITHOUT = Cms(attributes=False)


def seal_recipe(**changes: object) -> SealRecipe:
    """A seal by our maker for our signer, in the form of another product."""
    people = world()
    made = SealRecipe(
        maker=people.maker,
        signers=certificate_list(people.signer.certificate),
        picture=png(),
        picture_type="PNG",
        size_mm=SEAL_MM,
        times=TIMES,
    )
    return made.but(**changes)


def as_others_write(
    seal: SealRecipe, *, stamped: bool = False, untagged_stamp: bool = False, **changes: object
) -> bytes:
    """Sign with that seal, in the form of that product."""
    recipe = SignatureRecipe(
        version=seal.version, seal=seal.der(), signer=world().signer, signed_at=NOW
    )

    def value(signed: bytes) -> bytes:
        made = recipe.but(data_hash=sm3(signed), **changes)
        octets = SealSignature.from_der(made.der()).signature_octets
        token = Token(world().tsa).over(octets) if stamped or untagged_stamp else None
        place = "untagged_timestamp" if untagged_stamp else "timestamp"
        return made.but(**{place: token}).der()

    return with_field(value=value)


def over_digest(cms: Cms, encode: Callable[[bytes], bytes] = lambda one: one) -> bytes:
    """The content is the digest of the document."""
    signer = world().signer

    def value(signed: bytes) -> bytes:
        return replace(cms, content=encode(digest(cms.digest_oid, signed))).over(signed, signer)

    return sign(base(), cms_field(cms, value=value)).data


class Stamped(Cms):
    """A time-stamp over the value as unsigned attribute."""

    def _signer(self, document: bytes, person: Person | Foreigner) -> bytes:
        value = self._value(encoded(SET, *self._attributes(document)), person)
        token = attribute(TIMESTAMP_TOKEN, Token(world().tsa).over(value))
        return Cms._signer(Cms(signature=value, unsigned=(token,)), document, person)


PSS = {"algorithm": RSA_PSS, "parameters": pss_parameters(salt=0), "salt": 0}


def by_foreigner(kind: str, **how: object) -> bytes:
    algorithm = RSA if kind.startswith("rsa") else ECDSA_SHA256
    cms = replace(Cms(digest_oid=SHA256_OID, algorithm=algorithm), **how)
    return signed_by_cms(cms, foreigner(kind)).data


def by_key() -> bytes:
    named = foreigner("p256").certificate.x509.extensions
    identifier = named.get_extension_for_class(SubjectKeyIdentifier).value.digest
    return by_foreigner("p256", by_key=identifier)


def by_our_press(kind: str, mode: str) -> bytes:
    """Sealed by this project's own issuing side, on a file that qpdf wrote."""
    people = world()
    credential = Credential(KeyUri.parse("soft:path=none"), people.signer.chain)
    containers = {
        "seal": lambda: SealContainer(people.seal, credential, people.maker.chain, people.signer.signer, "Qianyin.GMPkiLite", "GM.sm2seal"),
        "rfc5652": lambda: CmsContainer(credential, people.signer.signer, RFC_5652, "Adobe.PPKLite", "adbe.pkcs7.detached"),
        "gbt35275": lambda: CmsContainer(credential, people.signer.signer, GBT_35275, "Qianyin.GMPkiLite", "GM.pkcs7.detached"),
    }  # fmt: skip
    press = Sealer(containers[kind](), appearance_of(people.seal.picture), people.crls)
    page = UnsignedPdf(rewritten(document().data, mode))
    return press.seal(press.prepare(page, SealPlacement(0, 100, 100), now=NOW)).data


def rewritten(data: bytes, mode: str) -> bytes:
    """Let qpdf write the file: `classic`, `streams` or `linear`."""
    streams = pikepdf.ObjectStreamMode
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        pdf.save(
            out,
            object_stream_mode=streams.generate if mode == "streams" else streams.disable,
            linearize=mode == "linear",
            static_id=True,
        )
    return out.getvalue()


def certified(permission: int | None, then: Callable[[Document], Document]) -> bytes:
    allowed = b"" if permission is None else b"/P %d" % permission
    reference = (
        b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams"
        b" << /Type /TransformParams %s /V /1.2 >> >>]" % allowed
    )
    first = base()
    how = replace(
        sealing(world()), more=reference, catalog=b"/Perms << /DocMDP %d 0 R >>" % first.free
    )
    return then(sign(first, how)).data


def invisible(first: Document) -> Document:
    return sealed_again(first, rect=b"[0 0 0 0]", image=None)


def evidence_added(first: Document) -> Document:
    """A later revision adds a certificate to the store."""
    store = next(n for n, body in first.objects.items() if body.startswith(b"<< /Type /DSS"))
    extra = first.free
    grown = replaced(first.objects[store], b"/Certs [", b"/Certs [%d 0 R " % extra)
    return first.update({store: grown, extra: stream(world().ca.certificate.der)})


def with_short_lived(**changes: object) -> bytes:
    """The signer's certificate ends in twenty days; a time-stamp proves that it was good."""
    signer = world().ca.issue("Short-lived", end=SHORT)
    return with_people(signer, stamp=Token(world().tsa), **changes)


def revoked_after() -> bytes:
    signer = world().ca.issue("Revoked later")
    revoked = world().ca.crl({signer.certificate.serial: NOW + DAY}, this_update=NOW + 2 * DAY)
    return with_people(signer, stamp=Token(world().tsa), crls=(world().root.crl(), revoked))


SEALS: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("seal-v4", "A seal of GB/T 38540-2020", lambda: with_seal()),
    ("seal-v4-raw-value", "The document's value is r and s side by side", lambda: with_seal(raw_value=True)),
    ("seal-v4-raw-seal-value", "The seal's value is r and s side by side", lambda: as_others_write(seal_recipe(raw_value=True))),
    ("seal-v4-raw-both", "Both values are r and s side by side", lambda: as_others_write(seal_recipe(raw_value=True), raw_value=True)),
    ("seal-v4-by-digest", "The seal lists its signer by digest", lambda: as_others_write(seal_recipe(list_type=2, signers=digest_list(world().signer.certificate)))),
    ("seal-v4-two-signers", "The seal lists two signers", lambda: with_seal(new_seal(world().maker, world().ca.issue("Deputy"), world().signer))),
    ("seal-v4-utc-times", "The seal's times are UTCTime", lambda: as_others_write(seal_recipe(utc_time=True))),
    ("seal-v4-extension", "The seal has an extension of a vendor", lambda: as_others_write(seal_recipe(untagged=[extension()]))),
    ("seal-v4-extension-tagged", "The seal's extensions have a tag the standard leaves out", lambda: as_others_write(seal_recipe(tagged=[extension()]))),
    ("seal-v4-signature-extension", "The signature has an extension of a vendor", lambda: as_others_write(seal_recipe(), tagged=[extension()])),
    ("seal-v4-signature-extension-untagged", "The same without its tag", lambda: as_others_write(seal_recipe(), untagged=[extension()])),
    ("seal-v5", "A seal of GM/T 0031-2025", lambda: as_others_write(seal_recipe(version=5))),
    ("seal-v1", "A seal of GM/T 0031-2014", lambda: as_others_write(seal_recipe(version=1))),
    ("seal-v1-raw", "A seal of 2014 with raw values", lambda: as_others_write(seal_recipe(version=1, raw_value=True), raw_value=True)),
    ("seal-v1-stamp-as-time", "A time-stamp stands in the place of the time of 2014", lambda: as_others_write(seal_recipe(version=1), time_info=Token(world().tsa).over(b"x"))),
    ("seal-v1-extension", "A seal of 2014 with an extension of a vendor", lambda: as_others_write(seal_recipe(version=1, tagged=[extension()]))),
    ("seal-v5-raw", "A seal of 2025 with raw values", lambda: as_others_write(seal_recipe(version=5, raw_value=True), raw_value=True)),
    ("seal-v5-by-digest", "A seal of 2025 lists its signer by digest", lambda: as_others_write(seal_recipe(version=5, list_type=2, signers=digest_list(world().signer.certificate)))),
    ("seal-v5-stamped", "A seal of 2025, a time-stamp in the seal and another over the value", lambda: as_others_write(seal_recipe(version=5, timestamp=b"token"), stamped=True)),
    ("seal-v4-default-written", "An extension's default is written out", lambda: as_others_write(seal_recipe(untagged=[extension(critical=False)]))),
    ("seal-stamped", "A time-stamp over the value", lambda: with_seal(stamp=Token(world().tsa))),
    ("seal-stamped-sha256", "A time-stamp whose imprint is SHA-256", lambda: with_seal(stamp=Token(world().tsa, imprint_oid=SHA256_OID))),
    ("seal-stamped-without-certificate", "The time-stamp's certificate is in the file only", lambda: with_seal(stamp=Token(world().tsa, cms=Cms(content_type=TST_INFO, certificates=())))),
    ("seal-stamped-fraction", "A time-stamp with a fraction of a second", lambda: with_seal(stamp=Token(world().tsa, time_text=b"20260601120002.5Z"))),
    ("seal-stamped-untagged", "The time-stamp stands without its tag", lambda: as_others_write(seal_recipe(), untagged_stamp=True)),
    ("seal-invisible", "A seal that is not shown", lambda: with_field(rect=b"[0 0 0 0]", image=None)),
    ("seal-no-lists", "No revocation list, and no certificate names one", lambda: with_field(crls=())),
)  # fmt: skip

CMS_LAYOUTS: tuple[tuple[str, str, Cms], ...] = (
    ("cms", "RFC 5652 with SM2", Cms()),
    ("cms-gm", "GB/T 35275 with GM names", GM),
    ("cms-gm-501", "GM names, signature algorithm 1.2.156.10197.1.501", replace(GM, algorithm=SM2_SM3)),
    ("cms-gm-301", "GM names, signature algorithm 1.2.156.10197.1.301", replace(GM, algorithm="1.2.156.10197.1.301")),
    ("cms-gm-outside", "GM name outside, standard name inside", Cms(signed_data=GM_SIGNED_DATA)),
    ("cms-gm-inside", "Standard name outside, GM name inside", Cms(content_type=GM_DATA)),
    ("cms-no-null", "Algorithm without NULL", Cms(algorithm=SM2_ONE, parameters=b"")),
    ("cms-no-certificate", "The signer's certificate is in the file's store only", Cms(certificates=())),
    ("cms-no-time", "No signing time among the attributes", Cms(signing_time=None)),
    ("cms-two-signers", "Two signer infos by the same key", Cms(signers=2)),
    ("cms-two-people", "Two people sign beside each other", Cms(beside=(world().maker,))),
    ("cms-two-people-no-attributes", "Two people sign the document itself", Cms(attributes=False, beside=(world().maker,))),
    ("cms-unsorted", "Signed attributes in another order than DER's", Cms(unsorted=True)),
    ("cms-no-attributes", "No signed attributes: the value is over the document", WITHOUT),
    ("cms-gm-no-attributes", "GM names and no signed attributes", replace(GM, attributes=False)),
)  # fmt: skip

OTHERS: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("cms-chain-carried", "The whole chain is carried", lambda: signed_by_cms(Cms(certificates=world().signer.chain)).data),
    ("cms-lists-carried", "Revocation lists are carried", lambda: signed_by_cms(Cms(crls=world().crls()), crls=()).data),
    ("cms-names-certificate", "The attributes name the certificate by SM3", lambda: signed_by_cms(Cms(ess=ess_certificate(sm3(world().signer.certificate.der)))).data),
    ("cms-names-certificate-sha256", "The attributes name the certificate by SHA-256", lambda: signed_by_cms(Cms(ess=ess_certificate(digest(SHA256_OID, world().signer.certificate.der), oid=None))).data),
    ("cms-empty-certificate-set", "The set of certificates is there and empty", lambda: sign(base(), cms_field(Cms(), value=lambda signed: edited(Cms().over(signed, world().signer), CMS["certificates"], emptied))).data),
    ("cms-digest-as-content", "The content is the document's digest", lambda: over_digest(Cms())),
    ("cms-gm-digest-as-content", "The same with GM names", lambda: over_digest(GM)),
    ("cms-digest-as-content-no-attributes", "The same without attributes", lambda: over_digest(WITHOUT)),
    ("cms-digest-as-base64", "The content is the digest in Base64", lambda: over_digest(WITHOUT, b64encode)),
    ("cms-stamped", "A time-stamp over the CMS value", lambda: signed_by_cms(Stamped()).data),
    ("two-seals", "Two seals", lambda: sealed_again(genuine()).data),
    ("three-seals", "Three seals", lambda: sealed_again(sealed_again(genuine()), name=b"Seal3", rect=b"[10 300 123.386 413.386]").data),
    ("seal-then-cms", "A seal, then CMS", lambda: signed_by_cms(Cms(), on=genuine(), name=b"Second").data),
    ("cms-then-seal", "CMS, then a seal", lambda: sealed_again(signed_by_cms(Cms())).data),
    ("cms-then-gm", "CMS, then GM CMS", lambda: signed_by_cms(GM, on=signed_by_cms(Cms()), name=b"Second").data),
    ("seal-then-stamp", "A seal, then a document time-stamp", lambda: stamped(genuine()).data),
    ("stamp-then-seal", "A document time-stamp, then a seal", lambda: sealed(base=stamped(base())).data),
    ("two-seals-and-stamp", "Two seals and a document time-stamp", lambda: stamped(sealed_again(genuine())).data),
    ("evidence-added", "Evidence is added later", lambda: evidence_added(genuine()).data),
    ("version-raised", "The version is raised later, as with a new evidence store", lambda: genuine().update({1: replaced(genuine().objects[1], b"/Type /Catalog", b"/Type /Catalog /Version /2.0 /Extensions << >>")}).data),
    ("object-nobody-uses", "An object is added later that nothing refers to", lambda: genuine().update({90: b"(nobody)"}).data),
    ("certified-then-invisible", "A certification that allows signatures, then one", lambda: certified(2, invisible)),
    ("certified-comments-then-invisible", "A certification that allows comments, then a signature", lambda: certified(3, invisible)),
    ("certified-default-then-invisible", "A certification that names no permission, then a signature", lambda: certified(None, invisible)),
    ("certified-none", "A certification that allows nothing, and nothing follows", lambda: certified(1, lambda one: one)),
    ("on-object-streams", "The signed page lies in an object stream", lambda: sealed(base=base().update_compressed({3: base().objects[3]})).data),
    ("in-object-stream-then-seal", "A second seal on a page in an object stream", lambda: sealed_again(sealed(base=base().update_compressed({3: base().objects[3], 5: base().objects[5]}))).data),
    ("predictor", "The cross-reference stream is filtered row by row", lambda: sealed(base=base().update_compressed({5: base().objects[5]}, predictor=2)).data),
    ("expired-but-stamped", "The certificate has ended since; a time-stamp proves it was good", lambda: with_short_lived()),
    ("revoked-after-stamp", "The certificate was revoked after a time-stamp", revoked_after),
)  # fmt: skip


def _cases() -> Iterator[Case]:
    for id, why, build in SEALS:
        yield _case(id, why, build)
    for id, why, cms in CMS_LAYOUTS:
        yield _case(id, why, lambda c=cms: signed_by_cms(c).data)
    for id, why, build in OTHERS:
        yield _case(id, why, build, **MOMENTS.get(id, {}))
    yield from _by_foreigners()
    for kind in ("seal", "rfc5652", "gbt35275"):
        for mode in ("classic", "streams", "linear"):
            made = lambda k=kind, m=mode: by_our_press(k, m)
            yield _case(
                f"press-{kind}-{mode}", f"{kind} by our own issuing side, {mode} file", made
            )


def _by_foreigners() -> Iterator[Case]:
    for kind in ("p256", "rsa2048"):
        for attributes in (True, False):
            how = "with" if attributes else "without"
            made = lambda k=kind, a=attributes: by_foreigner(k, attributes=a)
            yield _case(
                f"{kind}-{how}-attributes",
                f"{kind} and SHA-256 {how} attributes",
                made,
                trust=("root", kind),
            )
    yield _case(
        "p256-by-key", "The signer is named by key identifier", by_key, trust=("root", "p256")
    )
    for attributes, how in ((True, "with"), (False, "without")):
        yield _case(
            f"rsa-pss-{how}-attributes",
            f"RSASSA-PSS and SHA-256 {how} attributes",
            lambda a=attributes: by_foreigner("rsa2048", attributes=a, **PSS),
            trust=("root", "rsa2048"),
        )


MOMENTS: dict[str, dict[str, object]] = {
    "expired-but-stamped": {"at": NOW + 25 * DAY},
    "revoked-after-stamp": {"at": NOW + 3 * DAY},
}


def _case(id: str, why: str, build: Callable[[], bytes], **more: object) -> Case:
    return Case(id, why, build, PASSED, Importance.HIGH, **more)


FAMILY = Family(
    "good",
    "Genuine files of every layout: these must pass",
    (*_cases(), *scopes.GOOD, *agreements.GOOD),
)
