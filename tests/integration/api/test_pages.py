"""The public pages as they are sent, read without any script."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from api.demo.tampering import TAMPERINGS
from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import sealing, sign
from tests.fakes.sm2_people import new_seal
from tests.fakes.sm2_people import world as strangers

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "zh-CN,zh;q=0.9"}


class Page(HTMLParser):
    """The parts of a page a reader would name."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self._open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "h1":
            self._open.append(tag)

    def handle_endtag(self, tag):
        if self._open and tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data):
        if self._open:
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def get(world):
    def ask(path, **headers):
        return world.http.get(path, headers={**BROWSER, **headers}, follow_redirects=False)

    return ask


@pytest.fixture
def look(world):
    def ask(data, lang="zh", name="证照.pdf"):
        files = {"file": (name, data, "application/pdf")}
        return world.http.post("/verify", files=files, data={"lang": lang}, headers=BROWSER)

    return ask


def test_the_form_needs_no_script_and_no_third_party(get):
    answer = get("/")
    page = Page(answer.text)
    forms = [form for form in page.all("form") if form["action"] == "/verify"]
    assert forms[0]["method"] == "post"
    assert forms[0]["enctype"] == "multipart/form-data"
    assert any(field.get("type") == "file" for field in page.all("input"))
    for tag, name in (("script", "src"), ("link", "href"), ("img", "src"), ("a", "href")):
        for attrs in page.all(tag):
            assert attrs[name].startswith(("/", "#", "?", "data:"))
    assert "set-cookie" not in answer.headers


def test_what_deceives_in_a_strangers_names_is_spelt_out_on_the_page_and_in_json(look, world):
    people = strangers("page")
    signer = people.ca.issue("\u202e\u200b北京市\x1b[2J工商局")
    seal = new_seal(people.maker, signer, name="示例市\u2066局")
    data = sign(document(), sealing(people, signer=signer, seal=seal)).data
    file = {"file": ("a.pdf", data, "application/pdf")}
    for answer in (look(data), world.http.post("/v1/verify", files=file)):
        for code in ("202E", "200B", "001B", "2066"):
            assert f"〔U+{code}〕" in answer.text
        assert not set(answer.text) & set("\u202e\u200b\x1b\u2066")


@pytest.mark.parametrize("path", ["/", "/api", "/problems", "/problems/not-a-pdf"])
def test_no_page_has_inline_script_or_style(get, path):
    text = get(path).text
    assert not re.search(r"<script(?![^>]*src)", text)
    assert "<style" not in text
    assert not re.search(r"\sstyle=|\son[a-z]+=", text)


@pytest.mark.parametrize(
    ("path", "accepted", "tag"),
    [
        ("/", "zh-CN,zh;q=0.9", "zh-CN"),
        ("/", "en-GB,en;q=0.9,zh;q=0.1", "en"),
        ("/", "fr", "zh-CN"),
        ("/?lang=en", "zh-CN", "en"),
        ("/?lang=zh", "en", "zh-CN"),
        ("/?lang=xx", "en", "en"),
    ],
)
def test_the_language_is_what_was_asked_else_what_the_browser_prefers_else_chinese(
    get, path, accepted, tag
):
    page = Page(get(path, **{"Accept-Language": accepted}).text)
    assert page.all("html")[0]["lang"] == tag


def test_a_genuine_licence_is_told_in_one_sentence_with_everything_below(look, issued, issued_pdf):
    answer = look(issued_pdf)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.text == "这份证照是真实的，签章后未被改动，目前有效。"
    assert "tone-good" in page.all("body")[0]["class"]
    for words in (issued["number"], issued["holder"]["name"], "文件内嵌的数据与登记簿一致"):
        assert words in answer.text
    pictures = page.all("img")
    assert len(pictures) == 2, "the seal and the page"
    assert all(one["src"].startswith("data:image/png;base64,") and one["alt"] for one in pictures)
    assert "服务器没有留存您的文件" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_in_english(look, issued_pdf):
    page = Page(look(issued_pdf, lang="en").text)
    assert (
        page.text == "This licence is genuine, unchanged since it was sealed, and in force today."
    )


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("page-overlaid", "改动"),
        ("annotation-added", "改动"),
        ("signature-value-changed", "伪造"),
        ("seal-pasted-on", "没有电子签章"),
    ],
)
def test_a_tampered_licence_is_told_so(look, issued_pdf, name, sentence):
    answer = look(TAMPERINGS[name](issued_pdf))
    assert sentence in Page(answer.text).text
    assert "不可作为依据" in answer.text or name == "seal-pasted-on"


def test_a_revoked_licence_is_genuine_but_revoked_on_a_day(world, look):
    made = world.issue("page-revoked").json()
    path = f"/v1/licenses/{made['identifier']}/revoke"
    world.http.post(path, json={"reason": "x"}, headers=world.auth())
    answer = look(world.pdf(made["identifier"]))
    assert re.search(r"已于\d+年\d+月\d+日被注销", Page(answer.text).text)
    assert "tone-caution" in answer.text


def test_the_page_is_drawn_as_it_was_when_it_was_sealed(look, issued_pdf):
    def drawn(text):
        return [one["src"] for one in Page(text).all("img") if "width" in one][-1]

    assert drawn(look(issued_pdf).text) == drawn(look(TAMPERINGS["page-overlaid"](issued_pdf)).text)


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7"])
def test_what_cannot_be_read_is_a_page_that_says_so(look, data):
    answer = look(data)
    assert answer.status_code == 422
    assert Page(answer.text).text == "这个文件无法检查。"
    assert "原始 PDF" in answer.text


