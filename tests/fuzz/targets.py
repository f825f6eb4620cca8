"""What is fuzzed: readers of strangers' bytes, their seeds, and what must hold of any input."""

import json
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from api.errors import ExaminationDied, MalformedUpload
from api.examination.findings import Findings, from_json, to_json
from api.strict_json import parse_json
from api.uploads import receive_upload
from keystore import SIGNER_ID_GM, Certificate, KeyUri, RevocationList, Seal, SealSignature
from keystore.cms import CmsSignature
from keystore.errors import KeystoreError
from keystore.tlv import Tlv
from tests.fakes.pdf_documents import document, stream
from tests.fakes.seals import SealRecipe, SignatureRecipe
from tests.fakes.signature_values import GM, Cms, Token, ses_value
from tests.fakes.signed_documents import Field, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import NOW, new_seal, picture, png
from tests.fuzz import evidence_targets
from tests.fuzz.bound import says_what_it_said
from tests.fuzz.target import ASN1, PEOPLE, Target
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Indication,
    TrustAnchors,
    VerifyError,
    read_metadata,
    read_upload,
    verify_pdf,
)
from verify.claimed_time import pdf_date, utc_time
from verify.containers import BadContainer, read_container
from verify.report_json import report_to_json
from verify.timestamps import BadToken, read_token
from verify.xmp import same_but_dates

ANCHORS = TrustAnchors((PEOPLE.root.certificate,))
SMALL = replace(
    DEFAULT_LIMITS,
    file_bytes=1_000_000,
    pages=20,
    objects=2_000,
    revisions=20,
    expansion_bytes=1_000_000,
    signatures=8,
    form_fields=200,
    evidence_bytes=200_000,
    picture_pixels=250_000,
)


def _tree(der: bytes) -> None:
    pending = [Tlv.from_der(der)]
    while pending:
        one = pending.pop()
        for read in (one.integer, one.oid, one.octets):
            try:
                read()
            except KeystoreError:
                pass
        if one.tag & 0x20:
            pending.extend(one.children())


def _seal(der: bytes) -> None:
    one = Seal.from_der(der)
    _ = one.lists(PEOPLE.signer.certificate), one.is_valid_at(NOW)
    one.verify_maker_signature(signer_id=SIGNER_ID_GM)


def _signature(der: bytes) -> None:
    SealSignature.from_der(der).verify_value(signer_id=SIGNER_ID_GM)


def _certificate(der: bytes) -> None:
    one = Certificate.from_der(der)
    assert one.common_name is not None
    _ = one.organization, one.not_before, one.not_after, one.subject_der, one.issuer_der, one.serial
    PEOPLE.ca.certificate.verify_issued(one, signer_id=SIGNER_ID_GM)


def _revocation_list(der: bytes) -> None:
    one = RevocationList.from_der(der)
    one.verify_issued_by(PEOPLE.ca.certificate, signer_id=SIGNER_ID_GM)


def _token(der: bytes) -> None:
    known = (PEOPLE.tsa.certificate,)
    read_token(CmsSignature.from_der(der), lambda name: bytes(32), QIANYIN_DEFAULT, known)


def _pem(data: bytes) -> None:
    Certificate.load_pem_chain(data)


def _uri(data: bytes) -> None:
    uri = KeyUri.parse(data.decode("utf-8", "replace"))
    assert KeyUri.parse(str(uri)) == uri


def _times_and_packets(data: bytes) -> None:
    for moment in (pdf_date(data), utc_time(data)):
        assert moment is None or moment.tzinfo is not None
    same_but_dates(data, data[::-1])


def _json(data: bytes) -> None:
    parse_json(data)


def _passes(data: bytes) -> bool:
    readable = read_upload(data, limits=SMALL)
    report = verify_pdf(readable, anchors=ANCHORS, policy=QIANYIN_DEFAULT, at=NOW)
    record = read_metadata(readable)
    json.dumps(report_to_json(report), allow_nan=False)
    assert from_json(to_json(Findings(report, record))).report == report
    return report.indication is Indication.TOTAL_PASSED


def _pdf(data: bytes) -> None:
    """Whatever passes begins with what was signed; later upkeep may follow."""
    assert not _passes(data) or data.startswith(_GENUINE)


def _contents(data: bytes) -> None:
    """Put the bytes into /Contents of a file whose signature is right but for them."""
    digits = data.hex().encode()
    if len(digits) <= len(_PLACE) and _passes(digits.ljust(len(_PLACE), b"0").join(_FRAME)):
        assert any(says_what_it_said(one, data) for one in _RIGHT)


def _findings(data: bytes) -> None:
    from_json(data)


def _finish(coroutine: Coroutine[Any, Any, object]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("the parser waits for something")


def _form(data: bytes) -> None:
    """The first line is the content type, the second byte of it the size of the pieces."""
    kind, _, body = data.partition(b"\n")
    size = 1 + (kind[1] if len(kind) > 1 else 64)
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]

    async def receive() -> dict[str, object]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind)]}
    _finish(receive_upload(Request(scope, receive)))


def _by(cms: Cms) -> Field:
    return Field(
        value=lambda signed: cms.over(signed, PEOPLE.signer),
        dss=PEOPLE.certificates,
        crls=PEOPLE.crls(),
        image=None,
        room=1200,
    )


