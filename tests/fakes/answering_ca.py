"""A CA that answers certificate requests: the demo's own, its key in the deployment."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from api.issuing_parts import now
from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore import Certificate, KeyUri, Signer, provider_for
from keystore.issuing_ca import CertificatePlan, IssuingCa
from keystore.requests import CertificateRequest

DAYS = 300


def answer_to(settings: Settings, csr: Path) -> bytes:
    """Return the certificate and those above it, PEM."""
    der = x509.load_pem_x509_csr(csr.read_bytes()).public_bytes(Encoding.DER)
    request = CertificateRequest.from_der(der)
    above = Certificate.load_pem_chain(
        (settings.certificates_dir / "seal-signer.pem").read_bytes()
    )[1:]
    ca_uri = KeyUri.parse("soft:path=keys/issuing.key?pin-source=secrets/keys.pass")
    with provider_for("soft").open(
        ca_uri.resolved(settings.data_dir.absolute()), vault_of(settings)
    ) as ca_key:
        ca = IssuingCa(above[0].x509.subject, Signer.of(ca_key))
        plan = CertificatePlan(
            subject=x509.load_der_x509_csr(der).subject,
            public_key=request.public_key,
            not_before=now() - timedelta(days=1),
            not_after=now() + timedelta(days=DAYS),
            key_usage=frozenset({"digital_signature", "content_commitment"}),
        )
        made = ca.issue(plan)
    return b"".join(one.to_pem() for one in (made, *above))
