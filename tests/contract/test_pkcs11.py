"""The PKCS #11 adapter passes the suite: over a vendor's SM2, and over SoftHSM2's P-256 and RSA."""

from dataclasses import replace
from pathlib import Path

import pytest

from hsm_adapters.pkcs11 import Pkcs11Provider
from keystore.isolation import IsolatedProvider
from keystore.testing import AdapterStand, KeyProviderContract
from tests.fakes.c_devices import new_scalar
from tests.fakes.pkcs11_devices import PIN, SM2, new_softhsm, new_token

NEW = f"{SM2}&key-type=sm2&sm2-generation=0x80008001"


class TestPkcs11(KeyProviderContract):
    @pytest.fixture(autouse=True)
    def _nothing_is_misused(self):
        self.token = None
        yield
        assert self.token is None or self.token.violations == ""

    def make_stand(self, folder: Path) -> AdapterStand:
        scalar = new_scalar()
        self.token = new_token(folder / "token", scalar)
        return AdapterStand(
            provider=Pkcs11Provider(),
            key=self.token.uri(1, NEW),
            absent_key=self.token.uri(7, NEW),
            pin=PIN,
            wrong_pin="not the PIN",
            secret_texts=(f"{scalar:064x}", f"{scalar:064X}", str(scalar)),
            garble=lambda: self.token.answer("other-key"),
            lose=lambda: self.token.fail_once("lost", "C_Sign"),
        )

    def test_a_wrong_pin_reaches_the_token_once(self, tmp_path):
        self.test_a_wrong_pin_is_refused_after_one_try(tmp_path)
        assert self.token.wrong_tries == 1


class TestPkcs11WhoseKeyWantsThePinEachTime(TestPkcs11):
    """CKA_ALWAYS_AUTHENTICATE."""

    def make_stand(self, folder: Path) -> AdapterStand:
        stand = super().make_stand(folder)
        (self.token.memory / "always-authenticate").touch()
        return stand


class TestPkcs11InAProcessOfItsOwn(TestPkcs11):
    """What the adapter does comes through the other process unchanged."""

    def make_stand(self, folder: Path) -> AdapterStand:
        stand = super().make_stand(folder)
        isolated = IsolatedProvider(stand.provider, call_seconds=30)
        return replace(stand, provider=isolated, lose=lambda: self.token.fail_once("crash"))


class TestSoftHsm(KeyProviderContract):
    """Where its configuration is, only the key's own process is told."""

    label = "signer"

    def make_stand(self, folder: Path) -> AdapterStand:
        soft = new_softhsm(folder / "hsm")
        return AdapterStand(
            provider=IsolatedProvider(Pkcs11Provider(), call_seconds=30),
            key=soft.uri(self.label),
            absent_key=soft.uri("nobody"),
            pin=PIN,
            wrong_pin="not the PIN",
        )


class TestSoftHsmWithRsa(TestSoftHsm):
    label = "rsa"
