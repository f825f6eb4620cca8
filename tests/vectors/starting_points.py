"""Genuine files that the cases start from, and the few ways in which they are signed."""

from dataclasses import replace
from functools import cache

from tests.fakes.pdf_documents import Document, document, stream
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import Field, sealed, sealing, sign
from tests.fakes.sm2_people import Foreigner, Person, Seal, World, new_seal, world

RED = stream(b"1 0 0 rg 0 0 600 850 re f")
FORM = stream(b"1 0 0 rg 0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
RECORD = b'{"ZZMC":"x"}'
ADOBE = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached"
CADES = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"
STAMP = b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161"
SEAL = b"/Type /Sig /Filter /Qianyin.GMPkiLite /SubFilter /GM.sm2seal"


RESOURCES = b"<< /Font << /F1 5 0 R >> >>"


def base(
    *,
    catalog: bytes = b"",
    page: bytes = b"",
    content: bytes = b"4 0 R",
    resources: bytes = RESOURCES,
    record: bytes = RECORD,
) -> Document:
    """A page with a font, an attached record and metadata."""
    objects = {
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %s"
        b" /Resources %s %s >>" % (content, resources, page),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        6: b"<< /Names [(licence.json) 7 0 R] >>",
        7: b"<< /Type /Filespec /F (licence.json) /UF (licence.json) /EF << /F 8 0 R >> >>",
        8: stream(record, b"/Type /EmbeddedFile"),
        9: stream(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>one</x:xmpmeta>", b"/Type /Metadata"),
    }
    entries = b"/Names << /EmbeddedFiles 6 0 R >> /Metadata 9 0 R %s" % catalog
    return document(objects, catalog=entries)


@cache
def genuine() -> Document:
    """One good seal on `base`."""
    return sealed(base=base())


@cache
def genuine_cms() -> Document:
    """One good CMS signature on `base`."""
    return signed_by_cms(Cms())


def with_seal(seal: Seal | None = None, **options: object) -> bytes:
    """Seal `base`; `options` go to `ses_value`."""
    return sealed(world(), base(), seal=seal or world().seal, **options).data


def with_field(**changes: object) -> bytes:
    """Seal `base` in a field that is changed."""
    return sign(base(), replace(sealing(world()), **changes)).data


def cms_field(cms: Cms, person: Person | Foreigner | None = None, **changes: object) -> Field:
    people = world()
    signer = person or people.signer
    how = Field(
        value=lambda signed: cms.over(signed, signer),
        entries=CADES,
        image=None,
        rect=b"[0 0 0 0]",
        dss=people.certificates,
        crls=people.crls(),
    )
    return replace(how, **changes)


def signed_by_cms(
    cms: Cms,
    person: Person | Foreigner | None = None,
    on: Document | None = None,
    **changes: object,
) -> Document:
    return sign(on or base(), cms_field(cms, person, **changes))


def sealed_again(first: Document, **changes: object) -> Document:
    """Put a second seal beside the first."""
    how = replace(sealing(world()), name=b"Seal2", rect=b"[300 300 413.386 413.386]")
    return sign(first, replace(how, **changes))


def stamped(first: Document, token: Token | None = None, **changes: object) -> Document:
    """Put a document time-stamp over everything."""
    how = Field(
        value=(token or Token(world().tsa)).over,
        name=b"Stamp1",
        entries=STAMP,
        image=None,
        rect=b"[0 0 0 0]",
        dss=world().certificates,
    )
    return sign(first, replace(how, **changes))


def with_people(signer: Person, maker: Person | None = None, **changes: object) -> bytes:
    """A seal by another signer, or of another maker, whose chains travel in the file."""
    people: World = world()
    who = maker or people.maker
    seal = changes.pop("seal", None) or new_seal(who, signer)
    crls = changes.pop("crls", people.crls())
    how = sealing(replace(people, signer=signer, maker=who, seal=seal), **changes)
    above = [one.der for one in (*signer.above, *who.above)]
    return sign(base(), replace(how, dss=(*how.dss, *above), crls=crls)).data


def replaced(body: bytes, old: bytes, new: bytes) -> bytes:
    assert old in body, (old, body)
    return body.replace(old, new, 1)
