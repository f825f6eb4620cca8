"""The procedures of docs/operations.md, run as they are written, in a deployment of their own."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.issuing_parts import issuing
from api.secrets_at_rest import vault_of
from api.token_keys import open_token_key
from keystore.wrapping import Purpose
from tests.fakes.answering_ca import answer_to

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 600
APPROVAL = "qianyin proposal approve N --digest DIGEST $B"
APPROVED = (  # what the second person does who has read the proposal
    "set -- $(qianyin proposal list --state OPEN $B | head -1); "
    'test "$3" = OPEN; qianyin proposal approve $1 --digest ${@: -1} $B'
)


def example(name: str) -> str:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert found is not None, f"docs/operations.md has no example {name}"
    return found[1]


class Operator:
    """Somebody at a shell in the deployment's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folders = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "QIANYIN_DATA_DIR": str(folder), "PATH": folders}

    def types(self, script: str, *, asked: str = "") -> str:
        """Return what was said; `asked` is typed where a question is asked."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace(APPROVAL, APPROVED)],
            cwd=self.folder,
            env=self.environment,
            input=asked,
            start_new_session=True,  # no terminal: questions read what is given here
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def operator(settings):
    for name in ("zhang-shili", "li-yangben"):
        secret = settings.data_dir / f"secrets/people/{name}.secret"
        shutil.copy(secret, settings.data_dir / f"{name.partition('-')[0]}.secret")
    return Operator(settings.data_dir)


def test_a_key_is_made_certified_and_rolled_over_with_its_seal(operator, settings):
    operator.types(example("key-made"))
    answer = answer_to(settings, settings.data_dir / "next.csr")
    (settings.data_dir / "answer.pem").write_bytes(answer)
    assert "✘" not in operator.types(example("key-certified"))
    said = operator.types(example("key-rolled-over"))
    assert "next: ACTIVE" in said
    assert re.search("^next  ACTIVE", said, re.MULTILINE)
    assert re.search("^seal-signer  DESTROYED", said, re.MULTILINE)
    with issuing(settings.model_copy(update={"seal": "authority-2"})) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        assert issuer.issue(sample, client="approvals", idempotency_key="after").created


def test_a_seal_is_suspended_used_again_and_destroyed(operator):
    assert "authority  DESTROYED" in operator.types(example("seal-ended"))


def test_after_the_master_key_was_lost_known_pins_are_entered_anew(operator, settings, tmp_path):
    vault = vault_of(settings)
    token = open_token_key(vault)
    passphrase = vault.opened(settings.secrets_dir / "keys.pass", Purpose.PIN).decode().rstrip()
    (settings.secrets_dir / "master.key").unlink()
    script = example("master-key-lost").replace("/etc/qianyin", str(tmp_path))
    said = operator.types(script, asked=f"{passphrase}\n")
    assert "file:secrets/master.key: no longer named" in said
    assert "✘" not in said
    assert open_token_key(vault) != token
    with issuing(settings) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        assert issuer.issue(sample, client="approvals", idempotency_key="after").created


def test_an_audit_key_is_set_up_under_an_authority_of_ones_own(operator, settings):
    if "SM2" not in subprocess.check_output(["openssl", "ecparam", "-list_curves"], text=True):
        pytest.skip("this openssl is built without SM2")
    keys = settings.keyring_file
    text = keys.read_text(encoding="utf-8")
    kept = re.sub(r"\[keys\.audit-signer\]\n(.+\n)+", "", text)
    assert kept != text
    keys.write_text(kept, encoding="utf-8")
    old = settings.certificates_dir / "audit-signer.pem"
    old.rename(old.with_name("audit-signer-before.pem"))
    said = operator.types(example("audit-key"))
    assert "audit-signer: ACTIVE" in said
    assert (settings.data_dir / "first.json").exists()


def test_a_key_service_is_set_up_and_used_from_the_other_zone(operator, settings):
    folder = operator.folder
    said = operator.types(example("zone-certificates"))
    (fingerprint,) = re.findall("Fingerprint=([0-9A-F:]+)", said)
    (request_key,) = re.findall("public key ([0-9a-f]+)", said)
    callers = example("zone-callers").replace("67:AA:9B:…", fingerprint)
    (folder / "zone/callers.toml").write_text(callers.replace("3059301306…", request_key))
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    service = example("zone-service").replace("keys.zone.example", "127.0.0.1")
    (folder / "caller/service.toml").write_text(service.replace("8443", str(port)))
    shutil.copy(folder / "zone/ca.pem", folder / "caller/ca.pem")
    command = [shutil.which("qianyin", path=operator.environment["PATH"]), "key", "serve"]
    command += ["--service", "zone/callers.toml", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=folder, env=operator.environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert any("listens on port" in line for line in process.stderr)
            uri = "remote:service=caller/service.toml;key=seal-signer;purpose=seal"
            doctor = f'qianyin doctor --key "{uri}?pin-source=caller/tls.pass"'
            said = operator.types(f"sleep 3; {doctor} --chain certificates/seal-signer.pem")
            assert "✔ usage" in said
        finally:
            process.kill()
