"""Small files that ask for much: every one gets an answer, and soon."""

import json
import struct
import time
from dataclasses import replace
from pathlib import Path
from zlib import compress, crc32

import pytest

from api.cli import verifying
from api.cli.main import run
from tests.fakes.pdf_documents import document, flate, stream, xref_stream
from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import Field, code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import new_seal, world
from verify import DEFAULT_LIMITS, Code, Indication, PdfTooLarge, VerifyError, read_upload
from verify.report import CheckName
from verify.report_json import report_to_json
from verify.second_opinion import SecondOpinion

SOON_SECONDS = 5.0


def with_stream(entries: bytes, rows: dict[int, tuple[int, int, int]], body: bytes) -> bytes:
    base = document()
    out = bytearray(base.data)
    held = len(out)
    out += b"50 0 obj\n" + flate(body, entries) + b"\nendobj\n"
    table = len(out)
    rows = rows | {50: (1, held, 0), 53: (1, table, 0)}
    out += b"53 0 obj\n%s\nendobj\n" % xref_stream(rows, base.start, 60)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def test_an_object_stream_whose_index_is_all_of_it_is_not_taken_apart() -> None:
    index = b"1 " * 20_000_000
    data = with_stream(b"/Type /ObjStm /N 1 /First %d" % len(index), {51: (2, 50, 0)}, index)
    readable = read_upload(data, limits=DEFAULT_LIMITS)
    assert readable.fault == "an object stream has an index larger than its count"


def test_a_cross_reference_stream_of_countless_rows_is_refused_at_once() -> None:
    base = document()
    out = bytearray(base.data)
    table = len(out)
    entries = (
        b"/Type /XRef /W [0 1 0] /Index [0 20000000] /Size 60 /Root 1 0 R /Prev %d"
        b" /DecodeParms << /Predictor 12 /Columns 1 >>" % base.start
    )
    out += b"53 0 obj\n%s\nendobj\n" % flate(bytes((2, 0)) * 20_000_000, entries)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    begun = time.process_time()
    with pytest.raises(VerifyError):
        read_upload(bytes(out), limits=DEFAULT_LIMITS)
    assert time.process_time() - begun < SOON_SECONDS


def test_a_page_that_stands_in_the_tree_many_times_is_judged_once() -> None:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /X [ %s] >>" % (
        b"/A " * 20_000
    )
    tree = b"<< /Type /Pages /Kids [%s] /Count 1000 >>" % (b"3 0 R " * 1000)
    begun = time.process_time()
    report_on(sealed(base=document({2: tree, 3: page})))
    assert time.process_time() - begun < SOON_SECONDS


def test_a_rectangle_without_end_still_gives_a_report_in_json() -> None:
    endless = b"9" * 400 + b".0"
    objects = {
        9: b"<< /FT /Sig /T (x) /V 12 0 R /Subtype /Widget /Rect [0 0 %s 1] >>" % endless,
        12: b"<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>",
    }
    report = report_on(document(objects, page=b"/Annots [9 0 R]"))
    assert json.dumps(report_to_json(report), allow_nan=False)


def entangled() -> bytes:
    """Every object names the next two: more paths than anybody can follow."""
    web = {n: b"[%d 0 R %d 0 R]" % (n + 1, n + 2) for n in range(100, 140)}
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /PieceInfo 100 0 R >>"
    )
    base = document({3: page, **web, 140: b"[]", 141: b"[]"})
    return sealed(base=base).update({300: b"<< >>"}).data


