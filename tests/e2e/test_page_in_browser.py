"""What a person sees, does with the keyboard, and gets without any script."""

import re

import pypdfium2
import pytest

from keystore import sm3

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GENUINE = "issued/animal_clinic.pdf"

# Where nothing is scaled, text set twice as large must still fit (WCAG 2.2, 1.4.4).
TWICE = "document.documentElement.style.fontSize = '200%'"
FITS = "document.documentElement.scrollWidth <= innerWidth"


def choose(page, path):
    """Choose a file as a person does."""
    page.locator("#file").set_input_files(path)
    page.wait_for_url("**/verify")


BORDER = """
() => {
  const { borderTopStyle, borderTopWidth } = getComputedStyle(document.querySelector(".verdict"));
  return borderTopStyle + borderTopWidth;
}
"""


def test_every_answer_looks_different_without_colour(open_page):
    icons, words, borders = set(), set(), set()
    for name in ("animal_clinic", "revoked", "page-overlaid", "unknown-issuer"):
        page = open_page("/")
        page.locator(f".sample[data-sample$='/{name}.pdf'] button").click()
        page.wait_for_url("**/verify")
        icons.add(page.locator(".verdict-icon").inner_html())
        words.add(page.locator(".verdict-label").inner_text())
        borders.add(page.evaluate(BORDER))
    assert [len(one) for one in (icons, words, borders)] == [4, 4, 4]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_works_without_script(open_page, keep, site, language):
    page = open_page(f"/?lang={language}", width=390, script=False)
    assert page.locator("#file").is_visible()
    keep(page, f"home-no-script-{language}")
    page.locator("#file").set_input_files(site.files / GENUINE)
    page.locator("#check button").click()
    page.wait_for_url("**/verify")
    assert {"zh": "真实的", "en": "is genuine"}[language] in page.locator("h1").inner_text()
    assert page.locator("[data-print]").is_hidden(), "a button that does nothing is not shown"
    mark = page.locator(".marks")
    assert mark.is_visible(), "the seal is marked"
    page.get_by_role("checkbox").uncheck()
    assert mark.is_hidden(), "and the mark can be taken away"
    keep(page, f"result-no-script-{language}")


def test_the_mark_is_around_the_seal_and_said_in_words(open_page, site):
    page = open_page("/")
    choose(page, site.files / GENUINE)
    frame, mark = (page.locator(one).bounding_box() for one in (".page-frame", ".mark-line"))
    assert mark["x"] > frame["x"] + frame["width"] / 2
    assert mark["y"] > frame["y"] + frame["height"] / 2
    link = page.locator("figcaption a")
    assert "右下方" in link.inner_text()
    link.click()
    assert page.url.endswith("/verify#seal-1")
    assert page.locator("#seal-1").is_visible(), "a link within the answer keeps the answer"


@pytest.mark.parametrize(("width", "beside"), [(320, False), (1280, True)])
def test_a_changed_page_is_shown_before_and_after(open_page, site, width, beside):
    page = open_page("/", width=width)
    choose(page, site.files / "tampered/page-overlaid.pdf")
    assert "页面内容被改动" in page.locator(".change-list").inner_text()
    before, after = (page.locator(f".{one} img") for one in ("before", "after"))
    assert before.get_attribute("src") != after.get_attribute("src")
    assert "现在" in page.locator(".after figcaption").inner_text()
    places = before.bounding_box(), after.bounding_box()
    assert (places[0]["y"] == places[1]["y"]) is beside
    assert page.evaluate(FITS)


def test_the_keyboard_is_enough(open_page, site):
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0, "the skip link is seen when reached"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    label = page.locator(".file-label")
    outline = label.evaluate("(e) => getComputedStyle(e).outlineStyle")
    assert outline == "solid", "where the keyboard is can be seen"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "sample-button"
    page.keyboard.press("Shift+Tab")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(site.files / "samples/revoked.pdf")
    page.wait_for_url("**/verify")
    assert page.evaluate("document.activeElement.id") == "verdict"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "再查一份"


def test_a_sample_is_checked_with_the_keyboard_and_without_script(open_page):
    page = open_page("/", script=False)
    page.locator(".sample-button").nth(4).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify")
    assert "改动" in page.locator("h1").inner_text()


DROP = """
async ([address, name, type]) => {
  const bag = new DataTransfer();
  const content = await (await fetch(address)).blob();
  bag.items.add(new File([content], name, { type }));
  const form = document.getElementById("check");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    form.dispatchEvent(new DragEvent(kind, { dataTransfer: bag, bubbles: true, cancelable: true }));
  }
}
"""


def test_a_file_can_be_dropped_anywhere(open_page):
    page = open_page("/")
    page.evaluate(DROP, ["/samples/animal_clinic.pdf", "licence.pdf", "application/pdf"])
    page.wait_for_url("**/verify")
    assert "真实的" in page.locator("h1").inner_text()
    assert "licence.pdf" in page.locator(".file-name").inner_text()


