"""Test devices written in C: built by gcc once a run; each copy of a library is a device."""

import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from keystore.sm2_backends import ORDER

OTHER_INDEX = 16
"""Where each device holds a key nobody asks for."""


@cache
def built(source: Path, *flags: str) -> Path:
    """Return the library; skips, naming what is missing."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    out = Path(tempfile.mkdtemp(prefix="qianyin-device-")) / "libdevice.so"
    command = ["gcc", "-std=gnu11", "-O2", "-shared", "-fPIC", "-Wall", "-Werror", *flags]
    done = subprocess.run(
        [*command, "-o", out, source, "-lcrypto", "-lpthread", "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "openssl/evp.h" in done.stderr:
        pytest.skip("libssl-dev is not installed")
    assert done.returncode == 0, done.stderr
    return out


@dataclass(frozen=True)
class CDevice:
    """One device: its library, and the folder that is its memory (c_device.h)."""

    module: Path

    @property
    def memory(self) -> Path:
        return Path(f"{self.module}.d")

    def write(self, name: str, text: str) -> None:
        (self.memory / name).write_text(text, encoding="utf-8")

    def hold_scalar(self, index: int, scalar: int) -> None:
        self.write(f"key-{index}", f"{scalar:064x}")

    def fail_once(self, kind: str, function: str = "any") -> None:
        """Do one fault at the next call; in place at once, never half written."""
        draft = self.memory / f"fault-{secrets.token_hex(4)}"
        draft.write_text(f"{function} {kind}", encoding="ascii")
        draft.rename(self.memory / "fault")

    def answer(self, how: str) -> None:
        self.write("answer", how)

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


def copied(library: Path, module: Path) -> Path:
    """Make a device of its own: a copy of the library, with an empty memory."""
    module.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(library, module)
    module.chmod(0o755)
    Path(f"{module}.d").mkdir()
    return module