def test_entangled_references_are_given_up_on_by_count_and_not_by_the_clock(
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = replace(DEFAULT_LIMITS, opinion_steps=50_000)
    begun = time.process_time()
    report = report_on(entangled(), limits=limits)
    assert time.process_time() - begun < SOON_SECONDS
    assert code_of(report, CheckName.CHANGES) == Code.CHANGES_ENTANGLED
    assert report.indication is Indication.INDETERMINATE
    assert not caplog.records


def test_the_second_opinion_has_one_budget_for_all_signatures() -> None:
    lock = b"/Reference [<< /TransformMethod /DocMDP /TransformParams << /P 2 >> >>]"
    signed = sealed()
    for number in range(2, 5):
        entries = {"name": b"S%d" % number, "rect": b"[0 0 0 0]", "image": None}
        signed = sign(signed, replace(sealing(world()), more=lock, dss=(), crls=(), **entries))
    limits = replace(DEFAULT_LIMITS, opinion_steps=1_000)
    assert report_on(signed).signatures
    codes = {code_of(report_on(signed, limits=limits), CheckName.CHANGES, n) for n in range(3)}
    assert Code.CHANGES_ENTANGLED in codes


def test_what_pyhanko_thinks_of_a_stranger_s_file_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    signed = sealed()
    report_on(signed.update({4: stream(b"0 0 200 200 re f")}))
    SecondOpinion(signed.update({4: stream(b"q Q")}).data, 0, 10_000)._since_earliest()
    assert not caplog.records


@pytest.fixture
def root(tmp_path: Path) -> str:
    path = tmp_path / "root.pem"
    path.write_bytes(world().root.certificate.to_pem())
    return str(path)


def test_the_command_gives_up_after_its_time(
    tmp_path: Path,
    root: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(verifying, "EXAMINATION_SECONDS", 1.0)
    path = tmp_path / "entangled.pdf"
    path.write_bytes(entangled())
    assert run(["verify", str(path), "--trust", root, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["signatures"] == []


def test_the_command_gives_up_when_memory_is_used_up(
    tmp_path: Path, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "EXAMINATION_MEMORY_BYTES", 32 * 1024 * 1024)
    annotations = b"<<>> " * 500_000
    path = tmp_path / "annotated.pdf"
    path.write_bytes(document(page=b"/Annots [%s]" % annotations).data)
    assert run(["verify", str(path), "--trust", root]) == 3


def test_a_limit_that_is_met_late_is_the_same_answer(tmp_path: Path, root: str) -> None:
    objects = {7: b"<< /FT /Sig /Kids [%s] >>" % (b"7 0 R " * 20_000)}
    path = tmp_path / "form.pdf"
    path.write_bytes(document(objects, catalog=b"/AcroForm << /Fields [7 0 R] >>").data)
    assert run(["verify", str(path), "--trust", root]) == 3


def test_a_stream_of_marks_is_scanned_once() -> None:
    data = document({5: stream(b"/ByteRange " * 200_000)}).data
    begun = time.process_time()
    report_on(data)
    assert time.process_time() - begun < SOON_SECONDS


def _png(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "drawn",
    [
        _png(60_000, 60_000),
        _png(10_000, 10_000),
        _png(100, 100),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"",
    ],
    ids=["bomb", "large", "hollow", "program", "empty"],
)
def test_a_seal_whose_picture_is_a_trap_is_a_verdict_and_no_crash(drawn: bytes) -> None:
    people = world()
    trap = new_seal(people.maker, people.signer, picture=drawn or b" ")
    report = report_on(sealed(people, document(), seal=trap))
    assert code_of(report, CheckName.APPEARANCE) == Code.APPEARANCE_UNCLEAR


def cosigned(signers: int, megabytes: int, fields: int = 1) -> bytes:
    """A large file whose detached CMS values have many signers, none with attributes."""
    people = world()
    document_ = document({5: stream(bytes(megabytes * 1_000_000))})
    cms = Cms(attributes=False, signers=signers)
    for number in range(fields):
        how = Field(
            value=lambda signed: cms.over(signed, people.signer),
            name=b"S%d" % number,
            image=None,
            dss=people.certificates,
            crls=people.crls(),
        )
        document_ = sign(document_, how)
    return document_.data


def seconds_for(data: bytes) -> float:
    begun = time.process_time()
    report_on(data)
    return time.process_time() - begun


def test_many_signers_over_a_large_file_cost_one_digest() -> None:
    one, sixteen = cosigned(1, 18), cosigned(16, 18)
    assert seconds_for(sixteen) < 2 * seconds_for(one) + 0.2


def test_signers_times_bytes_have_a_limit_of_their_own() -> None:
    data = cosigned(1, 1, fields=3)
    assert len(report_on(data).signatures) == 3
    limits = replace(DEFAULT_LIMITS, digested_bytes=3_000_000)
    with pytest.raises(PdfTooLarge, match="over more than 3000000 bytes together"):
        report_on(data, limits=limits)
