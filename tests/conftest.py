"""What many tests start from: one demo deployment, made once, copied for whoever changes it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as properties

from api.demo.deployment import make_deployment
from api.demo.people import DEMO_CLIENTS
from api.issuing_parts import issuing
from api.settings import Settings
from licenses.issuing import LicenseIssuer

# Fifty times as often as usual: pytest tests/attacks --hypothesis-profile=long
properties.register_profile("long", max_examples=5_000)


@pytest.fixture(scope="session")
def pristine_deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment")
    make_deployment(folder, now=datetime.now(UTC), clients=(*DEMO_CLIENTS, "hospital"))
    return folder


@pytest.fixture
def settings(pristine_deployment: Path, tmp_path: Path) -> Settings:
    folder = tmp_path / "data"
    shutil.copytree(pristine_deployment, folder)
    return Settings(data_dir=folder)


@pytest.fixture
def issuer(settings: Settings) -> Iterator[LicenseIssuer]:
    with issuing(settings) as opened:
        yield opened
