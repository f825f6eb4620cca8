"""A key service in a zone of its own: a test PKI for TLS, a keyring, one caller, and the service."""

import ipaddress
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from api.key_service.desk import KeyDesk
from api.key_service.freshness import Freshness
from api.key_service.ledger import Ledger
from api.key_service.listening import KeyServer, tls_context
from api.key_service.quotas import Quotas
from api.key_service.request_log import RequestLog
from api.key_service.service_file import ServiceFile
from hsm_adapters.soft import SoftProvider
from keystore import Keyring, KeyUri, no_secrets
from keystore.suites import to_spki
from tests.fakes.pki import pki, plan

PIN = "zone-春分-4711"
KEY_PASS = "keys-in-the-zone"
CALLER_PASS = "request-key-pass"
START_SECONDS = 240
CALLER, ALIAS, PURPOSE = "licences-1", "seal-signer", "seal"
SERVER = {"names": ("localhost", "127.0.0.1"), "use": ExtendedKeyUsageOID.SERVER_AUTH}
CLIENT = {"names": (), "use": ExtendedKeyUsageOID.CLIENT_AUTH}


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(common_name, issuer, key):
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
    )


@dataclass
class TlsAuthority:
    """An ordinary authority for TLS, ECDSA P-256."""

    common_name: str = "示例区 TLS CA"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self):
        made = _builder(self.common_name, _name(self.common_name), self.key)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.ski = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        made = made.add_extension(self.ski, critical=False)
        self.certificate = made.sign(self.key, hashes.SHA256())

    def issue(self, stem: Path, *, names, use, passphrase: str | None = None) -> x509.Certificate:
        """Write `stem`.pem and `stem`.key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(stem.name, self.certificate.subject, key)
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self.ski), critical=False
        )
        if names:
            alternatives = [
                x509.IPAddress(ipaddress.ip_address(one)) if one[0].isdigit() else x509.DNSName(one)
                for one in names
            ]
            made = made.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        certificate = made.sign(self.key, hashes.SHA256())
        encryption = (
            serialization.BestAvailableEncryption(passphrase.encode())
            if passphrase
            else serialization.NoEncryption()
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        stem.with_suffix(".pem").write_bytes(pem(certificate))
        stem.with_suffix(".key").write_bytes(private)
        return certificate


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def soft_key(path: Path, passphrase: str):
    """Make a key and its pass file; return its public half."""
    pass_file = path.with_suffix(".pass")
    pass_file.write_text(f"{passphrase}\n", encoding="utf-8")
    return SoftProvider().generate(KeyUri.parse(f"soft:path={path}"), lambda _: passphrase)


@dataclass
class Zone:
    """Two folders: `there` is the service's, `here` the caller's."""

    here: Path
    there: Path
    authority: TlsAuthority
    port: int = 0
    process: subprocess.Popen | None = None
    said: list[str] = field(default_factory=list)

    @property
    def callers_file(self) -> Path:
        return self.there / "callers.toml"

    @property
    def log(self) -> list[dict[str, str]]:
        text = (self.there / "requests.log").read_text(encoding="ascii")
        return [json.loads(line) for line in text.splitlines()]

    def uri(self, key: str = ALIAS, purpose: str = PURPOSE, query: str = "") -> KeyUri:
        return KeyUri.parse(
            f"remote:service={self.here}/service.toml;key={key};purpose={purpose}{query}"
        )

    def point_at(self, port: int, host: str = "127.0.0.1", **changes: str) -> None:
        """Write the caller's service file."""
        self.port = port
        values = {
            "name": "zone-1",
            "host": host,
            "ca": "ca.pem",
            "certificate": "caller.pem",
            "certificate_key": "caller.key",
            "caller": CALLER,
            "request_key": "soft:path=request.sm2?pin-source=request.pass",
        }
        lines = [f'{name} = "{value}"' for name, value in (values | changes).items()]
        text = "\n".join([*lines, f"port = {port}"])
        (self.here / "service.toml").write_text(text + "\n", encoding="utf-8")

    def start(self) -> None:
        """Start a real process, where none runs; returns when it listens."""
        if self.process is not None and self.process.poll() is None:
            return
        qianyin = str(Path(sys.executable).with_name("qianyin"))
        command = [qianyin, "key", "serve", "--service", str(self.callers_file)]
        command += ["--data", str(self.there), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        listens = Event()
        Thread(target=self._listen, args=(self.process, listens), daemon=True).start()
        assert listens.wait(START_SECONDS), "the key service does not start"
        assert self.process.poll() is None, self.said
        self.point_at(int(self.said[-1].rpartition("port ")[2].split('"')[0]))

    def _listen(self, process, listens: Event) -> None:
        for line in process.stderr:
            self.said.append(line)
            if "listens on port" in line:
                listens.set()
        listens.set()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(START_SECONDS)
            self.process = None


def new_zone(folder: Path, key_uri: str | None = None, **grant: object) -> Zone:
    """Make both folders; with `key_uri` (and its public half) another device than a file."""
    here, there = folder / "here", folder / "there"
    for one in (here, there):
        one.mkdir(parents=True)
    authority = TlsAuthority()
    (here / "ca.pem").write_bytes(pem(authority.certificate))
    shutil.copy(here / "ca.pem", there / "ca.pem")
    authority.issue(there / "server", **SERVER)
    caller = authority.issue(here / "caller", passphrase=PIN, **CLIENT)
    request_key = soft_key(here / "request.sm2", CALLER_PASS)
    if key_uri is None:
        public = soft_key(there / "signer.sm2", KEY_PASS)
        key_uri = "soft:path=signer.sm2?pin-source=signer.pass"
    else:
        public = grant.pop("public_key")
    certificate = pki().issuing_ca.issue(plan("区内签章者", pki().leaf.signer, public_key=public))
    chain = (certificate, *pki().issuing.chain)
    (there / "signer.pem").write_bytes(b"".join(one.to_pem() for one in chain))
    (there / "keys.toml").write_text(
        f'[keys.{ALIAS}]\nuri = "{key_uri}"\nchain = "signer.pem"\n', encoding="utf-8"
    )
    values = {"purposes": [PURPOSE], "per_minute": 1_000_000, "per_day": 1_000_000} | grant
    (there / "callers.toml").write_text(
        f"""name = "zone-1"
certificate = "server.pem"
certificate_key = "server.key"
client_ca = "ca.pem"
log = "requests.log"
ahead_seconds = 0

[callers.{CALLER}]
certificate_sha256 = "{caller.fingerprint(hashes.SHA256()).hex(":")}"
request_key = "{to_spki(request_key).hex()}"

[callers.{CALLER}.keys.{ALIAS}]
"""
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()),
        encoding="utf-8",
    )
    return Zone(here, there, authority)


@contextmanager
def serving(zone: Zone, clock=lambda: datetime.now(UTC), keyring=None, context=None):
    """Serve in this process, on a thread; yields the desk."""
    service = ServiceFile.read(zone.callers_file)
    window, ahead = (
        timedelta(seconds=one) for one in (service.window_seconds, service.ahead_seconds)
    )
    keyring = keyring or Keyring.from_file(zone.there / "keys.toml", secrets=no_secrets)
    with keyring, RequestLog(service.log) as log, Ledger(service.uses) as ledger:
        freshness = Freshness(clock, window=window, ahead=ahead, latest=ledger.latest)
        quotas = Quotas(ledger, clock, lambda: 0.0)
        desk = KeyDesk(service, keyring, log, freshness, quotas, clock)
        context = context or tls_context(service, no_secrets)
        with KeyServer(("127.0.0.1", zone.port), context, desk) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            zone.point_at(server.server_address[1])
            try:
                yield desk
            finally:
                server.shutdown()
                thread.join()
