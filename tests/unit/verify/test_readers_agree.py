"""Two readers must see the same signature; what one of them might read otherwise is compared."""

from dataclasses import replace

import pikepdf
import pytest

from tests.fakes.pdf_documents import Document, document
from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import (
    Field,
    code_of,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import NOW, world
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Code,
    Indication,
    NotAPdf,
    Outcome,
    TrustAnchors,
    read_metadata,
    read_upload,
)
from verify.checks import CHECKS, form
from verify.evidence import NO_EVIDENCE
from verify.fields import SignatureField
from verify.finding import find_signatures
from verify.license_record import LicenseRecord
from verify.report import CheckName, SignatureKind
from verify.second_opinion import SecondOpinion
from verify.subject import Demands, Subject
from verify.verifying import verify_pdf

ODD = sign(document(), replace(sealing(world()), more=b"/Reason (\xff)"))


def subject_of(data: Document | bytes) -> Subject:
    content = data.data if isinstance(data, Document) else data
    readable = read_upload(content, limits=DEFAULT_LIMITS)
    demands = Demands(
        TrustAnchors((world().root.certificate,)),
        QIANYIN_DEFAULT,
        NOW,
        NO_EVIDENCE,
        (),
        SecondOpinion(content, 0, DEFAULT_LIMITS.opinion_steps),
        LicenseRecord(readable),
        (),
    )
    return Subject(readable, find_signatures(readable)[0], demands)


def seen_as(change) -> str:
    """Check the form of a signature that qpdf is made to read in another way."""
    subject = subject_of(ODD)
    found = subject.found
    assert found.field is not None
    theirs = pikepdf.Dictionary(found.foreign)
    subject.found = replace(found, field=_FieldWith(found.field, change(theirs)))
    return form.check(subject).code


class _FieldWith(SignatureField):
    def __init__(self, field: SignatureField, value: object) -> None:
        super().__init__(field.name, field.line, field.widgets, field.is_in_form)
        object.__setattr__(self, "_value", value)

    @property
    def value(self) -> pikepdf.Object | None:
        return self._value


def _with(key: str, value: object):
    def change(theirs: pikepdf.Dictionary) -> pikepdf.Dictionary:
        theirs[key] = value
        return theirs

    return change


def _without(key: str):
    def change(theirs: pikepdf.Dictionary) -> pikepdf.Dictionary:
        del theirs[key]
        return theirs

    return change


def test_what_both_see_alike_is_sound() -> None:
    assert seen_as(lambda theirs: theirs) == Code.FORMAT_SOUND


@pytest.mark.parametrize(
    "change",
    [
        lambda theirs: None,
        lambda theirs: pikepdf.Array(),
        _with("/Extra", 1),
        _without("/Reason"),
        _with("/ByteRange", pikepdf.Array([0, 1, 2, 3])),
        _with("/ByteRange", 17),
        _with("/Contents", pikepdf.String("x")),
        _with("/Contents", 17),
        _with("/SubFilter", pikepdf.Name("/Other")),
        _with("/Type", 1),
    ],
)
def test_what_another_reader_sees_differently_fails(change) -> None:
    assert seen_as(change) == Code.PARSERS_DISAGREE


def test_a_reference_that_leads_nowhere_is_null_to_both() -> None:
    how = replace(sealing(world()), more=b"/Prop 99 0 R /No null /Reason (\xff)")
    assert report_on(sign(document(), how)).indication is Indication.TOTAL_PASSED


def test_a_field_that_another_reader_sees_differently_fails(monkeypatch) -> None:
    data = sealed().data.replace(b"/T (Seal1)", b"/T (S\xe9al1)")
    assert decisive_code(report_on(data)) == Code.DIGEST_MISMATCH
    other = pikepdf.Dictionary()
    monkeypatch.setattr(SignatureField, "value", property(lambda _: other))
    assert decisive_code(report_on(data)) == Code.PARSERS_DISAGREE
    empty = document({5: b"<< /FT /Sig /T (\xe9) >>"}, catalog=b"/AcroForm << /Fields [5 0 R] >>")
    assert decisive_code(report_on(empty)) == Code.PARSERS_DISAGREE


