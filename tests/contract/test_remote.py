"""The remote adapter passes the suite, over a real service in a process of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from hsm_adapters.remote import RemoteProvider
from hsm_adapters.sdf import SdfProvider
from keystore.pkcs8 import decrypt_private_key
from keystore.testing import AdapterStand, KeyProviderContract
from keystore.uri import KeyUri
from tests.fakes.key_zones import CALLER_PASS, KEY_PASS, PIN, Zone, new_zone
from tests.fakes.sdf_devices import PIN as HSM_PIN
from tests.fakes.sdf_devices import new_device

pytestmark = pytest.mark.slow


class Attended(RemoteProvider):
    """Whose service is started again by whoever needs it."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def open(self, uri, secrets):
        self._zone.start()
        return super().open(uri, secrets)


class TestRemote(KeyProviderContract):
    """One service for all tests of the class: starting one takes seconds."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _service(cls, tmp_path_factory):
        cls.folder = tmp_path_factory.mktemp("zone")
        cls.zone = cls.make_zone(cls.folder)
        yield
        cls.zone.kill()

    @classmethod
    def make_zone(cls, folder: Path) -> Zone:
        return new_zone(folder)

    def make_stand(self, folder: Path) -> AdapterStand:
        self.zone.start()
        secrets = [PIN, CALLER_PASS, KEY_PASS]
        for file, passphrase in (("here/request", CALLER_PASS), ("there/signer", KEY_PASS)):
            for path in self.folder.rglob(f"{file}.sm2"):
                pair = decrypt_private_key(path.read_bytes(), passphrase.encode())
                secrets.append(pair.scalar.hex())
        return AdapterStand(
            provider=Attended(self.zone),
            key=self.zone.uri(),
            absent_key=self.zone.uri("nobody"),
            pin=PIN,
            wrong_pin="not the passphrase",
            secret_texts=tuple(secrets),
            lose=self.zone.kill,
        )


class TestRemoteOverADevice(TestRemote):
    """A service whose key is in an SDF device, which may answer wrongly."""

    @classmethod
    def make_zone(cls, folder: Path) -> Zone:
        cls.device = new_device(folder / "device")
        pin = folder / "hsm.pin"
        pin.write_text(HSM_PIN, encoding="utf-8")
        uri = f"sdf:module-path={cls.device.module};index=1?pin-source={pin}"
        with SdfProvider().open(KeyUri.parse(uri), lambda _: HSM_PIN) as key:
            return new_zone(folder / "zone", uri, public_key=key.public_key)

    def make_stand(self, folder: Path) -> AdapterStand:
        self.device.answer("")
        stand = super().make_stand(folder)
        return replace(stand, garble=lambda: self.device.answer("other-key"))
