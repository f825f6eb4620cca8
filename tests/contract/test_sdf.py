"""The SDF adapter passes the suite, over a device that notes every misuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from hsm_adapters.sdf import SdfProvider
from keystore.isolation import IsolatedProvider
from keystore.testing import AdapterStand, KeyProviderContract
from tests.fakes.sdf_devices import PIN, new_device, new_scalar


class TestSdf(KeyProviderContract):
    query = ""

    @pytest.fixture(autouse=True)
    def _nothing_is_misused(self):
        self.device = None
        yield
        assert self.device is None or self.device.violations == ""

    def make_stand(self, folder: Path) -> AdapterStand:
        scalar = new_scalar()
        self.device = new_device(folder / "device", scalar)
        return AdapterStand(
            provider=SdfProvider(),
            key=self.device.uri(1, self.query),
            absent_key=self.device.uri(7, self.query),
            pin=PIN,
            wrong_pin="not the password",
            secret_texts=(f"{scalar:064x}", f"{scalar:064X}", str(scalar)),
            garble=lambda: self.device.answer("other-key"),
            lose=lambda: self.device.fail_once("lost", "InternalSign_ECC"),
        )

    def test_a_wrong_pin_reaches_the_device_once(self, tmp_path):
        self.test_a_wrong_pin_is_refused_after_one_try(tmp_path)
        assert self.device.wrong_tries == 1


class TestSdfWithTheRightTakenForEachUse(TestSdf):
    query = "?access-right=use"


class TestSdfInAProcessOfItsOwn(TestSdf):
    """What the adapter does comes through the other process unchanged."""

    def make_stand(self, folder: Path) -> AdapterStand:
        stand = super().make_stand(folder)
        isolated = IsolatedProvider(stand.provider, call_seconds=30)
        return replace(stand, provider=isolated, lose=lambda: self.device.fail_once("crash"))
