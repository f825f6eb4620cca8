"""OpenSSL as judge, both ways: raw signatures, key files, requests, certificates, lists.

`-vfyopt` reaches the certificate that is judged only, so chains are judged link by link. The
`cms` and `crl` commands cannot be told the signer ID at all: BouncyCastle judges those.
"""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from hsm_adapters.soft import SoftProvider
from keystore import SIGNER_ID_GM, Certificate, KeyUri, Signer, Sm2PublicKey, Sm2Signature, sm3
from keystore.errors import InvalidSignature
from keystore.issuing_ca import spki_of_key
from keystore.requests import CertificateRequest, import_chain, make_request
from tests.fakes.pki import ANY_URI, NOW, name, new_signer, pki

OPENSSL = shutil.which("openssl")
DISTID = f"distid:{SIGNER_ID_GM.decode()}"
PASS = "四季平安"

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(OPENSSL is None, reason="the tool openssl is not installed"),
]


def openssl(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(OPENSSL), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def accepted(*arguments: object, cwd: Path) -> str:
    done = openssl(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _with_sm2(tmp_path_factory):
    listed = openssl("ecparam", "-list_curves", cwd=tmp_path_factory.getbasetemp())
    if "SM2" not in listed.stdout:
        pytest.skip("this openssl is built without SM2")


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "pass").write_text(PASS + "\n", encoding="utf-8")
    (tmp_path / "message").write_bytes("准予许可".encode() * 99)
    return tmp_path


def pem(label: str, der: bytes) -> bytes:
    import base64

    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (
        label.encode(),
        base64.encodebytes(der),
        label.encode(),
    )


def write_key(folder: Path, key: Sm2PublicKey) -> None:
    (folder / "public.pem").write_bytes(pem("PUBLIC KEY", spki_of_key(key)))


def verify_raw(folder: Path, *, distid: str = DISTID) -> bool:
    done = openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-digest", "sm3"),
        *("-pkeyopt", distid, "-in", "message", "-sigfile", "signature"),
        cwd=folder,
    )
    return done.returncode == 0 and "Verified Successfully" in done.stdout


def soft_key(folder: Path, file: str) -> KeyUri:
    return KeyUri.parse(f"soft:path={folder / file}?pin-source={folder / 'pass'}")


def test_openssl_has_our_digest(folder):
    said = accepted("dgst", "-sm3", "-r", "message", cwd=folder)
    assert said.split()[0] == sm3((folder / "message").read_bytes()).hex()


def test_openssl_verifies_what_we_sign(folder):
    signer = new_signer()
    write_key(folder, signer.public_key)
    message = (folder / "message").read_bytes()
    signature = signer.sign(message, signer_id=SIGNER_ID_GM)
    (folder / "signature").write_bytes(signature.to_der())
    assert verify_raw(folder)
    assert not verify_raw(folder, distid="distid:ALICE123@YAHOO.COM")
    (folder / "message").write_bytes(message + b".")
    assert not verify_raw(folder)


