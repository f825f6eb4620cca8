"""`qianyin report verify`: a report that a service signed, checked where there is no service."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli.main import run
from api.report_desk import ReportDesk, SignedForm
from api.settings import Settings
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
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


def test_what_is_no_signed_report_is_unreadable(clinic: Path, demo: Path) -> None:
    assert run(["report", "verify", str(clinic), "--data", str(demo)]) == 3
    assert run(["report", "verify", str(demo / "none"), "--data", str(demo)]) == 3
