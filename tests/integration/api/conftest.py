"""A whole deployment behind HTTP, with a clock that can be set."""

import copy
import io
import shutil
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from api.app import application
from api.settings import Settings
from api.wiring import build
from tests.fakes.report_schemas import require_published_form

BASE = "http://127.0.0.1:8000"
ALL_SCOPES = frozenset({"licenses:issue", "licenses:manage", "licenses:read"})


class SettableClock:
    """The machine's clock, moved by `offset`."""

    def __init__(self):
        self.offset = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.offset


@dataclass
class World:
    services: object
    clock: SettableClock
    http: TestClient

    def secret_of(self, name, scopes=ALL_SCOPES):
        return self.services.clients.add(name, frozenset(scopes), by="test", now=self.clock())

    def token(self, *scopes):
        return self.services.mint.issue("approvals", frozenset(scopes or ALL_SCOPES))

    def auth(self, *scopes):
        return {"Authorization": f"Bearer {self.token(*scopes)}"}

    def sample(self, slug="animal_clinic"):
        kind = self.services.catalog.get(slug)
        return copy.deepcopy(dict(kind.sample))

    def issue(self, key, body=None):
        headers = {**self.auth(), "Idempotency-Key": key}
        return self.http.post("/v1/licenses", json=body or self.sample(), headers=headers)

    def pdf(self, identifier):
        return self.http.get(f"/v1/licenses/{identifier}/pdf", headers=self.auth()).content

    def verify(self, data, path="/v1/verify", **kwargs):
        files = {"file": ("file.pdf", data, "application/pdf")}
        answer = self.http.post(path, files=files, **kwargs)
        if answer.headers["Content-Type"] == "application/json":
            require_published_form(answer.json())
        return answer


def settings_for(folder, **changes):
    quiet = {
        "metrics_port": 0,
        "examiners": 1,
        "verify_burst": 100_000,
        "token_burst": 100_000,
        "public_base_url": BASE,
    }
    return Settings(data_dir=folder, **{**quiet, **changes})


def open_world(folder, **changes):
    clock = SettableClock()
    services = build(settings_for(folder, **changes), clock=clock)
    client = TestClient(application(services), base_url=BASE, raise_server_exceptions=False)
    return World(services, clock, client)


@pytest.fixture
def new_world(pristine_deployment, tmp_path):
    """A function that starts a world of its own with other settings."""
    opened = []

    def start(**changes):
        folder = tmp_path / f"data{len(opened)}"
        shutil.copytree(pristine_deployment, folder)
        world = open_world(folder, **changes)
        world.http.__enter__()
        opened.append(world)
        return world

    yield start
    for world in opened:
        world.http.__exit__(None, None, None)


@pytest.fixture(scope="module")
def world(pristine_deployment, tmp_path_factory):
    """One world for all tests of a file; what they issue adds up."""
    folder = tmp_path_factory.mktemp("world") / "data"
    shutil.copytree(pristine_deployment, folder)
    world = open_world(folder)
    with world.http:
        yield world


@pytest.fixture(scope="module")
def issued(world):
    """One licence, as its issuer was told of it."""
    return world.issue("the-one").json()


@pytest.fixture(scope="module")
def issued_pdf(world, issued):
    return world.pdf(issued["identifier"])


@pytest.fixture
def blank_pdf():
    def make(pages=1, **save):
        with pikepdf.new() as pdf:
            for _ in range(pages):
                pdf.add_blank_page()
            out = io.BytesIO()
            pdf.save(out, **save)
        return out.getvalue()

    return make
