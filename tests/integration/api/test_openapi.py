"""Every example of the description is run as it stands, in order, against a fresh deployment."""

from datetime import UTC, datetime

import jsonschema
import pytest
from starlette.testclient import TestClient

from api.app import application
from api.demo.deployment import make_deployment
from api.settings import Settings
from api.wiring import build
from licenses.roles import Right

DAY = datetime(2026, 11, 23, 8, tzinfo=UTC)  # the examples' licence is the first of this year
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    make_deployment(folder, now=DAY)
    settings = Settings(data_dir=folder, metrics_port=0, examiners=1)
    services = build(settings, clock=lambda: DAY)
    secret = services.clients.add(
        "approvals",
        frozenset({"licenses:issue", "licenses:manage", "licenses:read"}),
        by="test",
        now=DAY,
    )
    with TestClient(application(services), base_url="http://127.0.0.1:8000") as http:
        yield http, secret


@pytest.fixture(scope="module")
def document(deployed):
    return deployed[0].get("/openapi.json").json()


def _examples_of(content):
    return [content["example"]] if "example" in content else content["schema"]["examples"]


def _parameters(operation, place):
    return {
        one["name"]: one["schema"]["examples"][0]
        for one in operation.get("parameters", [])
        if one["in"] == place and "examples" in one["schema"]
    }


def _requests(method, path, operation, secret, last_pdf):
    arguments = {"headers": _parameters(operation, "header")}
    for name, value in _parameters(operation, "path").items():
        path = path.replace("{" + name + "}", str(value))
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        for body in _examples_of(content["application/json"]):
            yield method.upper(), path, {**arguments, "json": body}
        return
    if FORM in content:
        (form,) = _examples_of(content[FORM])
        assert form["client_secret"] == "CLIENT_SECRET", "the one thing nobody can publish"
        arguments["data"] = {**form, "client_secret": secret}
    if "multipart/form-data" in content:
        arguments["files"] = {"file": ("licence.pdf", last_pdf, "application/pdf")}
    yield method.upper(), path, arguments


PEOPLE = {Right.DECIDE: "li-yangben", Right.READ_USES: "wang-xugou"}  # else zhang-shili


def _token(operation, services, approvals):
    """Return the token of who may do it: of `approvals`, or of a person of the demo."""
    rights = [one for way in operation["security"] for one in way["oauth2"] if one in set(Right)]
    if not rights:
        return approvals
    name = PEOPLE.get(rights[0], "zhang-shili")
    return services.mint.issue(name, services.clients.find(name).scopes)


def test_every_example_runs_and_every_answer_fits_its_schema(deployed, document):
    http, secret = deployed
    token, pdf, ran = None, b"", 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for verb, address, arguments in _requests(method, path, operation, secret, pdf):
                if "security" in operation:
                    allowed = _token(operation, http.app.state.services, token)
                    arguments["headers"]["Authorization"] = f"Bearer {allowed}"
                answer = http.request(verb, address, **arguments)
                assert answer.status_code in (200, 201), (address, answer.text)
                described = operation["responses"][str(answer.status_code)].get("content", {})
                schema = described.get("application/json", {}).get("schema")
                if schema:
                    _fits(answer.json(), schema, document)
            if path == "/oauth/token":
                token = answer.json()["access_token"]
            if answer.headers["Content-Type"] == "application/pdf":
                pdf = answer.content
            ran += 1
    assert ran == sum(len(item) for item in document["paths"].values()) >= 27


def _fits(value, schema, document):
    jsonschema.validate(
        value,
        {**schema, "components": document["components"]},
        cls=jsonschema.Draft202012Validator,
    )


def test_every_reference_leads_somewhere(document):
    def references(value):
        if isinstance(value, dict):
            if "$ref" in value:
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in set(references(document)):
        assert reference.rpartition("/")[2] in document["components"]["schemas"], reference


def test_a_problem_fits_its_schema(deployed, document):
    answer = deployed[0].get("/v1/licenses/x").json()
    _fits(answer, {"$ref": "#/components/schemas/ProblemView"}, document)


def test_everything_is_described_in_both_languages(document):
    for path, item in document["paths"].items():
        for operation in item.values():
            summary = operation["summary"]
            assert any("\u4e00" <= c <= "\u9fff" for c in summary), path
            assert any("a" <= c <= "z" for c in summary), path


def test_the_documentation_page_lists_every_operation_without_foreign_assets(deployed, document):
    text = deployed[0].get("/api?lang=en").text
    for path in document["paths"]:
        assert path in text
    assert "http://" not in text.replace("http://127.0.0.1:8000", "").replace("http://www.w3", "")
    assert "cdn" not in text


def test_every_problem_type_leads_to_a_page(deployed):
    from api.problems import PROBLEMS

    http, _ = deployed
    listed = http.get("/problems").text
    for row in PROBLEMS.values():
        assert row.slug in listed
        assert http.get(f"/problems/{row.slug}").status_code == 200
    assert http.get("/problems/none").status_code == 404
