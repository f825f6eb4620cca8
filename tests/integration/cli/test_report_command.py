"""`qianyin report verify`: a report that a service signed, checked where there is no service."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli.main import run
from api.report_desk import ReportDesk, SignedForm
from api.settings import Settings
from keystore import Credential, KeyUri
from signing import RFC_5652, signed_message
from tests.fakes.sm2_people import NOW, world
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    REPORT_SIGNING,
    TrustAnchors,
    read_upload,
    verify_pdf,
)


@pytest.fixture(scope="module")
def clinic(demo: Path) -> Path:
    return demo / "issued" / "animal_clinic.pdf"


@pytest.fixture(scope="module")
def signed(demo: Path, clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    now = datetime.now(UTC)
    report = verify_pdf(
        read_upload(clinic.read_bytes(), limits=DEFAULT_LIMITS),
        anchors=TrustAnchors.from_directory(demo / "trust"),
        policy=QIANYIN_DEFAULT,
        at=now,
    )
    desk = ReportDesk(Settings(data_dir=demo))
    path = tmp_path_factory.mktemp("reports") / "report.p7m"
    path.write_bytes(desk.sign(json.dumps(report.to_json()).encode(), SignedForm.CMS, at=now))
    desk.close()
    return path


def test_a_report_holds_and_is_about_its_file(
    demo: Path, clinic: Path, signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ["--trust", str(demo / "trust" / "root.pem")]
    assert run(["report", "verify", str(signed), "--file", str(clinic), *root]) == 0
    told = capsys.readouterr().out
    assert "千印演示查验服务" in told
    assert "TOTAL_PASSED" in told
    assert "qianyin-default" in told, "what it was judged by"
    assert run(["report", "verify", str(signed), "--json", "--data", str(demo)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["indication"] == "TOTAL_PASSED"
    assert told["report"]["schema"] == "verification-report-1"


def test_a_report_about_another_file_is_told_apart(
    demo: Path, signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = demo / "issued" / "fishing_permit.pdf"
    assert run(["report", "verify", str(signed), "--file", str(other), "--data", str(demo)]) == 1
    assert "another file" in capsys.readouterr().err


def test_a_changed_report_does_not_hold(demo: Path, signed: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.p7m"
    changed.write_bytes(signed.read_bytes().replace(b"TOTAL_PASSED", b"TOTAL_PASSEE"))
    assert run(["report", "verify", str(changed), "--data", str(demo)]) == 1


def test_a_report_of_unknown_origin_is_undecided(signed: Path, tmp_path: Path) -> None:
    assert run(["report", "verify", str(signed), "--data", str(tmp_path)]) == 2


def test_a_longer_file_that_begins_as_the_reports_file_is_another_file(
    demo: Path, clinic: Path, signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = replace(DEFAULT_LIMITS, file_bytes=clinic.stat().st_size)
    monkeypatch.setattr("api.cli.report.DEFAULT_LIMITS", limit)
    longer = tmp_path / "longer.pdf"
    longer.write_bytes(clinic.read_bytes() + b"and more")
    asked = ["report", "verify", str(signed), "--data", str(demo), "--file"]
    assert run([*asked, str(clinic)]) == 0
    assert run([*asked, str(longer)]) == 3


def test_what_a_strangers_report_says_neither_steers_the_terminal_nor_adds_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trap = "x\n\u2714 TOTAL_PASSED\x1b[2K\u202e"
    by = world().ca.issue(trap, purposes=(REPORT_SIGNING,))
    said = dict.fromkeys(("indication", "file_sm3", "checked_at", "policy"), trap)
    content = json.dumps({"schema": "verification-report-1", **said}).encode()
    credential = Credential(KeyUri.parse("soft:path=in-memory"), by.chain)
    path = tmp_path / "report.p7m"
    path.write_bytes(
        signed_message(content, dialect=RFC_5652, credential=credential, signer=by.signer, at=NOW)
    )
    assert run(["report", "verify", str(path), "--data", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "\u202e" not in told.out + told.err
    assert not any(line.startswith("\u2714 TOTAL") for line in told.out.splitlines())


def test_what_is_no_signed_report_is_unreadable(clinic: Path, demo: Path) -> None:
    assert run(["report", "verify", str(clinic), "--data", str(demo)]) == 3
    assert run(["report", "verify", str(demo / "none"), "--data", str(demo)]) == 3
