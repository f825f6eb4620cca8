"""A key's life by commands: made, certified, used, replaced, ended, each step on record."""

import os
import subprocess
from urllib.parse import quote

import pytest

from api import key_examination
from api.cli.main import REFUSED, run
from api.issuing_parts import issuing
from keystore import Certificate
from licenses.errors import KeyUseRefused
from tests.fakes.answering_ca import answer_to
from tests.fakes.pkcs11_devices import PIN, SM2, new_softhsm, new_token

SOFT = "soft:path=keys/next.key?pin-source=secrets/keys.pass"
MADE = "&key-type=sm2&sm2-generation=0x80008001"
"""What a token is told only when it makes a key."""


@pytest.fixture(params=["soft", "pkcs11"])
def uri(request, settings, tmp_path):
    """Where the new key will live: in a file, or in a token."""
    if request.param == "soft":
        yield SOFT
        return
    token = new_token(tmp_path / "token")
    (settings.data_dir / "secrets/token.pin").write_text(PIN, encoding="utf-8")
    name = f"token={quote('Test token 一')};object=next"
    yield f"pkcs11:{name}?module-path={token.module}&{SM2}&pin-source=secrets/token.pin{MADE}"
    assert token.violations == ""
    assert token.wrong_tries == 0


@pytest.fixture
def key(settings):
    def key(*arguments):
        return run(["key", *map(str, arguments), "--data", str(settings.data_dir)])

    return key


def issue(settings, name):
    with issuing(settings) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        return issuer.issue(sample, client="demo", idempotency_key=name)


def test_from_generation_to_destruction(settings, key, uri, tmp_path, capsys, monkeypatch):
    csr, answer = tmp_path / "a.csr", tmp_path / "answer.pem"
    assert key("generate", uri) == 0
    assert key("generate", uri) == REFUSED
    uri = uri.removesuffix(MADE)
    assert key("request", uri, "--organization", "示例市农业农村局", "--out", csr) == 0
    answer.write_bytes(answer_to(settings, csr))
    assert key("import", uri, answer, "--out", settings.certificates_dir / "next.pem") == 0
    with settings.keyring_file.open("a", encoding="utf-8") as file:
        file.write(f'\n[keys.next]\nuri = "{uri}"\nchain = "certificates/next.pem"\n')
    monkeypatch.setattr(key_examination, "SPEED_SECONDS", 0.1)
    assert run(["doctor", "--key", "next", "--data", str(settings.data_dir)]) == 0
    capsys.readouterr()
    assert key("list") == 0
    assert "next  CERTIFIED" in capsys.readouterr().out
    assert key("activate", "seal-signer") == 0
    assert key("rollover", "seal-signer", "next") == 0
    issue(settings, "during-the-overlap")
    assert key("destroy", "seal-signer") == REFUSED  # not before it is retired
    assert key("retire", "seal-signer") == 0
    with pytest.raises(KeyUseRefused):
        issue(settings, "too-late")
    assert key("destroy", "seal-signer") == 0
    capsys.readouterr()
    assert key("list") == 0
    said = capsys.readouterr().out
    assert "next  ACTIVE" in said
    assert "seal-signer  DESTROYED" in said


def test_a_key_for_readers_elsewhere_is_made_requested_and_certified(key, tmp_path, monkeypatch):
    """P-256 in SoftHSM2; OpenSSL is the judge of the request and the CA that answers it."""
    soft = new_softhsm(tmp_path / "hsm")
    (tmp_path / "pin").write_text(PIN, encoding="utf-8")
    uri = f"{soft.uri('foreign')}&pin-source={tmp_path}/pin&key-type=p256"
    csr, chain = tmp_path / "a.csr", tmp_path / "chain.pem"
    try:
        assert key("generate", uri) == 0
        assert key("generate", uri) == REFUSED
    finally:
        os.unsetenv("SOFTHSM2_CONF")  # the library's own variable, set for it in this process
    assert key("request", uri, "--organization", "Example Bureau", "--out", csr) == 0
    openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subjects = ["-subj", "/CN=Example CA", "-days", "30", "-noenc", "-batch"]
    ca = ["-keyout", str(tmp_path / "ca.key"), "-out", str(tmp_path / "ca.pem")]
    sign = ["openssl", "x509", "-req", "-in", str(csr), "-CA", str(tmp_path / "ca.pem")]
    sign += ["-CAkey", str(tmp_path / "ca.key"), "-days", "9", "-out", str(tmp_path / "leaf.pem")]
    for command in (
        ["openssl", "req", "-in", str(csr), "-verify", "-noout"],
        [*openssl, *subjects, *ca],
        sign,
    ):
        subprocess.run(command, check=True, capture_output=True)
    answer = tmp_path / "answer.pem"
    parts = [(tmp_path / name).read_bytes() for name in ("ca.pem", "leaf.pem")]
    answer.write_bytes(b"".join(parts))
    assert key("import", uri, answer, "--out", chain) == 0
    assert len(Certificate.load_pem_chain(chain.read_bytes())) == 2
    monkeypatch.setattr(key_examination, "SPEED_SECONDS", 0.1)
    data = str(tmp_path / "empty")
    assert run(["doctor", "--key", uri, "--chain", str(chain), "--data", data]) == 1  # in 9 days


def test_a_device_that_makes_no_keys_says_who_does(key, capsys):
    assert key("generate", "sdf:module-path=/opt/hsm/libsdf.so;index=1") == REFUSED
    assert "device's own tools" in capsys.readouterr().err


def test_a_policy_is_set_and_heeded_by_the_next_licence(settings, key):
    assert key("policy", "seal-signer", "--in-all", 1, "--license-type", "animal_clinic") == 0
    issue(settings, "first")
    with pytest.raises(KeyUseRefused):
        issue(settings, "second")
    issue(settings, "first")  # the same request is the same licence


@pytest.mark.parametrize(
    "arguments",
    [
        ["policy", "seal-signer", "--license-type", "driving"],
        ["policy", "seal-signer", "--hours", "8-18"],
        ["activate", "nobody"],
        ["rollover", "seal-signer", "seal-signer"],
    ],
)
def test_what_cannot_be_meant_is_refused(key, arguments):
    assert key(*arguments) == REFUSED


def test_what_a_retired_key_sealed_keeps_verifying(settings, key, tmp_path):
    pdf = tmp_path / "old.pdf"
    pdf.write_bytes(issue(settings, "before").pdf)
    assert key("retire", "seal-signer") == 0
    assert run(["verify", str(pdf), "--data", str(settings.data_dir)]) == 0
