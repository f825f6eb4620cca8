"""The documents say what the code says, and their examples run."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import types
from datetime import date
from functools import cache
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer

from api.cli.exits import Exit
from api.cli.main import app as command_line
from api.demo.people import secret_file
from api.metrics import Metrics
from api.problems import PROBLEMS
from api.routes import ROUTERS
from api.settings import Settings
from api.tokens import Scope
from hsm_adapters.soft import SoftProvider
from keystore import KeyUri
from keystore.pkcs8 import decrypt_private_key
from keystore.testing import AdapterStand, KeyProviderContract
from licenses.catalog import Catalog
from licenses.drafts import draft_from_request
from licenses.identifiers import LicenseIdentifier
from licenses.license_pages import LicensePage
from licenses.lifecycle import StandingKind
from licenses.rendering import Renderer
from licenses.roles import Act, Right
from scripts import write_error_list, write_file_map, write_openapi, write_schemas

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
SERVER_SECONDS = 240  # patience, on a machine that has much else to do


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def example(document: str, name: str) -> str:
    found = re.search(
        rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", text(document), re.DOTALL
    )
    assert found is not None, f"{document} has no example {name}"
    return found[1]


# What is listed is what there is


def test_the_error_list_is_current():
    assert text("docs/error-list.md") == write_error_list.error_list(), (
        "run: python -m scripts.write_error_list"
    )


def test_the_file_map_is_current():
    assert text("docs/files.md") == write_file_map.file_map(), (
        "run: python -m scripts.write_file_map"
    )


def test_the_api_description_is_current():
    assert text("docs/openapi.json") == write_openapi.openapi(), (
        "run: python -m scripts.write_openapi"
    )


def test_the_published_schemas_are_current():
    written = {one.name: text(f"docs/schemas/{one.name}") for one in write_schemas.FOLDER.iterdir()}
    assert written == write_schemas.schema_files(), "run: python -m scripts.write_schemas"


def test_the_error_list_has_every_problem():
    assert {row.slug for row in PROBLEMS.values()} <= set(
        re.findall(r"^\| `([a-z0-9-]+)`", text("docs/error-list.md"), re.MULTILINE)
    )


def routes():
    for router in ROUTERS:
        for route in router.routes:
            for method in sorted(route.methods - {"HEAD"}):
                yield f"{method} {route.path}"


def test_every_route_is_in_the_api_document_and_no_other():
    told = set(re.findall(r"`((?:GET|POST) /[^`]*)`", text("docs/api.md")))
    assert told == set(routes()) | {"GET /openapi.json"}


@pytest.mark.parametrize("word", [*Scope, *Right, *Act, *StandingKind])
def test_every_scope_act_and_standing_is_in_the_api_document(word):
    assert f"`{word}`" in text("docs/api.md")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_operations_document(name):
    assert f"`{name}`" in text("docs/operations.md")


def test_every_metric_is_in_the_operations_document():
    ours = set(re.findall(r"^# TYPE (qianyin_\w+) ", Metrics().text().decode(), re.MULTILINE))
    told = set(re.findall(r"`(qianyin_\w+)\{", text("docs/operations.md")))
    assert told == {name for name in ours if not name.endswith("_created")}


def commands(group=None, words=()):
    for name, one in (group or typer.main.get_command(command_line)).commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, (*words, name))
        else:
            yield (*words, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_is_in_the_readme(words):
    rows = [line for line in text("README.md").splitlines() if line.startswith("| `")]
    named = [re.findall(r"`([^`]+)`", row.split("|")[1]) for row in rows]
    verbs = {
        (*first.split()[:-1], verb) for first, *more in named for verb in (first.split()[-1], *more)
    }
    assert words in verbs


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_is_in_the_readme(code):
    assert re.search(rf"^\| {int(code)} \|", text("README.md"), re.MULTILINE)


def dependencies():
    project = tomllib.loads(text("pyproject.toml"))
    groups = project["dependency-groups"]
    for line in (*project["project"]["dependencies"], *groups["dev"], *groups["build"]):
        yield re.match(r"[A-Za-z0-9-]+", line)[0]


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_every_dependency_is_explained_in_the_readme(name):
    cells = re.findall(r"^\| ([a-z0-9, -]+) \|", text("README.md"), re.MULTILINE)
    assert name in {one.strip() for cell in cells for one in cell.split(",")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: str(one.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_every_file_the_threat_model_names_is_there():
    rows = [line for line in text("SECURITY.md").splitlines() if line.count("|") == 5]
    for _, _, _, code, tests, _ in (row.split("|") for row in rows[2:]):
        for path in re.findall(r"`([\w/]+\.py|[\w/]+/|\w+\.lock|Makefile)`", code):
            assert (ROOT / path).exists(), path
        for path in re.findall(r"`([\w/]+\.py)`", tests):
            assert (ROOT / "tests" / path).exists(), path


# What is shown runs


def test_the_example_of_a_licence_type_prints_a_licence(tmp_path):
    folder = tmp_path / "beekeeping"
    folder.mkdir()
    for name in ("type.toml", "schema.json", "template.typ", "sample.json"):
        (folder / name).write_text(example("docs/license-types.md", name), encoding="utf-8")
    catalog = Catalog.from_directory(tmp_path)
    draft = draft_from_request(catalog, catalog.get("beekeeping").sample, today=date(2026, 11, 23))
    kind, authority = draft.license_type, Settings()
    identifier = LicenseIdentifier.build(
        type_code=kind.code, issuer_code=authority.authority_code, serial="1", version=1
    )
    page = LicensePage(
        license_type=kind,
        identifier=str(identifier),
        number=kind.number_style.format(year=2026, sequence=1, province="例"),
        holder=draft.holder,
        fields=draft.fields,
        issue_date=draft.issue_date,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        authority_name=authority.authority_name,
        authority_code=authority.authority_code,
        public_url="http://127.0.0.1:8000/l/1?c=2",
    )
    rendered = Renderer(catalog).render(page)
    assert rendered.pdf.startswith(b"%PDF-")
    assert rendered.seal_page == 1
    assert page.valid_until == date(2029, 11, 22)


def test_the_example_of_the_api_document_fits_its_type():
    request = json.loads(re.search(r"```json\n(.*?)```", text("docs/api.md"), re.DOTALL)[1])
    draft = draft_from_request(Catalog.shipped(), request, today=date(2026, 11, 23))
    assert draft.license_type.slug == request["license_type"]


class _Session:
    """A device of the stand-in's kind, over a software key."""

    def __init__(self, opened, key, gone):
        self._opened, self._key, self._gone = opened, key, gone
        self.point = key.public_key.point

    def sign(self, digest):
        return self._key.sign_digest(digest).to_raw()

    def close(self):
        self._opened.__exit__(None, None, None)


