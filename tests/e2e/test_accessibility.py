"""Every state of the page under axe: narrow and wide, Chinese and English; nothing is tolerated."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = [("zh", 320), ("en", 1280)]
SAMPLES = {
    "animal_clinic": ("真实的", "is genuine"),
    "revoked": ("被注销", "was revoked"),
    "expired": ("有效期已过", "has expired"),
    "unknown-issuer": ("无法判断", "cannot say"),
    "page-overlaid": ("改动过", "was changed"),
    "forged-seal": ("不是颁发机构的印章", "is not the authority's"),
    "seal-pasted-on": ("没有电子签章", "no electronic seal"),
    "never-sealed": ("没有电子签章", "no electronic seal"),
}
UNREADABLE = {
    "not-a-pdf": ("不是 PDF 文件", "not a PDF"),
    "encrypted": ("设了密码", "password"),
}
AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe()


@pytest.fixture
def assert_accessible(axe, keep):
    """A function that has a page judged, keeps its picture, and takes no excuse."""

    def judge(page, name):
        keep(page, name)
        found = axe.run(page, options=AXE).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    return judge


@pytest.mark.parametrize(
    ("language", "width"), [("zh", 320), ("zh", 390), ("zh", 768), ("zh", 1280), ("en", 320)]
)
def test_the_first_page(open_page, assert_accessible, language, width):
    page = open_page(f"/?lang={language}", width=width)
    assert_accessible(page, f"home-{language}-{width}")


@pytest.mark.parametrize(("language", "width"), VIEWS)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_leads_to_its_answer(open_page, assert_accessible, name, language, width):
    page = open_page(f"/?lang={language}", width=width)
    card = page.locator(f".sample[data-sample$='/{name}.pdf']")
    card.locator("button").click()
    page.wait_for_url("**/verify")
    heading = page.locator("h1")
    assert SAMPLES[name][0 if language == "zh" else 1] in heading.inner_text()
    assert heading.bounding_box()["y"] < 600, "the answer is seen without scrolling"
    assert page.evaluate("document.activeElement.id") == "verdict", "and read aloud first"
    assert_accessible(page, f"result-{name}-{language}-{width}")


@pytest.mark.parametrize(("language", "width"), VIEWS)
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read(open_page, assert_accessible, site, name, language, width):
    page = open_page(f"/?lang={language}", width=width)
    page.locator("#file").set_input_files(site.files / f"{name}.pdf")
    page.wait_for_url("**/verify")
    assert UNREADABLE[name][0 if language == "zh" else 1] in page.locator(".verdict").inner_text()
    assert_accessible(page, f"unreadable-{name}-{language}-{width}")


def test_too_many_files_from_one_caller(open_page, assert_accessible, strict_site):
    page = open_page("/?lang=zh", at=strict_site, width=320)
    for _ in range(2):
        page.goto(strict_site.url)
        page.locator("#file").set_input_files(strict_site.files / "not-a-pdf.pdf")
        page.wait_for_url("**/verify")
    assert "来的查验太多了" in page.locator("h1").inner_text()
    assert page.evaluate("document.activeElement.id") == "verdict"
    assert_accessible(page, "rate-limited-zh-320")


def test_a_file_that_is_too_large(open_page, assert_accessible, strict_site, tmp_path):
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.7" + bytes(400_000))
    page = open_page("/?lang=zh", at=strict_site, width=320)
    page.locator("#file").set_input_files(tmp_path / "large.pdf")
    page.locator("[role=status]", has_text="文件太大").wait_for()
    assert_accessible(page, "too-large-zh-320")
    page = open_page("/?lang=zh", at=strict_site, width=320, script=False)
    page.locator("#file").set_input_files(tmp_path / "large.pdf")
    page.locator("#check button").click()
    page.wait_for_url("**/verify")
    assert "太大" in page.locator("h1").inner_text()
    assert "原始 PDF" in page.locator(".advice").inner_text()


@pytest.mark.parametrize(("language", "width"), VIEWS)
def test_the_page_behind_a_qr_code(open_page, assert_accessible, site, language, width):
    licence = site.licence
    path = f"/l/{licence.identifier}?c={licence.access_code}&lang={language}"
    page = open_page(path, width=width)
    text = page.locator("main").inner_text()
    assert licence.number in text
    assert "***" in text
    assert_accessible(page, f"license-{language}-{width}")


@pytest.mark.parametrize("path", ["/api", "/problems", "/nowhere"])
def test_the_other_pages(open_page, assert_accessible, path):
    page = open_page(f"{path}?lang=zh", width=320)
    assert_accessible(page, f"{path.strip('/')}-zh-320")
