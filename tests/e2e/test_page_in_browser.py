"""What a person sees, does with the keyboard, and gets without any script."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = {
    "genuine": ("issued/animal_clinic.pdf", "真实的", "genuine"),
    "changed": ("tampered/page-overlaid.pdf", "改动过", "was changed"),
    "forged": ("tampered/signature-value-changed.pdf", "伪造", "forged"),
    "revoked": ("samples/revoked.pdf", "被注销", "was revoked"),
    "unsigned": ("tampered/seal-pasted-on.pdf", "没有电子签章", "no electronic seal"),
    "unreadable": ("not-a-pdf.pdf", "无法检查", "could not be examined"),
}

# For every text: its contrast with what is behind it (WCAG 2.2, 1.4.3), found the way a browser
# paints it. Returns the texts that fail.
LOW_CONTRAST = """
() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const channel = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    if ((a + 0.05) / (b + 0.05) < (isLarge ? 3 : 4.5)) bad.push(text.slice(0, 40));
  }
  return bad;
}
"""

# What a screen reader stumbles over.
OBSTACLES = """
() => {
  const bad = [];
  const named = (e) => e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim();
  for (const e of document.querySelectorAll("img:not([alt]), img[alt='']")) bad.push("no alt: " + e.src.slice(0, 40));
  for (const e of document.querySelectorAll("input:not([type=hidden]), button, a, summary")) {
    if (!named(e)) bad.push("no name: " + e.outerHTML.slice(0, 80));
  }
  for (const e of document.querySelectorAll("svg:not([aria-hidden=true])")) bad.push("svg: " + e.outerHTML.slice(0, 60));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) bad.push("id twice: " + id);
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby], [for]")) {
    for (const name of ["aria-labelledby", "aria-describedby", "for"]) {
      const id = e.getAttribute(name);
      if (id && !document.getElementById(id)) bad.push("points nowhere: " + id);
    }
  }
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((e) => Number(e.tagName[1]));
  if (levels.filter((one) => one === 1).length !== 1) bad.push("h1: " + levels);
  levels.forEach((one, i) => { if (i && one > levels[i - 1] + 1) bad.push("a level is skipped: " + levels); });
  for (const one of ["header", "main", "footer"]) {
    if (document.querySelectorAll("body > " + one).length !== 1) bad.push("landmark: " + one);
  }
  if (!document.documentElement.lang) bad.push("no language");
  return bad;
}
"""

# A finger needs 24 by 24 CSS pixels at least (WCAG 2.2, 2.5.8), words in a sentence excepted.
SMALL_TARGETS = """
() => [...document.querySelectorAll("button, .button, .file-label, .switch, summary, .sample-download")]
  .filter((e) => e.getClientRects().length)
  .filter((e) => { const r = e.getBoundingClientRect(); return r.height < 24 || r.width < 24; })
  .map((e) => e.outerHTML.slice(0, 80))