def _genuine() -> Iterator[bytes]:
    yield _SEALED.data
    yield sealed(PEOPLE, stamp=Token(PEOPLE.tsa)).data
    yield sign(document(), _by(GM)).data
    once = sign(document(), _by(Cms()))
    yield once.data
    yield sign(once, replace(_by(Cms()), name=b"S2")).data
    record = {
        6: b"<< /Names [(licence.json) 7 0 R] >>",
        7: b"<< /Type /Filespec /F (licence.json) /EF << /F 8 0 R >> >>",
        8: stream(b'{"ZZMC":"x"}', b"/Type /EmbeddedFile"),
    }
    base = document(record, catalog=b"/Names << /EmbeddedFiles 6 0 R >>")
    yield sealed(PEOPLE, base).data


def _documents() -> Iterator[bytes]:
    yield from _GENUINE
    one = _SEALED
    yield one.update_compressed({30: b"<< /A 1 >>"}).data
    yield one.update_compressed({30: b"<< /A 1 >>"}, predictor=4).data
    yield one.update({4: stream(b"1 0 0 rg")}).data
    yield b"\n" + one.data
    yield one.data[:-20]


def _values() -> Iterator[bytes]:
    yield ses_value(PEOPLE, b"m")
    yield ses_value(PEOPLE, b"m", stamp=Token(PEOPLE.tsa))
    for cms in (Cms(), GM, Cms(attributes=False), Cms(content=b"m"), Cms(signers=3)):
        yield cms.over(b"m", PEOPLE.signer)


_SEALED = sealed(PEOPLE)
_GENUINE = tuple(_genuine())
_PLACE = b"0" * 16_000
_UNSIGNED = sign(document(), replace(sealing(PEOPLE), value=lambda _: b"")).data
_FRAME = (
    _UNSIGNED[: _UNSIGNED.index(_PLACE)],
    _UNSIGNED[_UNSIGNED.index(_PLACE) + len(_PLACE) :],
)
_SIGNED = _FRAME[0].removesuffix(b"<") + _FRAME[1].removeprefix(b">")
_RIGHT = (ses_value(PEOPLE, _SIGNED), Cms().over(_SIGNED, PEOPLE.signer))
_BOUNDARY = b"multipart/form-data; boundary=x\n"
_FORMS = (
    _BOUNDARY
    + b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF\r\n--x--\r\n',
    _BOUNDARY + b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    b'multipart/form-data; boundary="y y"; charset=utf-7\n--y y\r\nContent-Disposition: form-data;'
    b" name=file; filename*=UTF-8''%e4%b8%ad\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--y y--",
)


def _reports() -> Iterator[bytes]:
    for one in _GENUINE:
        report = report_on(one, PEOPLE)
        yield to_json(Findings(report, {"ZZMC": "x"}))


TARGETS: dict[str, Target] = {
    "tlv": Target(_tree, _values, ASN1),
    "seal": Target(
        _seal,
        lambda: (
            PEOPLE.seal.der,
            SealRecipe(version=1).der(),
            SealRecipe().der(),
            new_seal(PEOPLE.maker, PEOPLE.signer, picture=png(picture())).der,
        ),
        ASN1,
    ),
    "seal_signature": Target(
        _signature,
        lambda: (
            *list(_values())[:2],
            SignatureRecipe().der(),
            SignatureRecipe(version=1).der(),
            SignatureRecipe(raw_value=True).der(),
        ),
        ASN1,
    ),
    "cms": Target(CmsSignature.from_der, lambda: list(_values())[2:], ASN1),
    "certificate": Target(_certificate, lambda: PEOPLE.certificates, ASN1),
    "revocation_list": Target(_revocation_list, PEOPLE.crls, ASN1),
    "token": Target(_token, lambda: (Token(PEOPLE.tsa).over(b"m"),), (*ASN1, BadToken)),
    "container": Target(read_container, _values, (BadContainer,)),
    "pem": Target(_pem, lambda: (PEOPLE.root.certificate.to_pem(),), ASN1),
    "key_uri": Target(
        _uri,
        lambda: (b"soft:path=keys/a.key?pin-source=secrets/keys.pass", b"pkcs11:token=%e4%b8%ad"),
        ASN1,
    ),
    "times_and_packets": Target(
        _times_and_packets,
        lambda: (
            b"D:20261123120000+08'00'",
            b"\x17\x0d261123120000Z",
            b"\x18\x0f20261123120000Z",
            b"<x xmp:ModifyDate='1'><xmp:MetadataDate>2</xmp:MetadataDate></x>",
        ),
        (),
    ),
    "json": Target(
        _json, lambda: (b'{"a":[1,2.5e3,"\\u4e2d",null,true]}',), (json.JSONDecodeError,)
    ),
    "form": Target(_form, lambda: _FORMS, (MalformedUpload,)),
    "findings": Target(_findings, _reports, (ExaminationDied,)),
    "contents": Target(_contents, lambda: _RIGHT, (VerifyError,)),
    "pdf": Target(_pdf, _documents, (VerifyError,)),
    **evidence_targets.TARGETS,
}