def _hybrid_base() -> Document:
    """A file whose table is joined by a hidden stream, as office programs write it."""
    base = document()
    hidden = len(base.data)
    from tests.fakes.pdf_documents import xref_stream

    rows = {9: (1, hidden, 0)}
    data = base.data + b"9 0 obj\n%s\nendobj\n" % xref_stream(rows, None, 10)
    start = len(data)
    data += b"xref\n9 1\n%010d 00000 n \ntrailer\n" % hidden
    data += b"<< /Size 10 /Root 1 0 R /XRefStm %d /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (
        hidden,
        base.start,
        start,
    )
    return Document(data, {**base.objects, 9: b""}, start)


def test_a_hybrid_file_is_compared_and_noted() -> None:
    report = report_on(sealed(base=_hybrid_base()))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("PDF_HYBRID_XREF", "SES_SEAL_MAKER_UNNAMED")


BROKEN = (
    sealed().data[:-9],
    sealed().data + b"x",
    sign(document(), replace(sealing(world()), value=lambda _: b"\x30\x00")).data,
    document({5: b"<< /FT /Sig /V 3 >>"}, catalog=b"/AcroForm << /Fields [5 0 R] >>").data,
)


@pytest.mark.parametrize("data", BROKEN)
@pytest.mark.parametrize("kind", list(SignatureKind))
def test_no_check_passes_or_raises_when_there_is_nothing_to_check(
    data: bytes, kind: SignatureKind
) -> None:
    subject = subject_of(data)
    answers = {name: check(subject) for name, check in CHECKS[kind].items()}
    assert {name for name, one in answers.items() if one.check is not name} == set()
    assert any(one.outcome is not Outcome.PASSED for one in answers.values())
    if subject.container is None:
        reached = {one.check for one in answers.values() if one.code != Code.NOT_REACHED}
        assert reached <= {
            CheckName.FORMAT,
            CheckName.COVERAGE,
            CheckName.CHANGES,
            CheckName.CONTENT,
        }
        assert subject.authority_fault is None


def test_a_seals_checks_have_nothing_to_say_about_cms() -> None:
    people = world()
    how = Field(value=lambda signed: Cms().over(signed, people.signer), dss=people.certificates)
    subject = subject_of(sign(document(), how))
    for name in (CheckName.SEAL, CheckName.APPEARANCE):
        assert CHECKS[SignatureKind.SEAL][name](subject).code == Code.NOT_REACHED


def test_a_value_over_bytes_that_are_not_known_fails() -> None:
    people = world()
    how = Field(
        value=lambda signed: Cms(attributes=False).over(signed, people.signer),
        dss=people.certificates,
        byte_range=lambda a, b, c: b"[0 %d %d %d]" % (a, b, c - 1),
    )
    report = report_on(sign(document(), how))
    assert code_of(report, CheckName.VALUE) == Code.VALUE_INVALID


class _Damaged:
    """Stands for an object that qpdf can no longer read."""

    def __call__(self, *_: object, **__: object) -> object:
        raise pikepdf.PdfError("damaged")


def test_what_qpdf_cannot_read_later_is_refused_or_doubted(monkeypatch) -> None:
    data = sealed().data
    with monkeypatch.context() as patched:
        patched.setattr("verify.verifying.find_signatures", _Damaged())
        with pytest.raises(NotAPdf):
            report_on(data)
    with monkeypatch.context() as patched:
        patched.setattr("verify.subject.is_visible", _Damaged())
        with pytest.raises(NotAPdf):
            report_on(data)
    with monkeypatch.context() as patched:
        patched.setattr("verify.page_tree.get", _Damaged())
        with pytest.raises(NotAPdf):
            report_on(data)
    with monkeypatch.context() as patched:
        patched.setattr("verify.metadata.get", _Damaged())
        with pytest.raises(NotAPdf):
            read_metadata(read_upload(data, limits=DEFAULT_LIMITS))
    with monkeypatch.context() as patched:
        patched.setattr("verify.checks.content.get", _Damaged())
        report = report_on(data)
    assert report.indication is Indication.INDETERMINATE
    assert code_of(report, CheckName.CONTENT) == Code.STRUCTURE_DAMAGED


def test_trusting_nobody_passes_nothing() -> None:
    readable = read_upload(sealed().data, limits=DEFAULT_LIMITS)
    report = verify_pdf(readable, anchors=TrustAnchors.nobody(), policy=QIANYIN_DEFAULT, at=NOW)
    assert report.indication is Indication.INDETERMINATE
    assert report.anchors == ()