def test_openssl_opens_the_key_file_and_we_verify_what_it_signs(folder):
    public = SoftProvider().generate(soft_key(folder, "a.key"), pytest.fail)
    opened = ("-in", "a.key", "-passin", "file:pass")
    accepted("pkey", *opened, "-pubout", "-outform", "DER", "-out", "public.der", cwd=folder)
    assert (folder / "public.der").read_bytes() == spki_of_key(public)
    assert openssl("pkey", "-in", "a.key", "-passin", "pass:x", "-noout", cwd=folder).returncode
    accepted(
        *("pkeyutl", "-sign", "-inkey", "a.key", "-passin", "file:pass", "-rawin"),
        *("-digest", "sm3", "-pkeyopt", DISTID, "-in", "message", "-out", "signature"),
        cwd=folder,
    )
    signature = Sm2Signature.from_der((folder / "signature").read_bytes())
    message = (folder / "message").read_bytes()
    public.verify(message, signature, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        public.verify(message + b".", signature, signer_id=SIGNER_ID_GM)


def made_by_openssl(folder: Path) -> None:
    accepted(
        *("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"),
        *("-pkeyopt", "ec_param_enc:named_curve", "-out", "clear.pem"),
        cwd=folder,
    )


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_we_open_a_key_file_that_openssl_encrypted(folder, form):
    made_by_openssl(folder)
    accepted(
        *("pkcs8", "-topk8", "-in", "clear.pem", "-v2", "sm4-cbc", "-v2prf", "hmacWithSHA256"),
        *("-iter", "2048", "-passout", "file:pass", "-outform", form, "-out", "b.key"),
        cwd=folder,
    )
    accepted("pkey", "-in", "clear.pem", "-pubout", "-out", "public.pem", cwd=folder)
    with SoftProvider().open(soft_key(folder, "b.key"), pytest.fail) as key:
        signer = Signer(key, key.public_key)
        message = (folder / "message").read_bytes()
        signature = signer.sign(message, signer_id=SIGNER_ID_GM)
    (folder / "signature").write_bytes(signature.to_der())
    assert verify_raw(folder)


def test_openssl_accepts_our_request(folder):
    signer = new_signer()
    (folder / "r.der").write_bytes(make_request(signer.key, name("申请者")))
    asked = ("req", "-inform", "DER", "-in", "r.der", "-verify", "-noout")
    done = openssl(*asked, "-vfyopt", DISTID, cwd=folder)
    assert done.returncode == 0
    assert "verify OK" in done.stderr + done.stdout
    failed = openssl(*asked, cwd=folder)
    assert "verify OK" not in failed.stderr + failed.stdout


def test_we_accept_openssls_request_and_certificate(folder):
    made_by_openssl(folder)
    subject = ("-utf8", "-subj", "/C=CN/O=示例/CN=外来")
    signed = ("-key", "clear.pem", "-sm3", "-sigopt", DISTID, *subject, "-outform", "DER")
    accepted("req", "-new", *signed, "-out", "r.der", cwd=folder)
    request = CertificateRequest.from_der((folder / "r.der").read_bytes())
    accepted("req", "-x509", "-new", "-days", "30", *signed, "-out", "c.der", cwd=folder)
    certificate = Certificate.from_der((folder / "c.der").read_bytes())
    assert certificate.public_key == request.public_key
    assert certificate.common_name == "外来"
    certificate.verify_issued(certificate, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        certificate.verify_issued(certificate, signer_id=b"")
    assert import_chain(ANY_URI, request.public_key, certificate.to_pem()).chain == (certificate,)


def test_openssl_verifies_each_link_of_our_chain_strictly(folder):
    for child, issuer in pairwise(pki().leaf.chain):
        (folder / "child.pem").write_bytes(child.to_pem())
        (folder / "issuer.pem").write_bytes(issuer.to_pem())
        asked = ("verify", "-x509_strict", "-partial_chain", "-vfyopt", DISTID)
        at = ("-attime", int(NOW.timestamp()))
        said = accepted(*asked, *at, "-trusted", "issuer.pem", "child.pem", cwd=folder)
        assert said.endswith("OK\n")


def test_openssl_verifies_the_roots_own_signature(folder):
    """As raw bytes: for a root the command `verify` has no way to say the signer ID."""
    root = pki().root.certificate
    write_key(folder, pki().root.signer.public_key)
    (folder / "message").write_bytes(root.x509.tbs_certificate_bytes)
    (folder / "signature").write_bytes(root.x509.signature)
    assert verify_raw(folder)


def test_openssl_refuses_a_link_that_is_none(folder):
    (folder / "child.pem").write_bytes(pki().leaf.certificate.to_pem())
    (folder / "issuer.pem").write_bytes(pki().root.certificate.to_pem())
    asked = ("verify", "-partial_chain", "-vfyopt", DISTID, "-trusted", "issuer.pem")
    assert openssl(*asked, "child.pem", cwd=folder).returncode != 0


def test_openssl_reads_our_list_and_verifies_its_signature(folder):
    made = pki().crl(0x1234, 0xABCD)
    (folder / "crl.der").write_bytes(made.der)
    text = accepted("crl", "-inform", "DER", "-in", "crl.der", "-noout", "-text", cwd=folder)
    assert "Serial Number: 1234" in text
    assert "Serial Number: ABCD" in text
    assert "X509v3 CRL Number" in text
    write_key(folder, pki().issuing.signer.public_key)
    (folder / "message").write_bytes(made.x509.tbs_certlist_bytes)
    (folder / "signature").write_bytes(made.x509.signature)
    assert verify_raw(folder)
