"""OpenSSL as the responder of an SM2 authority: it understands what we ask, we what it answers."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.revocation_fetching import ListFetcher
from api.revocation_refresh import Refresher
from keystore import Certificate, OcspStatus
from tests.fakes.ocsp_responder import responding
from verify import QIANYIN_DEFAULT, Evidence

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the tool openssl is not installed"),
]
SM2 = ("-sm3", "-sigopt", "distid:1234567812345678")


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def openssl_authority(folder: Path, url: str) -> None:
    for who in ("ca", "leaf"):
        openssl(folder, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", f"{who}.key")
    subject = ("-subj", "/C=CN/O=Tests/CN=Judge", "-days", "9")
    openssl(folder, "req", "-x509", "-new", "-key", "ca.key", *SM2, *subject, "-out", "ca.pem")
    (folder / "more").write_text(f"authorityInfoAccess=OCSP;URI:{url}\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "119", "-extfile", "more")
    leaf = ("-subj", "/C=CN/O=Tests/CN=Asked")
    openssl(folder, "req", "-new", "-key", "leaf.key", *SM2, *leaf, "-out", "leaf.csr")
    own = ("-vfyopt", SM2[-1], "-days", "8")
    openssl(folder, "x509", "-req", "-in", "leaf.csr", *signed, *SM2, *own, "-out", "leaf.pem")


def openssl_answer(folder: Path, request: bytes) -> bytes:
    (folder / "request").write_bytes(request)
    files = ("-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key")
    how = ("-rmd", "sm3", "-rsigopt", SM2[-1], "-ndays", "2")
    openssl(folder, "ocsp", "-reqin", "request", *files, *how, "-respout", "response")
    return (folder / "response").read_bytes()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("V\t400101000000Z\t\t77\tunknown\t/CN=Asked\n", OcspStatus.GOOD),
        ("R\t400101000000Z\t260101000000Z\t77\tunknown\t/CN=Asked\n", OcspStatus.REVOKED),
        ("", None),
    ],
)
def test_openssl_answers_what_is_asked_in_sm3_and_sm2(
    line: str, said: OcspStatus | None, tmp_path: Path
) -> None:
    with responding() as responder:
        openssl_authority(tmp_path, responder.url)
        (tmp_path / "index.txt").write_text(line)
        responder.answer = lambda request: openssl_answer(tmp_path, request)
        fetcher = ListFetcher(frozenset({responder.host}), most_bytes=100_000, seconds=60.0)
        files = [(tmp_path / one).read_bytes() for one in ("leaf.pem", "ca.pem")]
        known, folders = tuple(map(Certificate.from_pem, files)), (tmp_path / "cache",)
        made = Refresher(known, folders, fetcher, QIANYIN_DEFAULT, lambda: datetime.now(UTC))
        (result,) = made.refresh()
    if said is None:
        assert result.fault == "the responder does not know the certificate"
    else:
        assert result.fault is None
        (kept,) = Evidence.from_directory(tmp_path / "cache").ocsp_responses
        assert [(one.status, one.digest) for one in kept.answers] == [(said, "sm3")]
        assert kept.nonce is not None
