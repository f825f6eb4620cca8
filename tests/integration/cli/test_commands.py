"""The other commands, as an operator types them."""

import json
import re
import shutil
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from api import key_examination
from api.cli import doctor
from api.cli.main import run
from api.cli.options import open_keyring
from api.endings import endings
from api.examination import service
from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore import SIGNER_ID_GM, Certificate
from keystore.errors import KeyUnavailable
from keystore.wrapping import Purpose
from licenses.catalog import Catalog
from licenses.database import open_database, write_session
from licenses.seal_models import SEAL_GRANT
from licenses.storage import FolderStore


@pytest.fixture
def data(demo: Path, tmp_path: Path) -> list[str]:
    folder = tmp_path / "deployment"
    shutil.copytree(demo, folder)
    return ["--data", str(folder)]


def test_roots_are_exported_as_pem(
    data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "roots"
    assert run(["trust", "export", "--out", str(out), *data]) == 0
    (path,) = out.glob("*.pem")
    root = Certificate.from_pem(path.read_bytes())
    root.verify_issued(root, signer_id=SIGNER_ID_GM)
    assert run(["trust", "list", *data]) == 0
    assert root.fingerprint in capsys.readouterr().out


def test_a_client_is_registered_rotated_locked_out_and_listed(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["client", "add", "approvals", "--scope", "licenses:issue", *data]) == 0
    first = capsys.readouterr().out.split()[-1]
    assert run(["client", "rotate", "approvals", "--overlap", "1", *data]) == 0
    second = capsys.readouterr().out.split()[-1]
    assert first != second
    for command in (["unlock", "approvals"], ["disable", "approvals"], ["list"]):
        assert run(["client", *command, *data]) == 0
    shown = capsys.readouterr().out
    assert "approvals  disabled" in shown
    assert first not in shown
    assert second not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["client", "add", "approvals", "--scope", "licenses:everything"],
        ["client", "disable", "nobody"],
        ["client", "add", "../etc", "--scope", "licenses:issue"],
    ],
)
def test_a_wrong_client_command_is_refused_in_one_sentence(
    data: list[str], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, *data]) == 64
    assert capsys.readouterr().err.startswith("qianyin: ")


