"""A TPM in a process: swtpm on a unix socket in a folder of its own, ended by its id."""

import shutil
import socket as socket_library
import subprocess
import time
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keystore.uri import KeyUri

PIN = "tpm-春分-0320"
START_SECONDS = 20.0


@dataclass
class Swtpm:
    folder: Path
    process: subprocess.Popen | None = field(default=None)

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self.folder}/s"

    def uri(self, name: str, query: str = "") -> KeyUri:
        return KeyUri.parse(f"tpm2:{name}?tcti={self.tcti}{query}")

    def file_uri(self, name: str = "a.tpm", query: str = "&key-type=sm2") -> KeyUri:
        return self.uri(f"path={self.folder}/{name}", query)

    def start(self) -> None:
        socket = f"{self.folder}/s"
        arguments = ["--tpm2", "--tpmstate", f"dir={self.folder}/state"]
        arguments += ["--server", f"type=unixio,path={socket}"]
        arguments += ["--ctrl", f"type=unixio,path={socket}.ctrl"]
        arguments += ["--flags", "not-need-init,startup-clear"]
        self.process = subprocess.Popen(
            ["swtpm", "socket", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + START_SECONDS
        while not (_listens(socket) and _listens(f"{socket}.ctrl")):
            assert time.monotonic() < until, "swtpm does not start"
            assert self.process.poll() is None, "swtpm ended at once"
            time.sleep(0.01)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for name in ("s", "s.ctrl"):
            (self.folder / name).unlink(missing_ok=True)


def _listens(path: str) -> bool:
    with socket_library.socket(socket_library.AF_UNIX) as one:
        return one.connect_ex(path) == 0


@contextmanager
def running_swtpm(folder: Path):
    """Run one; skips, naming what is missing."""
    if shutil.which("swtpm") is None:
        pytest.skip("swtpm is not installed")
    for library in ("tss2-tctildr", "tss2-tcti-swtpm"):
        if find_library(library) is None:
            pytest.skip(f"lib{library} is not installed")
    (folder / "state").mkdir(parents=True)
    tpm = Swtpm(folder)
    tpm.start()
    try:
        yield tpm
    finally:
        tpm.stop()