def toy_device(path: Path, pin: str) -> types.ModuleType:
    device = types.ModuleType("toy_device")
    device.Session, device.Gone = _Session, type("Gone", (Exception,), {})

    def find(name, offered):
        if name != "signer":
            raise LookupError(name)
        if offered != pin.encode():
            raise PermissionError
        opened = SoftProvider().open(KeyUri.parse(f"soft:path={path}"), lambda _: pin)
        return _Session(opened, opened.__enter__(), device.Gone)

    device.find = find
    return device


class TestTheExampleOfAnAdapter(KeyProviderContract):
    @pytest.fixture(autouse=True)
    def _modules(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def make_stand(self, folder: Path) -> AdapterStand:
        pin, path = "12345678", folder / "toy.key"
        SoftProvider().generate(KeyUri.parse(f"soft:path={path}"), lambda _: pin)
        self.monkeypatch.setitem(sys.modules, "toy_device", toy_device(path, pin))
        adapter = types.ModuleType("toy_adapter")
        self.monkeypatch.setitem(sys.modules, "toy_adapter", adapter)
        exec(example("docs/writing-an-adapter.md", "adapter.py"), vars(adapter))
        return AdapterStand(
            provider=adapter.ToyProvider(),
            key=KeyUri.parse("toy:object=signer"),
            absent_key=KeyUri.parse("toy:object=nobody"),
            pin=pin,
            wrong_pin="00000000",
            secret_texts=(decrypt_private_key(path.read_bytes(), pin.encode()).scalar.hex(),),
        )

    def test_the_pin_is_read_from_the_file_the_uri_names(self, tmp_path):
        stand = self.make_stand(tmp_path)
        (tmp_path / "pin").write_text(f"{stand.pin}\n", encoding="utf-8")
        uri = KeyUri.parse(f"toy:object=signer?pin-source={tmp_path}/pin")
        with stand.provider.open(uri, _nobody) as key:
            assert key.sign_digest(bytes(32))


def _nobody(name: str) -> str:
    raise AssertionError(f"nobody is there to be asked for the {name}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def server(pristine_deployment, tmp_path, monkeypatch):
    """The service as `make demo` leaves it, in a folder whose deployment is `var`."""
    shutil.copytree(pristine_deployment, tmp_path / "var")
    base = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("QIANYIN_PUBLIC_BASE_URL", base)
    monkeypatch.setenv("QIANYIN_METRICS_PORT", "0")
    qianyin = str(Path(sys.executable).with_name("qianyin"))
    command = [qianyin, "serve", "--data", "var", "--port", base.rpartition(":")[2]]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if "Uvicorn running" in line:
                    break
            with urlopen(f"{base}/healthz", timeout=SERVER_SECONDS) as answer:
                assert answer.status == 200
            yield base
        finally:
            process.terminate()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_first_call_of_the_readme_runs_as_written(server, tmp_path):
    done = run_as_written(example("README.md", "first-call"), server, tmp_path)
    assert "目前有效" in done
    assert "TOTAL_PASSED" in done


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_procedures_of_two_people_run_as_written(server, tmp_path):
    for name in ("zhang-shili", "li-yangben", "wang-xugou"):
        secret = secret_file(tmp_path / "var", name)
        shutil.copy(secret, tmp_path / f"{name.partition('-')[0]}.secret")
    done = run_as_written(example("docs/operations.md", "governing"), server, tmp_path)
    for words in ('"alias":"second"', '"state":"EXECUTED"', '"state":"SUSPENDED"', '"DESTROYED"'):
        assert words in done
    assert (tmp_path / "uses.csv").read_text(encoding="utf-8-sig").startswith("line,at,client,")


def run_as_written(script, server, folder):
    """Run a script of the documents in a folder; return what it printed."""
    assert "URL=http://127.0.0.1:8000\n" in script
    programs = Path(sys.executable).parent
    script = script.replace("http://127.0.0.1:8000", server)
    script = script.replace(".venv/bin/", f"{programs}/")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SERVER_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_of_an_adapter_fits_on_a_screen():
    assert len(example("docs/writing-an-adapter.md", "adapter.py").splitlines()) <= 40
