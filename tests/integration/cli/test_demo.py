"""`qianyin demo`: what it leaves, and that a second run reuses it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from api.cli.main import run
from api.demo.making import Verdict, make_demo
from api.issuing_parts import now
from api.settings import Settings
from keystore import Certificate
from licenses.catalog import Catalog
from licenses.database import open_database
from licenses.register import Register
from verify import Indication


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.p*")}


def test_the_demo_leaves_one_licence_of_every_type_forgeries_and_roots(demo: Path) -> None:
    issued = {path.stem for path in (demo / "issued").glob("*.pdf")}
    assert issued == {one.slug for one in Catalog.shipped()}
    assert len(issued) >= 9
    assert len(list((demo / "tampered").glob("*.pdf"))) >= 8
    (root,) = (demo / "trust").glob("*.pem")
    assert Certificate.from_pem(root.read_bytes()).is_ca


def test_a_second_run_reuses_everything(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _bytes(demo)
    assert run(["demo", "--data", str(demo), "--once"]) == 0
    assert _bytes(demo) == before
    assert "TOTAL_PASSED" in capsys.readouterr().out


def test_a_run_on_another_day_reuses_what_there_is(demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    settings = Settings(data_dir=folder)
    made = make_demo(settings, tell=lambda _: None, clock=lambda: now() + timedelta(days=1))
    assert all(one.is_as_expected for one in made)


def test_no_private_key_is_in_the_database_or_in_clear_on_disk(demo: Path) -> None:
    for path in demo.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"BEGIN PRIVATE KEY" not in content, path
            assert b"BEGIN EC PRIVATE KEY" not in content, path
    for path in [*(demo / "keys").iterdir(), demo / "secrets" / "keys.pass"]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_forgery_that_passes_makes_the_demo_fail(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(demo, folder)
    genuine = folder / "issued" / "animal_clinic.pdf"
    (folder / "tampered" / "not-a-forgery.pdf").write_bytes(genuine.read_bytes())
    assert run(["demo", "--data", str(folder), "--once"]) == 1
    assert "✘" in capsys.readouterr().out


def test_what_is_expected_of_a_file_is_stated() -> None:
    passed, failed = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED
    cases = [
        (passed, True, True),
        (failed, True, False),
        (passed, False, False),
        (None, False, True),
    ]
    for indication, is_genuine, expected in cases:
        assert Verdict(Path("x"), indication, "", is_genuine).is_as_expected is expected


def test_the_samples_are_genuine_but_no_longer_in_force(demo: Path) -> None:
    results = {
        one.path.stem: one for one in make_demo(Settings(data_dir=demo), tell=lambda _: None)
    }
    assert results["revoked"].indication is Indication.TOTAL_PASSED
    assert results["expired"].indication is Indication.TOTAL_PASSED
    register = Register(open_database(Settings(data_dir=demo).resolved_database_url))
    revoked = [one for one in register.page().records if one.revoked_at]
    assert len(revoked) == 1