def test_what_is_no_pdf_is_not_even_sent_and_the_reader_is_told(open_page):
    page = open_page("/")
    page.evaluate(DROP, ["/static/mark.svg", "mark.svg", "image/svg+xml"])
    page.locator("[role=status]", has_text="这不是 PDF 文件").wait_for()
    assert "/verify" not in page.url


def test_a_sample_card_can_be_dragged_into_the_box(open_page):
    page = open_page("/")
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.drag_and_drop(".sample:nth-child(5) .sample-title", "#check")
    page.wait_for_url("**/verify")
    assert "改动" in page.locator("h1").inner_text()


def test_without_a_connection_the_reader_is_told_and_can_try_again(open_page, site):
    page = open_page("/")
    page.context.set_offline(True)
    page.locator("#file").set_input_files(site.files / GENUINE)
    page.locator("[role=status]", has_text="网络不通").wait_for()
    assert "busy" not in page.locator("#check").get_attribute("class")
    page.context.set_offline(False)
    choose(page, site.files / GENUINE)
    assert "真实的" in page.locator("h1").inner_text()


def test_sending_is_shown_as_it_goes(open_page, site):
    page = open_page("/")
    page.route("**/verify", lambda route: page.locator("progress").wait_for() or route.continue_())
    page.locator("#file").set_input_files(site.files / GENUINE)
    page.wait_for_url("**/verify")


def test_going_back_the_form_is_ready_and_forward_asks_for_the_file_again(open_page, site):
    page = open_page("/?lang=zh")
    choose(page, site.files / GENUINE)
    page.go_back()
    page.locator("#check.scripted").wait_for()
    assert page.locator("[role=status]").inner_text() == ""
    assert "busy" not in page.locator("#check").get_attribute("class")
    choose(page, site.files / GENUINE)
    page.reload()
    assert page.locator("#check").is_visible(), "a result is not kept anywhere"


@pytest.mark.parametrize("width", [320, 1280])
def test_text_twice_as_large_still_fits(open_page, site, keep, width):
    page = open_page("/", width=width)
    page.evaluate(TWICE)
    assert page.evaluate(FITS)
    keep(page, f"home-twice-{width}")
    choose(page, site.files / GENUINE)
    assert page.evaluate(FITS)
    keep(page, f"result-twice-{width}")


def test_nothing_moves_for_those_who_do_not_want_it(open_page):
    page = open_page("/", reduced_motion="reduce")
    moving = "getComputedStyle(document.querySelector('.drop-inner')).transitionProperty"
    assert page.evaluate(moving) == "none"


def test_the_language_switch_is_there_and_works(open_page):
    page = open_page("/")
    page.locator(".switch").click()
    page.wait_for_url("**lang=en**")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("input[name=lang]").first.get_attribute("value") == "en"


def test_the_result_prints_on_one_sheet(open_page, keep, site):
    page = open_page("/")
    choose(page, site.files / GENUINE)
    page.emulate_media(media="print")
    for control in (".switch", ".actions", ".footer", ".demo-strip", ".mark-switch"):
        assert page.locator(control).first.is_hidden()
    sheet = page.pdf(path=f"{keep.folder}/print-zh.pdf", prefer_css_page_size=True)
    with pypdfium2.PdfDocument(sheet) as printed:
        assert len(printed) == 1
        text = printed[0].get_textpage().get_text_bounded()
    for words in ("目前有效", "animal_clinic.pdf", "检查时间", "没有留存", site.url[7:]):
        assert words in text.replace("\r\n", "")
    assert re.search(r"[0-9a-f]{8} [0-9a-f]{8}", text)


LENGTHENED = """
() => {
  const sheets = [...document.querySelectorAll("section.sheet")];
  document.querySelector(".kept").before(...sheets.map((one) => one.cloneNode(true)));
}
"""


def test_every_sheet_of_a_longer_result_says_its_number_and_which_file_it_is_about(
    open_page, keep, site
):
    page = open_page("/")
    choose(page, site.files / GENUINE)
    page.evaluate(LENGTHENED)
    page.emulate_media(media="print")
    sheet = page.pdf(path=f"{keep.folder}/print-long.pdf", prefer_css_page_size=True)
    digest = sm3((site.files / GENUINE).read_bytes()).hex()
    with pypdfium2.PdfDocument(sheet) as printed:
        assert len(printed) > 1
        for number, one in enumerate(printed, 1):
            words = one.get_textpage().get_text_bounded()
            assert f"{number} / {len(printed)}" in words
            assert "animal_clinic.pdf" in words
            assert digest in words.replace(" ", "")


def test_dark_surroundings_and_forced_colours_keep_the_answer_readable(open_page, site, keep):
    page = open_page("/", forced_colors="active", color_scheme="dark")
    choose(page, site.files / "tampered/page-overlaid.pdf")
    assert page.locator("h1").is_visible()
    keep(page, "result-changed-forced-colours")
