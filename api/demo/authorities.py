"""The demo's SM2 certificates: root → issuing CA → seal maker and signer, TSA, reports, audit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import Name

from keystore import Certificate, KeyUri, Signer, provider_for
from keystore.issuing_ca import CertificatePlan, IssuingCa, distinguished_name
from keystore.ports import GeneratesKeys, SecretSource
from licenses.checkpoints import AUDIT_SIGNING
from verify import REPORT_SIGNING

__all__ = ["DemoPki", "make_pki"]

ORGANIZATION = "千印演示（虚构）"
CA_USES = frozenset({"key_cert_sign", "crl_sign"})
SIGNING_USES = frozenset({"digital_signature", "content_commitment"})
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
DAYS_BEFORE = timedelta(days=1)
CA_VALIDITY = timedelta(days=20 * 365)
LEAF_VALIDITY = timedelta(days=10 * 365)
CRL_VALIDITY = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True)
class DemoPki:
    """What was made; chains are leaf first."""

    root: Certificate
    issuing: Certificate
    leaves: dict[str, Certificate]
    signers: dict[str, Signer]

    def chain(self, alias: str) -> tuple[Certificate, ...]:
        """Return a leaf's chain up to the root."""
        return self.leaves[alias], self.issuing, self.root


@dataclass(frozen=True, slots=True)
class _Leaf:
    alias: str
    common_name: str
    organization: str
    extended_key_usage: tuple[str, ...] = ()


def make_pki(folder: Path, secrets: SecretSource, *, authority: str, now: datetime) -> DemoPki:
    """Make keys under `folder`/keys, certificates and CRLs; the root goes to `folder`/trust."""
    leaves = (
        _Leaf("seal-maker", "千印演示制章机构", ORGANIZATION),
        _Leaf("seal-signer", authority, authority),
        _Leaf("tsa", "千印演示时间戳", ORGANIZATION, (TIME_STAMPING,)),
        _Leaf("report-signer", "千印演示查验服务", ORGANIZATION, (REPORT_SIGNING,)),
        _Leaf("audit-signer", "千印演示审计", ORGANIZATION, (AUDIT_SIGNING,)),
    )
    aliases = ("root", "issuing", *(leaf.alias for leaf in leaves))
    signers = {alias: _new_key(folder, alias, secrets) for alias in aliases}
    root_name, issuing_name = _name("千印演示根CA"), _name("千印演示签发CA")
    root_ca = IssuingCa(root_name, signers["root"])
    issuing_ca = IssuingCa(issuing_name, signers["issuing"])
    root = root_ca.issue(_ca_plan(root_name, signers["root"], now, path_length=1))
    issuing = root_ca.issue(_ca_plan(issuing_name, signers["issuing"], now, path_length=0))
    made = {
        leaf.alias: issuing_ca.issue(_leaf_plan(leaf, signers[leaf.alias], now)) for leaf in leaves
    }
    pki = DemoPki(root, issuing, made, signers)
    _write(folder, pki, (root_ca, issuing_ca), now)
    return pki


def _new_key(folder: Path, alias: str, secrets: SecretSource) -> Signer:
    uri = KeyUri.parse(f"soft:path=keys/{alias}.key?pin-source=secrets/keys.pass").resolved(folder)
    provider = provider_for("soft")
    assert isinstance(provider, GeneratesKeys)  # noqa: S101 - our own adapter does
    provider.generate(uri, secrets)
    # A software key has no session to close: it lives as long as this signer.
    return Signer.of(provider.open(uri, secrets).__enter__())


def _name(common_name: str) -> Name:
    return distinguished_name(country="CN", organization=ORGANIZATION, common_name=common_name)


def _ca_plan(name: Name, signer: Signer, now: datetime, *, path_length: int) -> CertificatePlan:
    return CertificatePlan(
        subject=name,
        public_key=signer.public_key,
        not_before=now - DAYS_BEFORE,
        not_after=now + CA_VALIDITY,
        key_usage=CA_USES,
        path_length=path_length,
    )


def _leaf_plan(leaf: _Leaf, signer: Signer, now: datetime) -> CertificatePlan:
    return CertificatePlan(
        subject=distinguished_name(
            country="CN", organization=leaf.organization, common_name=leaf.common_name
        ),
        public_key=signer.public_key,
        not_before=now - DAYS_BEFORE,
        not_after=now + LEAF_VALIDITY,
        key_usage=SIGNING_USES,
        extended_key_usage=leaf.extended_key_usage,
    )


def _trust_file(pki: DemoPki, now: datetime) -> str:
    return f"""\
# What the root is for, and who may make seals; see docs/verifying.md.
[[anchor]]
file = "root.pem"
source = "made by qianyin demo"
obtained = {now:%Y-%m-%d}
sm3 = "{pki.root.fingerprint}"
serves = ["signers", "makers", "timestamps", "reports"]
makers = ["{pki.leaves["seal-maker"].fingerprint}"]
"""


def _write(
    folder: Path, pki: DemoPki, authorities: tuple[IssuingCa, IssuingCa], now: datetime
) -> None:
    for name in ("certificates", "trust", "crl"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for alias in pki.leaves:
        pem = b"".join(one.to_pem() for one in pki.chain(alias))
        (folder / "certificates" / f"{alias}.pem").write_bytes(pem)
    (folder / "trust" / "root.pem").write_bytes(pki.root.to_pem())
    (folder / "trust" / "trust.toml").write_text(_trust_file(pki, now), encoding="utf-8")
    for name, ca in zip(("root", "issuing"), authorities, strict=True):
        revoked = ca.revoke({}, number=1, this_update=now, next_update=now + CRL_VALIDITY)
        (folder / "crl" / f"{name}.crl").write_bytes(revoked.der)
