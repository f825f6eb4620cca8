"""The SDF test device, built by gcc once a run; each copy of the library is a device of its own."""

import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from keystore.sm2_backends import ORDER
from keystore.uri import KeyUri

SOURCE = Path(__file__).parent / "sdf_device" / "sdf_device.c"
PIN = "hsm-四季-8821"
OTHER_INDEX = 16


@cache
def built(*flags: str) -> Path:
    """Return the library; skips, naming what is missing."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    out = Path(tempfile.mkdtemp(prefix="qianyin-sdf-")) / "libsdf.so"
    command = ["gcc", "-std=gnu11", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", *flags]
    done = subprocess.run(
        [*command, "-o", out, SOURCE, "-lcrypto", "-lpthread", "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "openssl/evp.h" in done.stderr:
        pytest.skip("libssl-dev is not installed")
    assert done.returncode == 0, done.stderr
    return out


@dataclass(frozen=True)
class Device:
    """One device: its library, and the folder that is its memory."""

    module: Path

    @property
    def memory(self) -> Path:
        return Path(f"{self.module}.d")

    def hold(self, index: int, scalar: int, pin: str = PIN) -> None:
        (self.memory / f"key-{index}").write_text(f"{scalar:064x}", encoding="ascii")
        (self.memory / f"pin-{index}").write_text(pin, encoding="utf-8")

    def uri(self, index: int = 1, query: str = "") -> KeyUri:
        return KeyUri.parse(f"sdf:module-path={self.module};index={index}{query}")

    def fail_once(self, kind: str, function: str = "any") -> None:
        """Do one fault at the next call; in place at once, never half written."""
        draft = self.memory / f"fault-{secrets.token_hex(4)}"
        draft.write_text(f"{function} {kind}", encoding="ascii")
        draft.rename(self.memory / "fault")

    def answer(self, how: str) -> None:
        (self.memory / "answer").write_text(how, encoding="ascii")

    @property
    def has_failed(self) -> bool:
        return not (self.memory / "fault").exists()

    @property
    def wrong_tries(self) -> int:
        tries = self.memory / "tries"
        return tries.stat().st_size if tries.exists() else 0

    @property
    def violations(self) -> str:
        file = self.memory / "violations"
        return file.read_text(encoding="utf-8") if file.exists() else ""


def new_scalar() -> int:
    return 1 + secrets.randbelow(ORDER - 2)


def new_device(folder: Path, scalar: int | None = None, *flags: str) -> Device:
    """Make a device that holds one key at index 1, and another's at 16."""
    folder.mkdir(parents=True, exist_ok=True)
    device = Device(folder / "libsdf.so")
    shutil.copy(built(*flags), device.module)
    device.module.chmod(0o755)
    device.memory.mkdir()
    device.hold(1, scalar or new_scalar())
    device.hold(OTHER_INDEX, new_scalar())
    return device
