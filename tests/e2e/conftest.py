"""A real server with demonstration files, and a real browser."""

import contextlib
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
import uvicorn

from api.app import application
from api.demo.making import make_demo
from api.settings import Settings
from api.wiring import Services, build
from keystore import sm3

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RESULTS = Path(__file__).parents[2] / "test-results"


@dataclass(frozen=True)
class Site:
    """Where it is, what is behind it, and the demo's files."""

    url: str
    services: Services
    files: Path

    @property
    def licence(self):
        """The genuine sample, as the register knows it."""
        digest = sm3((self.files / "issued/animal_clinic.pdf").read_bytes()).hex()
        return self.services.register.find_by_file(digest)


@pytest.fixture(scope="session")
def demo(pristine_deployment, tmp_path_factory):
    """Everything the demo makes, on a port of its own."""
    folder = tmp_path_factory.mktemp("site") / "data"
    shutil.copytree(pristine_deployment, folder)
    make_demo(Settings(data_dir=folder), tell=lambda _text: None)
    (folder / "not-a-pdf.pdf").write_bytes(b"hello")
    with pikepdf.open(folder / "issued/animal_clinic.pdf") as opened:
        opened.save(folder / "encrypted.pdf", encryption=pikepdf.Encryption(user="x", owner="y"))
    return folder


@pytest.fixture(scope="session")
def site(demo):
    with _site(demo, verify_burst=100_000) as opened:
        yield opened


@pytest.fixture(scope="session")
def strict_site(demo):
    """The same, but it takes one small file from a caller and no second one for an hour."""
    with _site(demo, verify_burst=1, verify_per_minute=1 / 60, upload_bytes=300_000) as opened:
        yield opened


@contextlib.contextmanager
def _site(folder, **changes):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = Settings(
        data_dir=folder, metrics_port=0, examiners=1, public_base_url=url, **changes
    )
    services = build(settings)
    with _serving(services, port):
        yield Site(url, services, folder)


@contextlib.contextmanager
def _serving(services, port):
    config = uvicorn.Config(application(services), port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(400):
        if server.started:
            break
        time.sleep(0.05)
    assert server.started
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def browser():
    """Closed with its module: while it is open, an event loop runs that other tests cannot bear."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, site):
    """A function that opens a page in a context of its own and watches for complaints."""
    contexts, complaints = [], []

    def start(path="/", *, at=site, width=1280, script=True, locale="zh-CN", **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900 if width > 700 else 740},
            java_script_enabled=script,
            locale=locale,
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _note(message.text, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _must_be_ours(request.url, at.url, complaints))
        page.goto(at.url + path)
        return page

    yield start
    assert complaints == []
    for context in contexts:
        assert context.cookies() == []
        context.close()


def _note(text, complaints):
    # An answer of 422 is what some tests ask for, and the browser says so.
    if "Failed to load resource" not in text:
        complaints.append(text)


def _must_be_ours(url, ours, complaints):
    if not url.startswith((ours, "data:", "blob:")):
        complaints.append(f"a request to {url}")


@pytest.fixture
def keep():
    """A function that keeps a screenshot for people to look at."""
    RESULTS.mkdir(exist_ok=True)

    def save(page, name):
        page.screenshot(path=RESULTS / f"{name}.png", full_page=True)

    save.folder = RESULTS
    return save
