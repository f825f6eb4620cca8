"""A key's life by commands: made, certified, used, replaced, ended, each step on record."""

from datetime import timedelta

import pytest

from api.cli.main import REFUSED, run
from api.issuing_parts import issuing, now
from keystore import KeyUri, Signer, provider_for
from keystore.issuing_ca import CertificatePlan, IssuingCa
from keystore.requests import CertificateRequest
from licenses.errors import KeyUseRefused

URI = "soft:path=keys/next.key?pin-source=secrets/keys.pass"


@pytest.fixture
def key(settings):
    def key(*arguments):
        return run(["key", *map(str, arguments), "--data", str(settings.data_dir)])

    return key


def issue(settings, name):
    with issuing(settings) as issuer:
        sample = issuer.catalog.get("animal_clinic").sample
        return issuer.issue(sample, client="demo", idempotency_key=name)


def certify(settings, csr):
    """What the CA does with a request."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from keystore import Certificate, no_secrets

    der = x509.load_pem_x509_csr(csr.read_bytes()).public_bytes(Encoding.DER)
    request = CertificateRequest.from_der(der)
    above = Certificate.load_pem_chain(
        (settings.certificates_dir / "seal-signer.pem").read_bytes()
    )[1:]
    ca_uri = KeyUri.parse("soft:path=keys/issuing.key?pin-source=secrets/keys.pass")
    with provider_for("soft").open(ca_uri.resolved(settings.data_dir), no_secrets) as ca_key:
        ca = IssuingCa(above[0].x509.subject, Signer.of(ca_key))
        plan = CertificatePlan(
            subject=x509.load_der_x509_csr(der).subject,
            public_key=request.public_key,
            not_before=now() - timedelta(days=1),
            not_after=now() + timedelta(days=300),
            key_usage=frozenset({"digital_signature", "content_commitment"}),
        )
        made = ca.issue(plan)
    return b"".join(one.to_pem() for one in (made, *above))


def test_from_generation_to_destruction(settings, key, tmp_path, capsys):
    csr, answer = tmp_path / "a.csr", tmp_path / "answer.pem"
    assert key("generate", URI) == 0
    assert key("request", URI, "--organization", "示例市农业农村局", "--out", csr) == 0
    answer.write_bytes(certify(settings, csr))
    assert key("import", URI, answer, "--out", settings.certificates_dir / "next.pem") == 0
    with settings.keyring_file.open("a", encoding="utf-8") as file:
        file.write(f'\n[keys.next]\nuri = "{URI}"\nchain = "certificates/next.pem"\n')
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
