import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from licenses.catalog import SHIPPED_TYPES, Catalog
from licenses.errors import InvalidDraft, RenderingFailed, UnprintableText
from licenses.license_types import LicenseType
from licenses.metadata import record_of, to_json
from licenses.rendering import Renderer
from licenses.wording import page_content
from tests.fakes.license_pages import CATALOG, longest_value, sample_page

RENDERER = Renderer(CATALOG)
CLINIC = CATALOG.get("animal_clinic")
LETTER = CATALOG.get("approval_decision")
MM = 72 / 25.4
every_type = pytest.mark.parametrize("kind", list(CATALOG), ids=lambda t: t.slug)


def pages_of(pdf: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(pdf)
    yield from document


def plain(text: str) -> str:
    """As a page says it: without spaces and line ends, compatibility forms folded."""
    return (
        "".join(unicodedata.normalize("NFKC", text).split())
        .replace("\ufffe", "")
        .replace("\u200b", "")
    )


def text_of(pdf: bytes) -> str:
    """All pages as one text, without the page numbers that a letter has between them."""
    texts = (plain(page.get_textpage().get_text_range()) for page in pages_of(pdf))
    return "".join(re.sub(r"—[0-9]+—$", "", text) for text in texts)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


@every_type
def test_everything_the_licence_says_is_on_the_page(kind: LicenseType) -> None:
    page = sample_page(kind)
    printed = text_of(RENDERER.render(page).pdf)
    said = [
        page.number,
        page.identifier,
        page.holder.name,
        page.authority_name,
        "2026年11月23日",
        kind.title_zh,
    ]
    said += texts_in({n: v for n, v in page.fields.items() if n != "applied_on"})
    for text in said:
        assert plain(text) in printed
    if kind.slug != "approval_decision":
        for label, _ in page_content(page)["lines"]:
            assert plain(label) in printed


@every_type
def test_the_longest_texts_the_schema_allows_are_printed_whole(kind: LicenseType) -> None:
    fields = {name: longest_value(part) for name, part in kind.schema["properties"].items()}
    holder = sample_page(kind).holder
    holder = type(holder)("示" * 80, holder.code, holder.code_type)
    authority = "示例维吾尔自治州示例蒙古自治县农业农村和畜牧水产局行政审批处"
    page = sample_page(
        kind, sequence=12_345_678, fields=fields, holder=holder, authority_name=authority
    )
    rendered = RENDERER.render(page)
    printed = text_of(rendered.pdf)
    for text in [
        holder.name,
        authority,
        page.number,
        *texts_in({k: v for k, v in fields.items() if k != "applied_on"}),
    ]:
        assert plain(text) in printed
    assert (len(list(pages_of(rendered.pdf))) == 1) == kind.single_page


@every_type
def test_the_same_page_gives_the_same_bytes_from_any_renderer(kind: LicenseType) -> None:
    page = sample_page(kind)
    RENDERER.render(sample_page(CLINIC, sequence=99))
    assert RENDERER.render(page) == RENDERER.render(page) == Renderer([kind]).render(page)


@every_type
def test_the_file_is_one_plain_revision_that_claims_pdf_a_3b(kind: LicenseType) -> None:
    page = sample_page(kind)
    pdf = RENDERER.render(page).pdf
    assert pdf.startswith(b"%PDF-1.7\n")
    assert pdf.endswith(b"%%EOF")
    assert pdf.count(b"startxref") == pdf.count(b"trailer") == 1
    assert b"/ObjStm" not in pdf
    assert b"/XRef" not in pdf
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert "/Filter" not in opened.Root.Metadata
        packet = opened.Root.Metadata.read_bytes().decode()
        assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in packet
        assert opened.Root.OutputIntents[0].S == "/GTS_PDFA1"
        for font in opened.pages[0].Resources.Font.values():
            assert "/FontFile3" in font.DescendantFonts[0].FontDescriptor
        assert opened.docinfo.Title == kind.title_zh


@every_type
def test_the_record_travels_as_a_file_and_in_the_packet(kind: LicenseType) -> None:
    page = sample_page(kind)
    with pikepdf.open(BytesIO(RENDERER.render(page).pdf)) as opened:
        [name] = opened.attachments
        assert name == "licence.json"
        assert opened.attachments[name].get_file().read_bytes() == to_json(record_of(page))
        assert opened.Root.AF[0].AFRelationship == "/Data"
        packet = opened.Root.Metadata.read_bytes().decode()
        for short_name, value in record_of(page).items():
            assert f"<zz:{short_name}>{value}</zz:{short_name}>" in packet
            assert f"<pdfaProperty:name>{short_name}</pdfaProperty:name>" in packet


@every_type
def test_the_code_can_be_scanned_from_the_page(kind: LicenseType) -> None:
    page = sample_page(kind)
    found = [
        code.text
        for sheet in pages_of(RENDERER.render(page).pdf)
        for code in zxingcpp.read_barcodes(sheet.render(scale=150 / 72).to_pil())
    ]
    assert found == [page.public_url]


@every_type
def test_the_seal_belongs_across_the_authority_and_the_last_date(kind: LicenseType) -> None:
    page = sample_page(kind)
    rendered = RENDERER.render(page)
    sheets = list(pages_of(rendered.pdf))
    assert rendered.seal_page == len(sheets)
    sheet = sheets[-1]
    words = sheet.get_textpage()
    boxes = []
    for text in (page.authority_name, "2026"):
        search = words.search(text)
        index, count = [hit for hit in iter(search.get_next, None)][-1]
        lefts, bottoms, rights, tops = zip(
            *(words.get_charbox(i) for i in range(index, index + count)), strict=True
        )
        boxes.append(
            (
                min(lefts),
                sheet.get_height() - max(tops),
                max(rights),
                sheet.get_height() - min(bottoms),
            )
        )
    x, y = (value * MM for value in rendered.seal_center_mm)
    name, date = boxes
    assert name[0] < x < name[2]
    assert abs(y - (name[1] + name[3]) / 2) < 8 * MM
    assert 0 < (date[1] + date[3]) / 2 - y < 15 * MM
    assert date[0] < x


def test_a_letter_flows_on_and_its_authority_never_stands_alone_on_a_page() -> None:
    for count in range(200, 700, 60):
        last = "末" * 20
        fields = {**LETTER.sample["fields"], "paragraphs": ["示" * count, "例" * 300, last]}
        rendered = RENDERER.render(sample_page(LETTER, fields=fields))
        sheets = [plain(sheet.get_textpage().get_text_range()) for sheet in pages_of(rendered.pdf)]
        assert last in sheets[rendered.seal_page - 1]
        assert rendered.seal_page == len(sheets)
        assert [f"—{n}—" in sheet for n, sheet in enumerate(sheets, 1)] == [True] * len(sheets)


HOSTILE = (
    '#panic("x")',
    '"]); #read("/etc/passwd")',
    "\\u{41}\\n\\",
    "$x^2$ *a* _b_ <label> @ref // no comment /* nor this */",
    '{"a": 1} ${HOME} #{1 + 1} ```raw```',
    "]]> </rdf:RDF> <?xpacket end='w'?> &amp; endobj endstream",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_printed_as_they_are_and_never_obeyed(text: str) -> None:
    page = sample_page(CLINIC, fields={**CLINIC.sample["fields"], "scope": text})
    pdf = RENDERER.render(page).pdf
    assert plain(text) in text_of(pdf)
    with pikepdf.open(BytesIO(pdf)) as opened:
        said = json.loads(opened.attachments["licence.json"].get_file().read_bytes())
        assert said["KZ_ZLHDFW"] == text
        assert not opened.check_pdf_syntax()


def test_what_the_configuration_adds_must_be_printable_too() -> None:
    with pytest.raises(UnprintableText, match="/authority"):
        RENDERER.render(sample_page(CLINIC, authority_name="𠮷市农业农村局"))
    with pytest.raises(UnprintableText, match="/number"):
        RENDERER.render(sample_page(CLINIC, number="第\u200b1号"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of types outside the product, with one type to spoil."""
    return Path(
        shutil.copytree(SHIPPED_TYPES / "animal_clinic", tmp_path / "own" / "animal_clinic")
    )


def render_own(folder: Path, **changes: Any) -> Any:
    kind = Catalog.from_directory(folder.parent).get("animal_clinic")
    return Renderer([kind]).render(sample_page(kind, **changes))


def test_a_type_outside_the_product_prints_with_the_products_sheet(own: Path) -> None:
    assert "动物诊疗许可证" in text_of(render_own(own).pdf)


def test_texts_too_long_for_the_page_are_refused_and_not_cut(own: Path) -> None:
    fields = {**CLINIC.sample["fields"], "scope": "示例" * 1500}
    with pytest.raises(InvalidDraft, match="do not fit the page") as caught:
        render_own(own, fields=fields)
    assert caught.value.faults[0][0] == "/fields"


def test_a_border_may_be_left_out(own: Path) -> None:
    toml = own / "type.toml"
    toml.write_text(toml.read_text().replace('border = "#1f6b45"\n', ""))
    template = own / "template.typ"
    template.write_text(
        '#import "@qianyin/sheet:1.0.0": letter\n#let draw(page, doc) = [#link(page.url)[x] #doc #heading[] <seal>]\n'
    )
    assert len(render_own(own).pdf) < len(RENDERER.render(sample_page(CLINIC)).pdf)


def test_a_seal_place_in_millimetres_is_used_as_it_stands(own: Path) -> None:
    toml = own / "type.toml"
    toml.write_text(toml.read_text().replace("anchor = true", "x_mm = 200, y_mm = 150.5"))
    rendered = render_own(own)
    assert (rendered.seal_page, rendered.seal_center_mm) == (1, (200.0, 150.5))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("#let draw(page, doc) = doc + link(page.url)[x]", "seal"),
        ("#let draw(page, doc) = doc + [#heading[] <seal>]", "no QR code"),
        ("#let draw(page, doc) = panic(page.title)", "animal_clinic: .*panicked"),
        ("#let draw = ", "animal_clinic"),
        ('#let draw(page, doc) = read("/../../secret")', "animal_clinic"),
        ("#let other = 1", "unresolved import"),
    ],
)
def test_a_template_that_is_wrong_is_named(own: Path, template: str, why: str) -> None:
    (own / "template.typ").write_text(template)
    with pytest.raises(RenderingFailed, match=re.compile(why, re.DOTALL)):
        render_own(own)


def test_threads_take_turns_and_get_their_own_pages() -> None:
    wanted = [sample_page(CLINIC, sequence=n) for n in range(1, 13)]
    alone = [RENDERER.render(page).pdf for page in wanted]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda page: RENDERER.render(page).pdf, wanted)) == alone


@pytest.mark.judge
@every_type
def test_qpdf_finds_nothing_to_complain_about(kind: LicenseType, tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    file = tmp_path / "page.pdf"
    file.write_bytes(RENDERER.render(sample_page(kind)).pdf)
    checked = subprocess.run(
        ["qpdf", "--check", str(file)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.slow
def test_memory_stays_flat_over_many_licences() -> None:
    for n in range(100):
        RENDERER.render(sample_page(CLINIC, sequence=n + 1))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    for n in range(800):
        RENDERER.render(sample_page(CLINIC, sequence=n + 1))
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 8 * 1024
