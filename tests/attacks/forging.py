"""Forgeries of sealed files, by family: none of them may pass. Made without chance or clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore import SIGNER_ID_GM, sm3
from keystore.cms import CONTENT_TYPE, MESSAGE_DIGEST
from keystore.ses import SES_Signature
from keystore.sm2_backends import ORDER
from keystore.tlv import OCTET_STRING, SET, Tlv, encoded, encoded_oid
from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Cms, ses_value
from tests.fakes.signed_documents import Field, sealed, sealing, sign
from tests.fakes.sm2_people import DAY, NOW, Person, World, new_seal, picture, png, world

Made = Iterator[tuple[str, bytes]]

RED = stream(b"1 0 0 rg 0 0 600 850 re f")
FORM = stream(b"1 0 0 rg 0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
RECORD = b'{"ZZMC":"x"}'


def base() -> Document:
    """A page with a font, an outline of layers, a form field and an attached record."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>"
    )
    return document(
        {
            3: page,
            5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            6: b"<< /Names [(licence.json) 7 0 R] >>",
            7: b"<< /Type /Filespec /F (licence.json) /UF (licence.json) /EF << /F 8 0 R >> >>",
            8: stream(RECORD, b"/Type /EmbeddedFile"),
            9: stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>one</x:xmpmeta>", b"/Type /Metadata"),
        },
        catalog=b"/Names << /EmbeddedFiles 6 0 R >> /Metadata 9 0 R",
    )


def genuine() -> Document:
    """What every forgery starts from."""
    return sealed(base=base())


def _in(body: bytes, old: bytes, new: bytes) -> bytes:
    assert old in body, (old, body)
    return body.replace(old, new)