def test_the_database_is_migrated(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate", *data]) == 0
    assert "0004" in capsys.readouterr().out


def test_licences_are_issued_from_files_and_never_twice(
    data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = dict(Catalog.shipped().get("animal_clinic").sample)
    requests = tmp_path / "approved.json"
    requests.write_text(json.dumps([sample, {**sample, "fields": {}}]), encoding="utf-8")
    out = tmp_path / "out"
    command = ["issue", str(requests), "--out", str(out), "--key", "k", *data]
    assert run(command) == 1
    assert "1 issued, 1 refused" in capsys.readouterr().out
    first = {path.name: path.read_bytes() for path in out.glob("*.pdf")}
    requests.write_text(json.dumps([sample]), encoding="utf-8")
    assert run(command) == 0
    assert {path.name: path.read_bytes() for path in out.glob("*.pdf")} == first
    assert len(first) == 1
    requests.write_text("{", encoding="utf-8")
    assert run(command) == 64


def test_what_was_issued_beside_a_failure_is_written_and_the_next_run_goes_on(
    data: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = dict(Catalog.shipped().get("animal_clinic").sample)
    requests, out = tmp_path / "approved.json", tmp_path / "out"
    requests.write_text(json.dumps([sample] * 3), encoding="utf-8")
    command = ["issue", str(requests), "--out", str(out), "--key", "k", *data]
    put, kept = FolderStore.put, []

    def full_once(store: FolderStore, content: bytes, digest: str) -> None:
        kept.append(digest)
        if len(kept) == 2:
            raise KeyUnavailable("as if a device had failed")
        put(store, content, digest)

    monkeypatch.setattr(FolderStore, "put", full_once)
    assert run(command) == 64
    assert len(list(out.glob("*.pdf"))) == 2
    assert run(command) == 0
    assert len(list(out.glob("*.pdf"))) == 3


def test_a_key_goes_from_generation_to_an_imported_certificate(
    data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = "soft:path=keys/new.key?pin-source=secrets/keys.pass"
    assert run(["key", "generate", uri, *data]) == 0
    csr = tmp_path / "new.csr"
    subject = ["--organization", "示例市农业农村局", "--out", str(csr)]
    assert run(["key", "request", uri, *subject, *data]) == 0
    assert b"CERTIFICATE REQUEST" in csr.read_bytes()
    # The chain of another key is refused.
    other = Path(data[1]) / "certificates" / "seal-signer.pem"
    out = tmp_path / "chain.pem"
    assert run(["key", "import", uri, str(other), "--out", str(out), *data]) == 64
    assert not out.exists()
    own = "soft:path=keys/seal-signer.key?pin-source=secrets/keys.pass"
    assert run(["key", "import", own, str(other), "--out", str(out), *data]) == 0
    assert len(Certificate.load_pem_chain(out.read_bytes())) == 3
    assert run(["key", "list", *data]) == 0
    assert run(["key", "generate", uri, *data]) == 64
    assert run(["key", "generate", "tpm9:path=x", *data]) == 64
    assert "BEGIN" not in capsys.readouterr().out


def test_the_doctor_finds_a_healthy_deployment_healthy(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", *data]) == 0
    said = capsys.readouterr().out
    assert "✘" not in said
    assert "audit trail holds" in said
    vault = vault_of(Settings(data_dir=Path(data[1])))
    passphrase = vault.opened(vault.folder / "keys.pass", Purpose.PIN)
    assert passphrase.decode() not in said


@pytest.mark.parametrize(
    ("days", "word", "code"),
    [(61, "", 0), (59, "DUE", 1), (29, "SOON", 1), (6, "URGENT", 1), (-1, "ENDED", 1)],
)
def test_the_doctor_says_louder_and_louder_that_a_key_and_a_seal_end(
    data: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    word: str,
    code: int,
) -> None:
    with open_keyring(Path(data[1])) as keyring:
        ends = {(one.kind, one.alias): one.at for one in endings(keyring)}
    engine = open_database(f"sqlite:///{Path(data[1]) / 'qianyin.db'}")
    with write_session(engine) as connection:  # a grant that outlives them all
        connection.execute(update(SEAL_GRANT).values(valid_until=max(ends.values())))
    engine.dispose()
    before = timedelta(days=days, hours=1)
    monkeypatch.setattr(doctor, "now", lambda: min(ends.values()) - before)
    assert run(["doctor", *data]) == code
    said = [line for line in capsys.readouterr().out.splitlines() if line[2:].startswith("ends")]
    assert any(word in line and ("✘" in line) is bool(word) for line in said)
    monkeypatch.setattr(doctor, "now", lambda: ends["key", "seal-signer"] - before)
    monkeypatch.setattr(key_examination, "SPEED_SECONDS", 0.1)
    assert run(["doctor", "--key", "seal-signer", *data]) == code
    assert word in capsys.readouterr().out


def test_the_doctor_judges_examiners_as_the_service_starts_them(
    data: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # More is open here than an examiner may have open: that is no fault of the deployment.
    with ExitStack() as held:
        for _ in range(Settings().examiner_open_files + 1):
            held.enter_context(open("/dev/null", "rb"))
        assert run(["doctor", *data]) == 0
    monkeypatch.setattr(service, "_EXAMINER", "api.examination.examiner:missing")
    assert run(["doctor", *data]) == 1
    assert "✘ examiners  no examining process can be started" in capsys.readouterr().out


def test_the_doctor_names_what_is_wrong(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(data[1])
    (folder / "secrets" / "keys.pass").chmod(0o644)
    (folder / "trust" / "root.pem").write_bytes(b"nothing")
    assert run(["doctor", *data]) == 1
    said = capsys.readouterr().out
    assert "✘ secrets" in said
    assert "✘ trust" in said


def test_production_refuses_keys_in_files(
    data: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANYIN_ENVIRONMENT", "production")
    assert run(["key", "list", *data]) == 64
    assert "production wants a device" in capsys.readouterr().err
    monkeypatch.setenv(
        "QIANYIN_ALLOWED_SOFT_KEYS",
        '["audit-signer", "report-signer", "seal-maker", "seal-signer", "tsa"]',
    )
    assert run(["key", "list", *data]) == 0


def test_production_refuses_a_key_file_among_the_mirrors_of_a_device(
    data: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(data[1]) / "keys.toml"
    text = file.read_text(encoding="utf-8")
    mirrored = re.sub(r'uri = "(soft:[^"]*)"', r'uri = "sdf:index=1"\nmirrors = ["\1"]', text)
    file.write_text(mirrored, encoding="utf-8")
    monkeypatch.setenv("QIANYIN_ENVIRONMENT", "production")
    assert run(["key", "list", *data]) == 64
    assert "production wants a device" in capsys.readouterr().err


def test_a_misspelt_setting_is_refused(
    data: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANYIN_VERIFY_BRUST", "1")
    assert run(["doctor", *data]) == 64
    assert "QIANYIN_VERIFY_BRUST" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("operation", ["sign", "issue", "verify"])
def test_a_benchmark_prints_one_object(operation: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", operation, "--seconds", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["operation"] == operation
    assert result["per_second"] > result["pyhanko_per_second"] > 0
    rounding = 0.06  # of the printed figures
    least = (result["per_second"] - rounding) / (result["pyhanko_per_second"] + rounding)
    most = (result["per_second"] + rounding) / (result["pyhanko_per_second"] - rounding)
    assert least - rounding <= result["ratio"] <= most + rounding


@pytest.mark.parametrize("command", ["serve", "verify", "client", "seal", "key", "bench"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage" in said


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 64
    assert "nonsense" in capsys.readouterr().err


def test_only_named_hosts_are_asked_for_revocation_lists(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.unit.api.test_revocation_refresh import pointing

    data = tmp_path / "data"
    (data / "trust").mkdir(parents=True)
    (data / "trust" / "ca.pem").write_bytes(pointing("http://127.0.0.1:1/ca.crl").to_pem())
    assert run(["trust", "refresh", "--data", str(data)]) == 0
    assert "its host is not in revocation_hosts" in capsys.readouterr().out
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QIANYIN_REVOCATION_HOSTS", '["127.0.0.1:1"]')
        assert run(["trust", "refresh", "--data", str(data)]) == 1
    assert "does not answer" in capsys.readouterr().out