"""


def check(page, site, name):
    """Choose a file as a person does."""
    page.locator("#file").set_input_files(site.files / FILES[name][0])
    page.wait_for_url("**/verify")
    page.wait_for_load_state("networkidle")


def assert_accessible(page):
    assert page.evaluate(OBSTACLES) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "width"), [("zh", 320), ("zh", 390), ("zh", 1280), ("en", 320), ("en", 1280)]
)
def test_the_first_page_fits_every_screen_and_every_reader(open_page, keep, width, language):
    page = open_page(f"/?lang={language}", width=width)
    page.wait_for_load_state("networkidle")
    assert_accessible(page)
    assert page.locator("h1").is_visible()
    keep(page, f"home-{language}-{width}")


SEEN = [
    *[(name, *view) for name in FILES for view in (("zh", 390), ("en", 1280))],
    *[(name, *view) for name in ("genuine", "changed") for view in (("zh", 1280), ("en", 320))],
]


@pytest.mark.parametrize(("name", "language", "width"), SEEN)
def test_a_chosen_file_is_answered_in_one_sentence(open_page, keep, site, name, language, width):
    page = open_page(f"/?lang={language}", width=width)
    check(page, site, name)
    heading = page.locator("h1")
    assert FILES[name][1 if language == "zh" else 2] in heading.inner_text()
    assert heading.bounding_box()["y"] < 600, "the answer is seen without scrolling"
    assert page.evaluate("document.activeElement.id") == "verdict"
    icon = page.locator(".verdict-icon")
    assert icon.is_visible(), "a shape, not only a colour"
    assert page.locator(".verdict-label").inner_text()
    assert_accessible(page)
    keep(page, f"result-{name}-{language}-{width}")


def test_every_answer_looks_different_without_colour(open_page, site):
    icons = {}
    for name in ("genuine", "changed", "revoked", "unsigned"):
        page = open_page("/")
        check(page, site, name)
        icons[name] = page.locator(".verdict-icon").inner_html()
    assert len(set(icons.values())) == len(icons)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_works_without_script(open_page, keep, site, language):
    page = open_page(f"/?lang={language}", width=390, script=False)
    assert page.locator("#file").is_visible()
    keep(page, f"home-no-script-{language}")
    page.locator("#file").set_input_files(site.files / FILES["genuine"][0])
    page.locator("#check button").click()
    page.wait_for_url("**/verify")
    assert FILES["genuine"][1 if language == "zh" else 2] in page.locator("h1").inner_text()
    assert page.locator("[data-print]").is_hidden(), "a button that does nothing is not shown"
    page.locator("summary").first.click() if page.locator("summary").count() else None
    keep(page, f"result-no-script-{language}")


def test_a_sample_is_checked_without_script(open_page):
    page = open_page("/", script=False)
    page.locator(".sample-button").first.click()
    page.wait_for_url("**/verify")
    assert "真实的" in page.locator("h1").inner_text()


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
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(site.files / FILES["revoked"][0])
    page.wait_for_url("**/verify")
    assert page.evaluate("document.activeElement.id") == "verdict"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") in {"A", "BUTTON", "SUMMARY"}


def test_a_sample_is_checked_with_the_keyboard(open_page):
    page = open_page("/")
    page.locator(".sample-button").nth(1).focus()
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
    page.locator("[role=status]", has_text="请选择一个 PDF 文件").wait_for()
    assert page.url.rstrip("/").endswith(str(page.url.split("/")[2]))


def test_a_sample_can_be_dragged_into_the_box(open_page):
    page = open_page("/")
    page.drag_and_drop(".sample:nth-child(2) .sample-button", "#check")
    page.wait_for_url("**/verify")
    assert "改动" in page.locator("h1").inner_text()


def test_going_back_the_form_is_ready_again(open_page, site):
    page = open_page("/")
    check(page, site, "genuine")
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert page.locator("[role=status]").inner_text() == ""
    assert "busy" not in page.locator("#check").get_attribute("class")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_scanned_code_shows_the_licence_to_a_stranger(open_page, keep, site, width):
    page = open_page(site.licence["path"], width=width)
    assert site.licence["number"] in page.locator("main").inner_text()
    assert "***" in page.locator("main").inner_text()
    assert_accessible(page)
    keep(page, f"license-zh-{width}")
    page.locator(".switch").click()
    page.wait_for_url("**lang=en**")
    assert "in force" in page.locator("h1").inner_text()
    assert_accessible(page)
    keep(page, f"license-en-{width}")


def test_the_language_switch_is_there_and_works(open_page):
    page = open_page("/")
    page.locator(".switch").click()
    page.wait_for_url("**lang=en**")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("input[name=lang]").first.get_attribute("value") == "en"


def test_the_result_prints_as_a_sheet(open_page, keep, site):
    page = open_page("/")
    check(page, site, "genuine")
    page.emulate_media(media="print")
    for control in (".switch", ".actions", ".footer nav", ".demo-strip"):
        assert page.locator(control).first.is_hidden()
    assert page.locator(".verdict h1").is_visible()
    assert re.search(r"[0-9a-f]{8} [0-9a-f]{8}", page.locator("main").inner_text())
    keep(page, "print-zh")
    page.pdf(path=str(keep.__globals__["RESULTS"] / "print-zh.pdf"), prefer_css_page_size=True)


@pytest.mark.parametrize("path", ["/api", "/problems", "/nowhere"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_other_pages_fit_as_well(browser, site, keep, path, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
    page = context.new_page()
    page.goto(site.url + path)
    assert_accessible(page)
    keep(page, f"{path.strip('/')}-zh-{width}")
    context.close()


def test_dark_surroundings_and_forced_colours_keep_the_answer_readable(open_page, site, keep):
    page = open_page("/", forced_colors="active", color_scheme="dark")
    check(page, site, "changed")
    assert page.locator("h1").is_visible()
    keep(page, "result-changed-forced-colours")
