"""The PKCS #11 test token, whose numbers for SM2 are a vendor's, and SoftHSM2, which has no SM2."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keystore.uri import KeyUri
from tests.fakes.c_devices import OTHER_INDEX, CDevice, built, copied, new_scalar

SOURCE = Path(__file__).parent / "pkcs11_device" / "pkcs11_device.c"
PIN = "token-冬至-4417"
SM2 = "sm2-key-type=0x80000004&sm2-mechanism=0x80008200"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


class Token(CDevice):
    def uri(self, index: int = 1, query: str = SM2) -> KeyUri:
        name = f"token={quote('Test token 一')};object=key-{index}"
        return KeyUri.parse(f"pkcs11:{name}?module-path={self.module}&{query}")


def new_token(folder: Path, scalar: int | None = None, *flags: str) -> Token:
    """Make a token that holds one key with ID 1, and another's with ID 16."""
    token = Token(copied(built(SOURCE, *flags), folder / "libp11.so"))
    token.hold_scalar(1, scalar or new_scalar())
    token.hold_scalar(OTHER_INDEX, new_scalar())
    token.write("pin", PIN)
    return token


@dataclass(frozen=True)
class SoftHsm:
    """A SoftHSM2 of its own in a folder; the configuration is named by the key's URI."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    def uri(self, label: str = "signer", token: str = "seals") -> KeyUri:
        return KeyUri.parse(
            f"pkcs11:token={token};object={label}?module-path={SOFTHSM}"
            f"&environment=SOFTHSM2_CONF:{self.config}"
        )

    def run(self, *arguments: str) -> None:
        environment = {"SOFTHSM2_CONF": str(self.config), "PATH": "/usr/bin:/bin"}
        subprocess.run(
            ["softhsm2-util", *arguments], env=environment, check=True, capture_output=True
        )

    def hold(self, key, label: str, identifier: str) -> None:
        pem = self.folder / f"{label}.pem"
        pem.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        names = ("--token", "seals", "--label", label, "--id", identifier, "--pin", PIN)
        self.run("--import", str(pem), *names)
        pem.unlink()


def new_softhsm(folder: Path) -> SoftHsm:
    """Make a token `seals` with the keys `signer` (P-256) and `rsa`; skips where it is missing."""
    if shutil.which("softhsm2-util") is None or not SOFTHSM.exists():
        pytest.skip("softhsm2 is not installed")
    soft = SoftHsm(folder)
    soft.tokens.mkdir(parents=True)
    soft.config.write_text(f"directories.tokendir = {soft.tokens}\nlog.level = ERROR\n")
    soft.run("--init-token", "--free", "--label", "seals", "--so-pin", "so-1234", "--pin", PIN)
    soft.hold(ec.generate_private_key(ec.SECP256R1()), "signer", "01")
    soft.hold(rsa.generate_private_key(65537, 2048), "rsa", "02fe")
    return soft
