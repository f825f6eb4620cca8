import pytest

from tests.fakes.pdf_documents import Document, document, flate, stream
from tests.fakes.signed_documents import code_of, report_on, sealing, sign
from tests.fakes.sm2_people import world
from verify import Code
from verify.report import CheckName
from verify.xmp import same_but_dates

PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    b' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:zz="urn:zz">'
    b'<rdf:Description rdf:about="" xmp:MetadataDate="2026-06-01">'
    b"<xmp:ModifyDate>2026-06-01</xmp:ModifyDate><zz:ZZBS>A</zz:ZZBS>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def test_dates_may_differ_and_nothing_else() -> None:
    assert same_but_dates(PACKET, PACKET.replace(b"-01", b"-02"))
    assert same_but_dates(PACKET, PACKET.replace(b' xmp:MetadataDate="2026-06-01"', b""))
    assert not same_but_dates(PACKET, PACKET.replace(b">A<", b">B<"))
    hidden = PACKET.replace(b">2026-06-01<", b"><zz:ZZBS>B</zz:ZZBS><")
    assert not same_but_dates(PACKET, hidden)


def later(body: bytes) -> str:
    base = document({20: stream(PACKET, b"/Type /Metadata")}, catalog=b"/Metadata 20 0 R")
    signed: Document = sign(base, sealing(world()))
    return code_of(report_on(signed.update({20: body})), CheckName.CHANGES)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (flate(PACKET.replace(b"-01", b"-02"), b"/Type /Metadata"), Code.ONLY_UPKEEP_LATER),
        (flate(PACKET.replace(b">A<", b">B<")), Code.CHANGED_AFTER_SEALING),
        (b"17", Code.CHANGED_AFTER_SEALING),
        (b"<< >>", Code.CHANGED_AFTER_SEALING),
        (stream(PACKET, b"/Filter /LZWDecode"), Code.CHANGED_AFTER_SEALING),
    ],
)
def test_the_record_in_the_metadata_may_not_change_after_sealing(body: bytes, code: str) -> None:
    assert later(body) == code