def byte_ranges() -> Made:
    """ByteRanges that lie, each with a digest that is right for a lenient reader."""
    lies: dict[str, Callable[[int, int, int], bytes]] = {
        "starts later": lambda a, b, c: b"[9 %d %d %d]" % (a - 9, b, c),
        "gap begins earlier": lambda a, b, c: b"[0 %d %d %d]" % (a - 1, b, c),
        "gap ends later": lambda a, b, c: b"[0 %d %d %d]" % (a, b + 1, c - 1),
        "gap inside the digits": lambda a, b, c: b"[0 %d %d %d]" % (a + 1, b - 1, c + 1),
        "overlapping": lambda a, b, c: b"[0 %d %d %d]" % (b, a, c + b - a),
        "no gap": lambda a, b, c: b"[0 %d %d %d]" % (a, a, b - a + c),
        "ends early": lambda a, b, c: b"[0 %d %d %d]" % (a, b, c - 7),
        "ends late": lambda a, b, c: b"[0 %d %d %d]" % (a, b, c + 7),
        "negative": lambda a, b, c: b"[0 %d %d -%d]" % (a, b, c),
        "negative start": lambda a, b, c: b"[-1 %d %d %d]" % (a, b, c),
        "minus zero": lambda a, b, c: b"[-0 %d %d %d.0]" % (a, b, c),
        "real": lambda a, b, c: b"[0. %d %d %d]" % (a, b, c),
        "huge": lambda a, b, c: b"[0 %d %d 99999999999]" % (a, b),
        "wraps around": lambda a, b, c: b"[0 %d %d 4294967296]" % (a, b),
        "two numbers": lambda a, b, c: b"[0 %d]" % (a + b + c),
        "three numbers": lambda a, b, c: b"[0 %d %d]" % (a, b),
        "five numbers": lambda a, b, c: b"[0 %d %d %d 0]" % (a, b, c),
        "six numbers": lambda a, b, c: b"[0 9 9 %d %d %d]" % (a - 9, b, c),
        "nested": lambda a, b, c: b"[[0 %d %d %d]]" % (a, b, c),
        "reference": lambda a, b, c: b"5 0 R",
        "reference inside": lambda a, b, c: b"[5 0 R %d %d %d]" % (a, b, c),
        "empty": lambda a, b, c: b"[]",
        "null": lambda a, b, c: b"null",
        "string": lambda a, b, c: b"(0 %d)" % a,
        "twice": lambda a, b, c: b"[0 1 2 3]/ByteRange[0 9 9 9]",
    }
    for name, lie in lies.items():
        yield name, sign(base(), replace(sealing(world()), byte_range=lie)).data
    disguised = {
        "contents twice": b"/Contents <00>",
        "range twice": b"/ByteRange [0 1 2 3]",
        "range twice in disguise": b"/Byte#52ange [0 1 2 3]",
        "another type": b"/Type /Font",
        "type twice": b"/Type /Sig",
    }
    for name, more in disguised.items():
        yield name, sign(base(), replace(sealing(world()), more=more)).data
    tokens: dict[str, Callable[[bytes], bytes]] = {
        "both cases": lambda digits: b"<A" + digits[1:-1] + b"a>",
        "white space": lambda digits: b"<" + digits[:-2] + b" \n>",
        "no digits": lambda digits: b"<" + b" " * len(digits) + b">",
        "zeros": lambda digits: b"<" + b"0" * len(digits) + b">",
        "padding not zero": lambda digits: b"<" + digits[:-2] + b"01>",
        "a string": lambda digits: b"(" + b"\\000" * (len(digits) // 4) + b")",
    }
    for name, token in tokens.items():
        yield f"contents: {name}", sign(base(), replace(sealing(world()), contents=token)).data


def _objects_changed(one: Document) -> dict[str, dict[int, bytes]]:
    page, catalog = one.objects[3], one.objects[1]
    widget = next(n for n, body in one.objects.items() if b"/Subtype /Widget" in body)
    value = next(n for n, body in one.objects.items() if b"/Contents <" in body)
    form = next(n for n, body in one.objects.items() if b"/Subtype /Form" in body)
    new = max(one.objects) + 1
    annots = page[page.index(b"/Annots [") :]

    def on_page(entry: bytes) -> bytes:
        return page.removesuffix(b">>") + entry + b" >>"

    def in_catalog(entry: bytes) -> bytes:
        return catalog.removesuffix(b">>") + entry + b" >>"

    def annotation(body: bytes) -> dict[int, bytes]:
        more = _in(page, annots, annots.replace(b"]", b" %d 0 R]" % new, 1))
        return {3: more, new: b"<< /Type /Annot /Rect [9 9 300 300] /F 4 " + body + b" >>"}

    return {
        "content stream": {4: RED},
        "contents of the page": {
            3: _in(page, b"/Contents 4 0 R", b"/Contents %d 0 R" % new),
            new: RED,
        },
        "contents as array": {
            3: _in(page, b"/Contents 4 0 R", b"/Contents [4 0 R %d 0 R]" % new),
            new: RED,
        },
        "font": {5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"},
        "resources": {3: _in(page, b"/F1 5 0 R", b"/F1 %d 0 R" % new), new: FORM},
        "rotate": {3: on_page(b"/Rotate 90")},
        "crop box": {3: on_page(b"/CropBox [0 0 9 9]")},
        "media box": {3: _in(page, b"595 842", b"595 84")},
        "user unit": {3: on_page(b"/UserUnit 2")},
        "page action": {3: on_page(b"/AA << /O << /S /JavaScript /JS (x) >> >>")},
        "group": {3: on_page(b"/Group << /S /Transparency >>")},
        "page added": {
            2: b"<< /Type /Pages /Kids [3 0 R %d 0 R] /Count 2 >>" % new,
            new: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        },
        "page taken away": {2: b"<< /Type /Pages /Kids [] /Count 0 >>"},
        "page twice": {2: b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"},
        "page tree replaced": {
            1: _in(catalog, b"/Pages 2 0 R", b"/Pages %d 0 R" % new),
            new: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>",
        },
        "tree attributes": {2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 180 >>"},
        "free text": annotation(b"/Subtype /FreeText /DA (/Helv 9 Tf) /Contents (2099)"),
        "stamp": annotation(b"/Subtype /Stamp /AP << /N %d 0 R >>" % form),
        "square": annotation(b"/Subtype /Square /IC [1 1 1]"),
        "link": annotation(b"/Subtype /Link /A << /S /URI /URI (http://x) >>"),
        "hidden text": annotation(b"/Subtype /Text /F 2"),
        "redaction": annotation(b"/Subtype /Redact /OverlayText (x)"),
        "text field": annotation(b"/Subtype /Widget /FT /Tx /T (a) /V (b)"),
        "button": annotation(b"/Subtype /Widget /FT /Btn /T (a) /A << /S /JavaScript >>"),
        "empty signature field": annotation(b"/Subtype /Widget /FT /Sig /T (a)"),
        "field with the same value": annotation(
            b"/Subtype /Widget /FT /Sig /T (a) /V %d 0 R" % value
        ),
        "annotations taken away": {3: _in(page, annots, b">>")},
        "widget moved": {widget: _in(one.objects[widget], b"[100 100", b"[200 100")},
        "widget hidden": {widget: _in(one.objects[widget], b"/F 132", b"/F 134")},
        "widget's picture": {
            widget: _in(one.objects[widget], b"/N %d 0 R" % form, b"/N %d 0 R" % new),
            new: FORM,
        },
        "widget's value": {widget: _in(one.objects[widget], b"/V %d 0 R" % value, b"/V 4 0 R")},
        "widget without value": {widget: _in(one.objects[widget], b"/V %d 0 R" % value, b"")},
        "picture": {form: FORM},
        "value replaced": {value: b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"},
        "value copied": {value: one.objects[value]},
        "form without fields": {1: catalog[: catalog.index(b"/AcroForm")] + b">>"},
        "need appearances": {1: _in(catalog, b"/SigFlags 3", b"/SigFlags 3 /NeedAppearances true")},
        "xfa": {1: _in(catalog, b"/SigFlags 3", b"/SigFlags 3 /XFA %d 0 R" % new), new: RED},
        "layers": {1: in_catalog(b"/OCProperties << /OCGs [] /D << >> >>")},
        "open action": {1: in_catalog(b"/OpenAction << /S /JavaScript /JS (x) >>")},
        "destination": {1: in_catalog(b"/OpenAction [3 0 R /Fit]")},
        "names": {1: in_catalog(b"/Dests << >>")},
        "script": {6: b"<< /Names [(licence.json) 7 0 R] /JavaScript << >> >>"},
        "attached file": {8: stream(b'{"ZZMC":"y"}', b"/Type /EmbeddedFile")},
        "attached file's name": {7: b"<< /Type /Filespec /F (x) /EF << /F 8 0 R >> >>"},
        "second attached file": {6: b"<< /Names [(licence.json) 7 0 R (a) 7 0 R] >>"},
        "other attachments": {
            1: _in(catalog, b"/EmbeddedFiles 6 0 R", b"/EmbeddedFiles %d 0 R" % new),
            new: b"<< /Names [] >>",
        },
        "metadata": {9: stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>two</x:xmpmeta>")},
        "metadata elsewhere": {1: _in(catalog, b"/Metadata 9 0 R", b"/Metadata 4 0 R")},
        "page labels": {1: in_catalog(b"/PageLabels << /Nums [] >>")},
        "viewer preferences": {1: in_catalog(b"/ViewerPreferences << /HideToolbar true >>")},
        "portfolio": {1: in_catalog(b"/Collection << >>")},
        "catalog's own actions": {1: in_catalog(b"/AA << >>")},
        "pages twice": {1: in_catalog(b"/Pages 4 0 R")},
    }


def later_revisions() -> Made:
    """Everything a later revision may do to what was sealed, in three ways of writing."""
    one = genuine()
    for name, changed in _objects_changed(one).items():
        yield name, one.update(changed).data
        yield (
            f"{name}, compressed",
            one.update_compressed({n: b for n, b in changed.items() if b"stream" not in b}).data
            if not any(b"stream" in b for b in changed.values())
            else one.update({**changed, 900: b"null"}).data,
        )


def structures() -> Made:
    """Cross-references that lie, and bytes where none belong."""
    one = genuine()
    data, start = one.data, one.start
    evil = (
        b"3 0 obj\n" + _in(one.objects[3], b"/Contents 4 0 R", b"/Contents 99 0 R") + b"\nendobj\n"
    )
    evil += b"99 0 obj\n" + RED + b"\nendobj\n"

    def tail(
        rows: bytes, trailer: bytes, before: bytes = evil, startxref: int | None = None
    ) -> bytes:
        table = len(data + before)
        return (
            data
            + before
            + b"xref\n%strailer\n<< /Size 100 /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
            % (
                rows,
                trailer,
                table if startxref is None else startxref,
            )
        )

    at = len(data)
    row = b"3 1\n%010d 00000 n \n" % at
    prev = b"/Prev %d" % start
    yield "page listed", tail(row, prev)
    yield "page unlisted", tail(b"", prev)
    yield "no Prev", tail(row, b"")
    yield "Prev is itself", tail(row, b"/Prev %d" % (at + len(evil)))
    yield "Prev points forward", tail(row, b"/Prev %d" % (at + 10**6))
    yield "Prev is negative", tail(row, b"/Prev -1")
    yield "Prev is real", tail(row, b"/Prev %d.0" % start)
    yield "Prev is a reference", tail(row, b"/Prev 5 0 R")
    yield "Prev twice", tail(row, prev + b" /Prev 0")
    yield "Prev skips the sealed revision", tail(row, b"/Prev %d" % data.index(b"xref\n0"))
    yield "another root", tail(row, prev.replace(b"/Prev", b"/Root 2 0 R /Prev"))
    yield "hidden in XRefStm", tail(row, prev + b" /XRefStm %d" % at)
    yield "freed page", tail(b"3 1\n0000000000 00001 f \n", prev)
    yield "freed value", tail(b"12 1\n0000000000 00001 f \n", prev)
    yield "another generation", tail(row.replace(b"00000 n", b"00001 n"), prev)
    yield "row twice", tail(row + row, prev)
    yield "short rows", tail(row.replace(b" \n", b"\n"), prev)
    yield "into the signed bytes", tail(b"4 1\n%010d 00000 n \n" % data.index(b"5 0 obj"), prev)
    yield "old table once more", tail(b"", prev, startxref=start)
    yield "encrypted", tail(row, prev + b" /Encrypt << /Filter /Standard >>")
    yield (
        "a stream for a trailer",
        data
        + evil
        + (
            b"xref\n99 1\n%010d 00000 n \ntrailer\n<< /Size 100 /Root 1 0 R /Prev %d /Length 2 >>\n"
            b"stream\nxx\nendstream\nstartxref\n%d\n%%%%EOF\n"
            % (at + evil.index(b"99 0 obj"), start, at + len(evil))
        ),
    )
    yield "bytes in front", b"\n" + data
    yield "another header in front", b"%PDF-1.4\n" + data
    yield "one byte behind", data + b"x"
    yield "white space behind", data + b"\n"
    yield "objects behind", data + evil
    yield "a second end", data + b"startxref\n%d\n%%%%EOF\n" % start
    yield "a second end that is wrong", data + b"startxref\n0\n%%EOF\n"
    yield "cut off", data[:-1].rstrip(b"\n%EOF")
    yield "cut to the first revision", data[: data.index(b"%%EOF") + 6] + data[-40:]
    yield "another version", data.replace(b"%PDF-1.7", b"%PDF-1.4", 1)
    yield "whole file twice", data + data
    for name, old, new in (
        ("root", b"/Root 1 0 R", b"/Root 2 0 R"),
        ("startxref", b"startxref\n", b"startxref\r"),
        ("first table", b"00000 n ", b"00000 f "),
        ("page size", b"595 842", b"595 841"),
        ("filter", b"/Qianyin.GMPkiLite", b"/Qianyin.GMPkiLitf"),
        ("object word", b"4 0 obj", b"4 0 obk"),
    ):
        yield f"flipped {name}", data.replace(old, new, 1)


def _nodes(der: bytes, at: int = 0, depth: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield tag, begin and end of every value inside, as deep as the seal and no certificate."""
    end = at + len(Tlv._read(der[at:], _length(der[at:])).der)
    yield der[at], at, end
    if der[at] & 0x20 and depth < 5:
        header = end - at - len(Tlv._read(der[at:], end - at).body)
        position = at + header
        while position < end:
            yield from _nodes(der, position, depth + 1)
            position += _length(der[position:])


def _length(der: bytes) -> int:
    from keystore import der_length

    return der_length(der)


def tampered_values() -> Made:
    """Every value inside SES_Signature: changed, emptied, its tag changed, its length not DER."""
    people = world()

    def made(change: Callable[[bytes], bytes]) -> bytes:
        field = replace(sealing(people), value=lambda signed: change(ses_value(people, signed)))
        return sign(base(), field).data

    sample = ses_value(people, b"sample")
    tags = [(tag, number) for number, (tag, _, _) in enumerate(_nodes(sample))]
    for tag, number in tags:

        def flipped(der: bytes, number: int = number) -> bytes:
            _, _, end = list(_nodes(der))[number]
            return der[: end - 1] + bytes((der[end - 1] ^ 1,)) + der[end:]

        def retagged(der: bytes, number: int = number) -> bytes:
            _, begin, _ = list(_nodes(der))[number]
            return der[:begin] + bytes((der[begin] ^ 0x40,)) + der[begin + 1 :]

        yield f"node {number} (0x{tag:02x}) flipped", made(flipped)
        yield f"node {number} (0x{tag:02x}) retagged", made(retagged)


def _framed(der: bytes, **parts: object) -> bytes:
    frame = asn1.decode_der(SES_Signature, der)
    values = {
        name: getattr(frame, name)
        for name in (
            "toSign",
            "cert",
            "signatureAlgID",
            "signature",
            "timeStamp",
            "timeStampUntagged",
        )
    }
    return asn1.encode_der(SES_Signature(**{**values, **parts}))


def seals() -> Made:
    """Seals that are real in all but one thing."""
    people, others = world(), world("other")
    ca: Person = people.ca
    stranger = ca.issue("Stranger")
    late = ca.issue("Late", start=NOW - DAY, end=NOW + DAY)
    expired = ca.issue("Expired", start=NOW - 90 * DAY, end=NOW - 80 * DAY)
    wrong_use = ca.issue("Wrong use", uses=frozenset({"key_agreement"}))
    leaf_as_ca = people.signer.issue("Under a leaf")
    self_made = others.root

    def given(at: World = people, **options: object) -> bytes:
        return sealed(at, base(), **options).data

    yield "another deployment", sign(base(), sealing(others)).data
    yield (
        "another deployment with our evidence",
        sign(base(), replace(sealing(others), dss=people.certificates, crls=people.crls())).data,
    )
    yield "our seal, their signer", given(signer=others.signer)
    yield "our seal, unlisted signer", given(signer=stranger)
    yield "their seal, our signer", given(seal=others.seal)
    yield "their maker, our signer", given(seal=new_seal(others.maker, people.signer))
    yield "maker is the signer's leaf", given(seal=new_seal(leaf_as_ca, people.signer))
    yield "signer under a leaf", given(seal=new_seal(people.maker, leaf_as_ca), signer=leaf_as_ca)
    yield "self-signed signer", given(seal=new_seal(people.maker, self_made), signer=self_made)
    yield "key of another", given(key=stranger)
    yield "digest of nothing", given(data_hash=sm3(b""))
    yield "digest of other bytes", given(data_hash=sm3(b"x"))
    yield "empty digest", given(data_hash=b"")
    yield "version 1", given(version=1)
    yield "version 3", given(version=3)
    yield "unused bits", given(unused_bits=3)
    yield "RSA by name", given(algorithm="1.2.840.113549.1.1.11")
    yield "ECDSA by name", given(algorithm="1.2.840.10045.4.3.2")
    yield "SM3 alone by name", given(algorithm="1.2.156.10197.1.401")
    yield "from the future", given(signed_at=NOW + DAY)
    yield "before the certificate", given(signed_at=NOW - 2000 * DAY)
    yield "before the seal", given(signed_at=NOW - 60 * DAY)
    yield "after the seal", given(signed_at=NOW + 600 * DAY)
    yield (
        "before the signer's certificate",
        given(seal=new_seal(people.maker, late), signer=late, signed_at=NOW - 2 * DAY),
    )
    yield (
        "expired signer",
        given(
            seal=new_seal(people.maker, expired, created=NOW - 95 * DAY, start=NOW - 95 * DAY),
            signer=expired,
            signed_at=NOW - 85 * DAY,
        ),
    )
    yield "key for something else", given(seal=new_seal(people.maker, wrong_use), signer=wrong_use)
    yield "seal out of force", given(seal=new_seal(people.maker, people.signer, end=NOW - DAY))
    yield (
        "seal not yet in force",
        given(seal=new_seal(people.maker, people.signer, start=NOW + DAY)),
    )
    yield (
        "another picture in the seal",
        given(seal=new_seal(people.maker, people.signer, picture=png(picture((0, 0, 200))))),
    )
    yield "another size in the seal", given(seal=new_seal(people.maker, people.signer, size_mm=58))
    yield "a broken token", given(bad_stamp=b"\x30\x03\x02\x01\x01")
    yield from _values(people)
    yield from _shown(people)
    yield from _evidence(people, others)


def _values(people: World) -> Made:
    def signature(change: Callable[[bytes], bytes]) -> bytes:
        def value(signed: bytes) -> bytes:
            der = ses_value(people, signed, raw_value=True)
            octets = asn1.decode_der(SES_Signature, der).signature.as_bytes()
            return _framed(der, signature=asn1.BitString(change(octets), 0))

        return sign(base(), replace(sealing(people), value=value)).data

    n = ORDER.to_bytes(32, "big")

    def plus_order(octets: bytes) -> bytes:
        s = int.from_bytes(octets[32:], "big") + ORDER
        return octets[:32] + s.to_bytes(33, "big")

    def negated(octets: bytes) -> bytes:
        return octets[:32] + (ORDER - int.from_bytes(octets[32:], "big")).to_bytes(32, "big")

    yield "s plus the order", signature(plus_order)
    yield "s negated", signature(negated)
    yield "r and s exchanged", signature(lambda octets: octets[32:] + octets[:32])
    yield "zero", signature(lambda _: bytes(64))
    yield "the order", signature(lambda _: n + n)
    yield "empty value", signature(lambda _: b"")
    yield "raw with a tail", signature(lambda octets: octets + b"\0")
    yield "value of nobody", signature(lambda _: b"\1" * 64)
    yield from _frames(people)


def _frames(people: World) -> Made:

    def other_id(signed: bytes) -> bytes:
        der = ses_value(people, signed)
        body = asn1.encode_der(asn1.decode_der(SES_Signature, der).toSign)
        made = people.signer.signer.sign(body, signer_id=b"8765432187654321")
        return _framed(der, signature=asn1.BitString(made.to_der(), 0))

    yield "another signer id", sign(base(), replace(sealing(people), value=other_id)).data

    def other_certificate(signed: bytes) -> bytes:
        return _framed(ses_value(people, signed), cert=people.maker.certificate.der)

    yield (
        "maker's certificate beside it",
        sign(base(), replace(sealing(people), value=other_certificate)).data,
    )

    def unknown_algorithm(signed: bytes) -> bytes:
        return _framed(ses_value(people, signed), signatureAlgID=ObjectIdentifier("1.2.3.4"))

    yield "unknown algorithm", sign(base(), replace(sealing(people), value=unknown_algorithm)).data

    def padded_length(signed: bytes) -> bytes:
        der = ses_value(people, signed)
        return der[:1] + b"\x83\0" + der[2:]

    long_form = replace(sealing(people), value=padded_length)
    yield "length with a leading zero", sign(base(), long_form).data
    indefinite = replace(
        sealing(people),
        value=lambda signed: b"\x30\x80" + Tlv.from_der(ses_value(people, signed)).body + b"\0\0",
    )
    yield "indefinite length", sign(base(), indefinite).data


def _shown(people: World) -> Made:
    how = sealing(people)
    yield "another picture on the page", sign(base(), replace(how, image=picture((0, 0, 200)))).data
    yield "no appearance", sign(base(), replace(how, image=None)).data
    yield "another size", sign(base(), replace(how, rect=b"[100 100 400 400]")).data
    yield "one point too large", sign(base(), replace(how, rect=b"[100 100 230 230]")).data
    for entry in (b"/OC 5 0 R", b"/MK << /CA (x) >>", b"/BS << /W 9 >>", b"/AA << >>"):
        yield f"widget with {entry.decode()}", sign(base(), replace(how, widget=entry)).data
    yield "not in the form", sign(base(), replace(how, in_form=False)).data


def _evidence(people: World, others: World) -> Made:
    ca, root = people.ca, people.root
    how = sealing(people)
    revoked = ca.crl({people.signer.certificate.serial: NOW - 5 * DAY})
    yield "revoked signer", sign(base(), replace(how, crls=(root.crl(), revoked))).data
    maker_gone = ca.crl({people.maker.certificate.serial: NOW - 5 * DAY})
    yield "revoked maker", sign(base(), replace(how, crls=(root.crl(), maker_gone))).data
    ca_gone = root.crl({ca.certificate.serial: NOW - 5 * DAY})
    yield "revoked CA", sign(base(), replace(how, crls=(ca_gone, ca.crl()))).data
    stale = ca.crl(
        {people.signer.certificate.serial: NOW - 50 * DAY},
        this_update=NOW - 40 * DAY,
        next_update=NOW - 30 * DAY,
    )
    yield "revoked in a stale list", sign(base(), replace(how, crls=(root.crl(), stale))).data
    yield (
        "revoked beside a fresh list",
        sign(base(), replace(how, crls=(root.crl(), ca.crl(), revoked))).data,
    )
    yield "no certificates", sign(base(), replace(how, dss=())).data
    their = sealing(others)
    poisoned = (*others.certificates, *people.certificates)
    yield "their chain beside ours", sign(base(), replace(their, dss=poisoned)).data


def cms() -> Made:
    """CMS containers by the right person, wrong in one thing."""
    people = world()
    attribute = encoded(0x30, encoded_oid(CONTENT_TYPE), encoded(SET, encoded_oid("1.2.3")))
    digest_twice = encoded(
        0x30, encoded_oid(MESSAGE_DIGEST), encoded(SET, encoded(OCTET_STRING, b"x" * 32))
    )
    wrong: dict[str, Cms] = {
        "digest of others": Cms(stated_digest=sm3(b"x")),
        "no digest": Cms(left_out=frozenset({MESSAGE_DIGEST})),
        "no content type": Cms(left_out=frozenset({CONTENT_TYPE})),
        "another content type": Cms(stated_type="1.2.3"),
        "content type twice": Cms(more_attributes=(attribute,)),
        "digest twice": Cms(more_attributes=(digest_twice,)),
        "content of others": Cms(content=b"x"),
        "content of nobody": Cms(content=b""),
        "RSA by name": Cms(algorithm="1.2.840.113549.1.1.1"),
        "ECDSA by name": Cms(algorithm="1.2.840.10045.4.3.2"),
        "SHA-1": Cms(digest_oid="1.3.14.3.2.26"),
        "parameters": Cms(parameters=b"\x02\x01\x01"),
        "key of another": Cms(bad_key=people.maker),
        "no certificate": Cms(certificates=()),
        "certificate of another": Cms(certificates=(people.maker.certificate,)),
        "bare digest": Cms(attributes=False, bare_digest=True),
        "zero signature": Cms(signature=bytes(64)),
        "signature of nobody": Cms(signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"),
        "version 2": Cms(version=2),
        "version 5": Cms(version=5),
        "another version of the signer": Cms(signer_version=2),
        "names another certificate": Cms(ess=sm3(b"x")),
        "unknown digest announced": Cms(announced=("1.2.3.4",)),
        "from the future": Cms(signing_time=NOW + timedelta(days=2)),
        "before the certificate": Cms(signing_time=NOW - timedelta(days=2000)),
        "unknown key identifier": Cms(by_key=b"x" * 20),
        "not signed data": Cms(signed_data="1.2.840.113549.1.7.1"),
        "a stranger's certificate beside it": Cms(
            certificates=(people.signer.certificate, world("other").root.certificate)
        ),
    }
    entries = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"
    for name, how in wrong.items():
        field = Field(
            value=lambda signed, how=how: how.over(signed, people.signer),
            entries=entries,
            image=None,
            rect=b"[0 0 0 0]",
            dss=tuple(one for one in people.certificates if "no certificate" != name),
            crls=people.crls(),
        )
        if name in {"no certificate", "certificate of another", "unknown key identifier"}:
            field = replace(field, dss=(people.root.certificate.der, people.ca.certificate.der))
        yield name, sign(base(), field).data


FAMILIES: dict[str, Callable[[], Made]] = {
    "byte ranges": byte_ranges,
    "later revisions": later_revisions,
    "structures": structures,
    "tampered values": tampered_values,
    "seals": seals,
    "cms": cms,
}

__all__ = ["FAMILIES", "SIGNER_ID_GM", "genuine"]
