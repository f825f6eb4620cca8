"""The compromise drill, as an operator runs it: distrust, look, issue again, all on record."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli.main import REFUSED, run
from api.demo.deployment import make_deployment
from api.evidence_watch import EvidenceWatch
from api.issuing_parts import issuing
from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore import Keyring
from licenses.audit import AuditAction
from licenses.database import open_database
from licenses.errors import KeyUseRefused
from licenses.keys import KeyName, Keys
from licenses.lifecycle import LicenseState
from licenses.records import LicenseRecord
from licenses.register import Register

PASSED, FAILED, INDETERMINATE = 0, 1, 2
TYPE = "animal_clinic"


@pytest.fixture
def licenses(settings: Settings, tmp_path: Path) -> tuple[LicenseRecord, ...]:
    with issuing(settings) as issuer:
        sample = issuer.catalog.get(TYPE).sample
        made = [issuer.issue(sample, client="demo", idempotency_key=f"k{n}") for n in range(3)]
        issuer.register.suspend(
            made[2].record.identifier, reason="r", by="c", now=datetime.now(UTC)
        )
    for number, one in enumerate(made):
        (tmp_path / f"{number}.pdf").write_bytes(one.pdf)
    return tuple(one.record for one in made)


def distrust(settings: Settings, since: datetime, *more: str, key: str = "seal-signer") -> int:
    arguments = ["key", "distrust", key, "--from", since.isoformat(), *more]
    return run([*arguments, "--data", str(settings.data_dir)])


def verify(settings: Settings, pdf: Path) -> int:
    return run(["verify", str(pdf), "--data", str(settings.data_dir)])


def replace_keys(settings: Settings, folder: Path) -> None:
    """Another key, certificate and seal, as after a roll-over; the database stays."""
    make_deployment(folder, now=datetime.now(UTC))
    for name in ("keys", "certificates", "seals", "secrets", "crl"):
        shutil.rmtree(settings.data_dir / name, ignore_errors=True)
    not_the_database = shutil.ignore_patterns("qianyin.db*")
    shutil.copytree(folder, settings.data_dir, ignore=not_the_database, dirs_exist_ok=True)


def test_a_dry_run_lists_and_changes_nothing(settings, licenses, tmp_path, capsys):
    batch = tmp_path / "batch.jsonl"
    since = licenses[1].sealed_at
    assert distrust(settings, since, "--dry-run", "--json", "--batch", str(batch)) == 0
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [one["identifier"] for one in rows] == [one.identifier for one in licenses]
    assert rows[2]["becomes"] == "TOTAL_FAILED/REVOKED"
    assert [one["reissue"] for one in rows] == [True, True, False]
    assert "3 licences affected" in said.err
    assert not batch.exists()
    assert verify(settings, tmp_path / "0.pdf") == PASSED


def test_what_was_sealed_since_fails_and_what_was_sealed_before_is_in_doubt(
    settings, licenses, tmp_path
):
    assert verify(settings, tmp_path / "2.pdf") == PASSED
    assert distrust(settings, datetime.now(UTC)) == 0
    assert verify(settings, tmp_path / "2.pdf") == INDETERMINATE
    assert distrust(settings, licenses[0].sealed_at - timedelta(days=1)) == 0
    assert verify(settings, tmp_path / "2.pdf") == FAILED


def test_a_later_moment_never_takes_an_earlier_one_back(settings, licenses, tmp_path):
    assert distrust(settings, licenses[0].sealed_at - timedelta(days=1)) == 0
    assert distrust(settings, datetime.now(UTC)) == 0
    assert verify(settings, tmp_path / "0.pdf") == FAILED


def test_the_key_signs_nothing_more_and_the_attempt_is_on_record(settings, licenses):
    with issuing(settings) as issuer:  # a service that was running before
        assert distrust(settings, datetime.now(UTC)) == 0
        sample = issuer.catalog.get(TYPE).sample
        with pytest.raises(KeyUseRefused):
            issuer.issue(sample, client="demo", idempotency_key="after")
        sm3 = issuer.desk.key.sm3
        assert not issuer.register.page(state=LicenseState.RESERVED).records
        told = issuer.register.history(sm3)
    assert [one.action for one in told] == [AuditAction.KEY_DISTRUSTED, AuditAction.KEY_REFUSED]
    assert told[1].details == {"subject": "seal:authority", "reason": "state-distrusted"}


def test_the_licences_are_issued_again_under_another_key_once(settings, licenses, tmp_path, capsys):
    batch, out = tmp_path / "batch.jsonl", tmp_path / "again"
    assert distrust(settings, datetime.now(UTC), "--batch", str(batch)) == 0
    again = ["key", "reissue", str(batch), "--out", str(out), "--data", str(settings.data_dir)]
    assert run(again) == 1  # the key still in place is the one nobody trusts
    replace_keys(settings, tmp_path / "new")
    assert run([*again, "--dry-run"]) == 0
    assert not list(out.glob("*.pdf"))
    assert run(again) == 0
    first = {one.name: one.read_bytes() for one in out.iterdir()}
    assert run(again) == 0
    assert {one.name: one.read_bytes() for one in out.iterdir()} == first
    assert len(first) == 2
    for pdf in out.iterdir():
        assert verify(settings, pdf) == PASSED
    engine = open_database(settings.resolved_database_url)
    register = Register(engine)
    old = [register.find(one.identifier) for one in licenses]
    assert [one.state for one in old] == [
        LicenseState.REVOKED,
        LicenseState.REVOKED,
        LicenseState.SUSPENDED,
    ]
    new = register.find(old[0].replaced_by)
    assert (new.fields, new.valid_from, new.valid_until) == (
        old[0].fields,
        old[0].valid_from,
        old[0].valid_until,
    )
    assert new.number != old[0].number
    engine.dispose()


def test_a_key_is_named_by_its_certificate_or_serial_too(settings, licenses, capsys):
    pem = settings.certificates_dir / "seal-signer.pem"
    with issuing(settings) as issuer:
        serial = f"{issuer.desk.sealer.container.credential.certificate.serial:X}"
    for name in (str(pem), serial):
        assert distrust(settings, datetime.now(UTC), "--dry-run", key=name) == 0
        assert "3 licences affected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "since"),
    [
        ("nobody", "2026-01-01T00:00:00Z"),
        ("seal-signer", "yesterday"),
        ("seal-signer", "2026-01-01T00:00:00"),
        ("seal-signer", "2999-01-01T00:00:00Z"),
    ],
)
def test_a_key_nobody_knows_and_a_moment_in_doubt_are_refused(settings, key, since):
    arguments = ["key", "distrust", key, "--from", since, "--data", str(settings.data_dir)]
    assert run(arguments) == REFUSED
    assert not list(settings.revocation_cache_dir.glob("*.distrust"))


def test_a_running_service_hears_of_it(settings):
    renewed = []
    watch = EvidenceWatch(settings.evidence_dirs, lambda: renewed.append(1))
    watch.look()
    assert distrust(settings, datetime.now(UTC)) == 0
    watch.look()
    assert renewed == [1]


def test_a_batch_that_is_none_is_refused(settings, tmp_path):
    (tmp_path / "b").write_text("{}")
    arguments = ["key", "reissue", str(tmp_path / "b"), "--out", str(tmp_path / "o")]
    assert run([*arguments, "--data", str(settings.data_dir)]) == REFUSED


def test_licences_sealed_before_the_key_was_noted_are_found_by_its_uri(settings, licenses):
    with Keyring.from_file(settings.keyring_file.absolute(), secrets=vault_of(settings)) as keyring:
        uri = str(keyring.credential("seal-signer").uri)
    engine = open_database(settings.resolved_database_url)
    found = Keys(engine).affected(KeyName("00" * 32, "a", uri), datetime.now(UTC))
    assert len(found) == 3
    engine.dispose()
