"""What every answer carries, whoever asks for whatever, and whatever goes wrong."""

import re

import pytest

from api.routes import ROUTERS

PAGE = {"Accept": "text/html"}
PROGRAM = {"Accept": "application/json"}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SOURCES = {
    "default-src": {"'none'"},
    "style-src": {"'self'"},
    "script-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "connect-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}


def assert_guarded(answer, *, may_be_kept=False):
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value
    policy = answer.headers["Content-Security-Policy"]
    directives = [one.split() for one in policy.split(";")]
    assert {name: set(sources) for name, *sources in directives} == SOURCES
    assert "set-cookie" not in answer.headers
    kept = answer.headers["Cache-Control"]
    assert kept.startswith("public") if may_be_kept else kept == "no-store"


ASKED = sorted(
    (method, re.sub(r"\{[\w:]+\}", "x", route.path))
    for router in ROUTERS
    for route in router.routes
    for method in route.methods
)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_every_route_answers_guarded_to_people_and_programs(world, method, path):
    for headers in (PAGE, PROGRAM):
        assert_guarded(world.http.request(method, path, headers=headers, follow_redirects=False))


@pytest.mark.parametrize("name", ["qianyin.css", "print.css", "qianyin.js", "mark.svg"])
def test_only_what_is_the_same_for_everybody_may_be_kept(world, name):
    assert_guarded(world.http.get(f"/static/{name}"), may_be_kept=True)


def test_errors_are_guarded_as_well(new_world):
    world = new_world(upload_bytes=1_024, verify_burst=3)

    def fail():
        raise ZeroDivisionError

    world.http.app.add_api_route("/fails", fail)
    form = {"file": ("a.pdf", b"hello", "application/pdf")}
    large = {"file": ("a.pdf", bytes(200_000), "application/pdf")}
    answers = {
        404: world.http.get("/nowhere", headers=PAGE),
        405: world.http.delete("/", headers=PAGE),
        400: world.http.post("/verify", data={"lang": "zh"}, headers=PAGE),
        413: world.http.post("/verify", files=large, headers=PAGE),
        422: world.http.post("/verify", files=form, headers=PAGE),
        500: world.http.get("/fails", headers=PAGE),
    }
    for _ in range(3):
        answers[429] = world.http.post("/verify", files=form, headers=PAGE)
    for status, answer in answers.items():
        assert answer.status_code == status
        assert_guarded(answer)
        assert "接下来怎么办" in answer.text, "a person is told what to do"


def test_no_answer_leads_to_a_host_that_a_request_named(world):
    for path in ("/api/", "/verify/", "/v1/verify/", "//api/"):
        for method in ("GET", "POST"):
            answer = world.http.request(
                method, path, headers={**PAGE, "Host": "evil.example"}, follow_redirects=False
            )
            assert "evil.example" not in answer.headers.get("Location", "") + answer.text


def test_an_upload_never_comes_back_as_it_was(world, issued_pdf):
    answer = world.verify(issued_pdf, "/verify", headers=PAGE)
    assert_guarded(answer)
    for form in ("%PDF", "JVBERi0"):  # as it is, and in base64
        assert form not in answer.text
    kinds = set(re.findall(r'(?:src|href)="data:([^;,]+)', answer.text))
    assert kinds == {"image/png", "application/json"}
