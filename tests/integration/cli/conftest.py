"""The demo, made once through the command itself."""

from pathlib import Path

import pytest

from api.cli.main import run


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert run(["demo", "--data", str(folder), "--once"]) == 0
    return folder