def test_a_form_without_a_file_is_a_page_that_says_so(world):
    answer = world.http.post("/verify", files={"file": ("", b"")}, headers=BROWSER)
    assert answer.status_code == 400
    assert Page(answer.text).text == "没有收到文件。"


def test_what_a_file_says_about_itself_cannot_become_markup(world, look, blank_pdf):
    answer = look(blank_pdf(), name='"><script>alert(1)</script>.pdf')
    assert "<script>alert" not in answer.text
    answer = look(blank_pdf(), name="../../etc/passwd\x00\x1b[31m.pdf")
    assert "../" not in answer.text.split("</header>")[1]


def test_reloading_a_result_leads_back_to_the_form(get):
    answer = get("/verify")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_an_unknown_address_is_a_page_for_people_in_both_languages(get):
    answer = get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到" in answer.text
    assert "There is nothing here" in answer.text


# The QR code's page.


@pytest.fixture
def qr_path(issued):
    return issued["public_page"].removeprefix("http://127.0.0.1:8000")


def test_a_scanned_code_shows_what_a_stranger_may_see_and_no_more(get, issued, qr_path):
    answer = get(qr_path)
    assert answer.status_code == 200
    for words in (
        issued["number"],
        issued["identifier"],
        "动物诊疗许可证",
        "示例市农业农村局",
        "***",
    ):
        assert words in answer.text
    hidden = [issued["holder"]["name"], issued["holder"]["code"], *issued["fields"].values()]
    for words in hidden:
        assert words not in answer.text
    assert "真实" not in Page(answer.text).text, "the page has not seen the file"


def test_a_wrong_code_and_an_unknown_licence_look_the_same(get, issued, qr_path):
    def seen(path):
        answer = get(path)
        return answer.status_code, re.sub(r"[0-9a-f]{24}", "ID", answer.text)

    unknown = qr_path.replace("202", "209", 1)
    answers = {
        seen(qr_path.partition("?")[0]),
        seen(qr_path.partition("c=")[0] + "c=wrong"),
        seen(qr_path.partition("c=")[0] + "c=%F0%9F%98%80"),
        seen(unknown),
        seen("/l/nonsense?c=x"),
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404


@pytest.mark.parametrize(
    ("verb", "words"), [("suspend", "暂停使用"), ("resume", "有效"), ("revoke", "注销或撤销")]
)
def test_the_code_shows_how_the_licence_stands_today(world, get, verb, words):
    made = world.issue(f"qr-{verb}").json()
    path = f"/v1/licenses/{made['identifier']}"
    if verb == "resume":
        world.http.post(f"{path}/suspend", json={"reason": "x"}, headers=world.auth())
    world.http.post(f"{path}/{verb}", json={"reason": "x"}, headers=world.auth())
    page = Page(get(made["public_page"].removeprefix("http://127.0.0.1:8000")).text)
    assert words in page.text


def test_a_licence_with_an_end_shows_its_days(world, get):
    made = world.issue("qr-period", world.sample("pesticide_business")).json()
    path = made["public_page"].removeprefix("http://127.0.0.1:8000")
    assert re.search(r"\d+年\d+月\d+日至\d+年\d+月\d+日", get(path).text)
    assert re.search(r"\d+ \w+ \d+ to \d+ \w+ \d+", get(path + "&lang=en").text)
    world.clock.offset = timedelta(days=365 * 6)
    try:
        assert "失效" in Page(get(path).text).text
    finally:
        world.clock.offset = timedelta()


# Samples.


def test_samples_are_offered_and_checked_in_a_demo_only(world, new_world, issued_pdf):
    folder = world.services.settings.data_dir / "issued"
    folder.mkdir(exist_ok=True)
    (folder / "animal_clinic.pdf").write_bytes(issued_pdf)
    assert "真实有效的证照" in world.http.get("/", headers=BROWSER).text
    checked = world.http.post(
        "/verify", files={"sample": (None, "animal_clinic.pdf")}, headers=BROWSER
    )
    assert "目前有效" in Page(checked.text).text
    assert world.http.get("/samples/animal_clinic.pdf").content == issued_pdf
    for name in ("other.pdf", "..%2Fkeys.toml", "revoked.pdf"):
        assert world.http.get(f"/samples/{name}").status_code == 404
    unknown = world.http.post("/verify", files={"sample": (None, "keys.toml")}, headers=BROWSER)
    assert unknown.status_code == 404
    real = new_world(environment="development")
    assert "先试一试" not in real.http.get("/", headers=BROWSER).text
    assert real.http.get("/samples/animal_clinic.pdf").status_code == 404


def test_static_files_are_kept_by_browsers_and_nothing_else_is_served(world):
    answer = world.http.get("/static/qianyin.css")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert world.http.get("/static/../verdicts.py").status_code == 404
    assert world.http.get("/static/nothing.css").status_code == 404
    assert "/l/" in world.http.get("/robots.txt").text


def test_a_changed_page_is_shown_as_sealed_and_as_it_is_now(look, issued_pdf):
    changed = look(TAMPERINGS["page-overlaid"](issued_pdf), lang="en").text
    assert "What was changed after sealing" in changed
    assert "Page 1: the content of the page was changed" in changed
    pictures = [one["alt"] for one in Page(changed).all("img")]
    assert "Picture of page 1 as it was sealed" in pictures
    assert "Picture of page 1 as it is now, the differences framed" in pictures
    assert "What was changed after sealing" not in look(issued_pdf, lang="en").text
