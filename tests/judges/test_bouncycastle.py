"""BouncyCastle as judge, both ways; one run of the Java machine for all cases."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keystore import (
    SIGNER_ID_GM,
    Certificate,
    RevocationList,
    Sm2Signature,
    der_length,
    sm3,
    verify_with_key,
)
from keystore.algorithms import SM2_SIGN, SM2_WITH_SM3
from keystore.cms import CmsSignature
from keystore.errors import InvalidSignature
from keystore.requests import make_request
from keystore.tlv import OID, SET, Tlv, encoded, encoded_oid
from signing import GBT_35275, RFC_5652, CmsContainer, SealPlacement, UnsignedPdf, signed_message
from tests.fakes.pki import NOW, name, page_pdf, pki, sealer

JARS = [Path("/usr/share/java") / f"{one}.jar" for one in ("bcprov", "bcpkix", "bcutil")]
JAVA = shutil.which("java")
MESSAGE = "准予许可".encode() * 99
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(JAVA is None, reason="the tool java is not installed"),
    pytest.mark.skipif(
        not all(jar.exists() for jar in JARS),
        reason="the libraries libbcprov-java, libbcpkix-java, libbcutil-java are not installed",
    ),
]


@dataclass
class Docket:
    """The cases of one run: files, and what is expected of each."""

    folder: Path
    lines: list[str] = field(default_factory=list)
    expected: dict[str, bool] = field(default_factory=dict)

    def file(self, label: str, data: bytes) -> str:
        (self.folder / label).write_bytes(data)
        return label

    def add(self, kind: str, label: str, *arguments: str, valid: bool) -> None:
        self.lines.append("\t".join((kind, label, *arguments)))
        self.expected[label] = valid


def document_signed_by(dialect) -> tuple[bytes, bytes]:
    """A sealed page's signed bytes, and the value over them."""
    leaf = pki().leaf
    container = CmsContainer(leaf.credential, leaf.signer, dialect, "Adobe.PPKLite", "x")
    press = sealer(container)
    data = press.seal(
        press.prepare(UnsignedPdf(page_pdf()), SealPlacement(0, 100, 100), now=NOW)
    ).data
    found = re.search(rb"/Contents (<([0-9a-f]+)>)", data)
    value = bytes.fromhex(found[2].decode())
    return data[: found.start(1)] + data[found.end(1) :], value[: der_length(value)]


def in_standard_oids(value: bytes) -> bytes:
    """GB/T 35275 with RFC 5652's names outside what is signed: BouncyCastle knows those."""
    names = {
        GBT_35275.signed_data: RFC_5652.signed_data,
        SM2_SIGN: SM2_WITH_SM3,
    }
    return renamed(Tlv.from_der(value), names)


def renamed(part: Tlv, names: dict[str, str]) -> bytes:
    if part.tag == OID:
        return encoded_oid(names.get(part.oid(), part.oid()))
    if part.tag in (0x30, SET, 0xA0):
        return encoded(part.tag, *(renamed(one, names) for one in part.children()))
    return part.der


