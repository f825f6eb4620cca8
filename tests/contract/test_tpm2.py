"""The TPM adapter passes the suite over swtpm: SM2 and P-256, in files and under handles."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from hsm_adapters.tpm2 import Tpm2Provider
from keystore.testing import AdapterStand, KeyProviderContract
from tests.fakes.swtpms import PIN, running_swtpm


class TestTpm2(KeyProviderContract):
    """An SM2 key in a file only this TPM opens."""

    query = "&key-type=sm2"
    names = ("path={}/a.tpm", "path={}/absent.tpm")

    @pytest.fixture(autouse=True)
    def _tpms_end(self):
        with ExitStack() as self.running:
            yield

    def make_stand(self, folder: Path) -> AdapterStand:
        self.tpm = self.running.enter_context(running_swtpm(folder / "tpm"))
        key, absent = (self.tpm.uri(one.format(folder), self.query) for one in self.names)
        Tpm2Provider().generate(key, lambda _: PIN)
        return AdapterStand(
            provider=Tpm2Provider(),
            key=key,
            absent_key=absent,
            pin=PIN,
            wrong_pin="not the PIN",
            lose=self.forget,
        )

    def forget(self):
        """A TPM that was started anew has forgotten what was loaded."""
        self.tpm.stop()
        self.tpm.start()


class TestTpm2UnderAHandle(TestTpm2):
    """Which outlives a restart of the TPM, so there is nothing to lose."""

    names = ("handle=0x81010001", "handle=0x81010002")

    def make_stand(self, folder: Path) -> AdapterStand:
        return replace(super().make_stand(folder), lose=None)


class TestTpm2WithP256(TestTpm2):
    query = "&key-type=p256"