@pytest.fixture(scope="module")
def docket(tmp_path_factory) -> Docket:
    made = Docket(tmp_path_factory.mktemp("bouncycastle"))
    made.file("message", MESSAGE)
    made.file("other", MESSAGE + b".")
    for label, certificate in zip(("leaf", "issuing", "root"), pki().leaf.chain, strict=True):
        made.file(label, certificate.der)
    value = pki().leaf.signer.sign(MESSAGE, signer_id=SIGNER_ID_GM).to_der()
    made.file("value", value)
    usual = SIGNER_ID_GM.decode()
    made.add("raw", "raw", "leaf", usual, "message", "value", valid=True)
    made.add("raw", "raw other message", "leaf", usual, "other", "value", valid=False)
    made.add("raw", "raw other id", "leaf", "ALICE123@YAHOO.COM", "message", "value", valid=False)
    made.add("raw", "raw other key", "root", usual, "message", "value", valid=False)
    for child, issuer, valid in (
        ("leaf", "issuing", True),
        ("issuing", "root", True),
        ("root", "root", True),
        ("leaf", "root", False),
    ):
        made.add("certificate", f"{child} by {issuer}", child, issuer, valid=valid)
    made.file("crl", pki().crl(4711).der)
    made.add("crl", "list", "crl", "issuing", "4711", valid=True)
    made.add("crl", "list other serial", "crl", "issuing", "4712", valid=False)
    made.add("crl", "list other issuer", "crl", "root", "4711", valid=False)
    made.file("request", make_request(pki().leaf.signer.key, name("申请者")))
    made.add("request", "request", "request", valid=True)
    for label, dialect in (("rfc5652", RFC_5652), ("gbt35275", GBT_35275)):
        content, signed = document_signed_by(dialect)
        made.file(f"{label}.content", content)
        made.file(f"{label}.cms", signed if dialect is RFC_5652 else in_standard_oids(signed))
        made.add("cms", label, f"{label}.cms", f"{label}.content", "leaf", valid=True)
        made.add("cms", f"{label} other content", f"{label}.cms", "other", "leaf", valid=False)
        made.add(
            "cms", f"{label} other signer", f"{label}.cms", f"{label}.content", "root", valid=False
        )
    for label, dialect in (("report rfc5652", RFC_5652), ("report gbt35275", GBT_35275)):
        signed = signed_message(
            MESSAGE,
            dialect=dialect,
            credential=pki().leaf.credential,
            signer=pki().leaf.signer,
            at=NOW,
        )
        made.file(label, signed if dialect is RFC_5652 else in_standard_oids(signed))
        made.file(f"{label} changed", signed.replace(MESSAGE, MESSAGE[:-1] + b"."))
        made.add("message", label, label, "message", "leaf", valid=True)
        made.add("message", f"{label} other signer", label, "message", "root", valid=False)
        made.add("message", f"{label} other content", label, "other", "leaf", valid=False)
        if dialect is RFC_5652:
            changed = f"{label} changed"
            made.add("message", changed, changed, "message", "leaf", valid=False)
    made.file("cases.txt", "\n".join(made.lines).encode())
    return made


@pytest.fixture(scope="module")
def verdicts(docket) -> dict[str, str]:
    done = subprocess.run(
        [
            *(str(JAVA), "-cp", ":".join(map(str, JARS))),
            *(str(Path(__file__).with_name("BouncyJudge.java")), str(docket.folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())


def test_bouncycastle_accepts_what_is_ours_and_nothing_else(docket, verdicts):
    assert set(verdicts) == set(docket.expected)
    assert len(verdicts) == 25
    judged = {label: said.startswith("valid") for label, said in verdicts.items()}
    wrong = {label: verdicts[label] for label in judged if judged[label] != docket.expected[label]}
    assert wrong == {}


@pytest.fixture
def theirs(docket, verdicts):
    return lambda label: (docket.folder / f"made.{label}").read_bytes()


def test_we_accept_bouncycastles_certificate(theirs):
    certificate = Certificate.from_der(theirs("certificate"))
    assert certificate.common_name == "Judge"
    assert certificate.is_ca
    certificate.verify_issued(certificate, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        certificate.verify_issued(certificate, signer_id=b"")


def test_we_accept_bouncycastles_list(theirs):
    listing = RevocationList.from_der(theirs("crl"))
    assert set(listing.revoked) == {4711}
    listing.verify_issued_by(Certificate.from_der(theirs("certificate")), signer_id=SIGNER_ID_GM)


def test_we_accept_bouncycastles_signature(theirs):
    key = Certificate.from_der(theirs("certificate")).public_key
    value = Sm2Signature.from_der(theirs("signature"))
    key.verify(MESSAGE, value, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        key.verify(MESSAGE + b".", value, signer_id=SIGNER_ID_GM)


def test_we_accept_bouncycastles_signed_data(theirs):
    read = CmsSignature.from_der(theirs("cms"))
    (signer,) = read.signers
    certificate = Certificate.from_der(read.certificates[0])
    assert signer.serial == certificate.serial == 77
    assert signer.signed_value(MESSAGE_DIGEST) == b"\x04\x20" + sm3(MESSAGE)
    verify_with_key(
        certificate.public_key,
        signer.signed_attributes_der,
        signer.signature,
        algorithm=signer.signature_algorithm,
        digest="sm3",
        signer_id=SIGNER_ID_GM,
    )
