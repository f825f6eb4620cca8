"""The work of an approved act outside the database: a seal is made or taken into the keyring."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from keystore import Certificate, Keyring, Seal, SealPlan, make_seal, sm3
from keystore.errors import (
    BadPicture,
    CertificateMismatch,
    InvalidSeal,
    InvalidSignature,
    KeyNotFound,
    MalformedAsn1,
    MalformedCertificate,
)
from keystore.keyring_file import append_seal, sole_writer
from keystore.pictures import read_picture
from licenses.errors import SealNotInstalled
from licenses.roles import Act

__all__ = ["SealWorkshop"]

SEAL_TYPE = 3


@dataclass(frozen=True, slots=True)
class SealWorkshop:
    """Over one keyring file, opened anew for each piece of work."""

    keyring_file: Path
    open_keyring: Callable[[], Keyring]

    def install(self, act: Act, payload: Mapping[str, Any], *, now: datetime) -> str:
        """Make or read the seal, put it into the keyring, and return SM3 (hex) of its file.

        Where the keyring has this very seal already (a process died after putting it there, or a
        deployment is older than the register of seals) it is left as it is. Raises
        `SealNotInstalled` where the proposal cannot be carried out with this keyring or the disk
        refuses it, `KeyNotFound` where the keyring is missing, and what the maker's key raises
        while it is away.
        """
        try:
            with sole_writer(self.keyring_file), self.open_keyring() as keyring:
                try:
                    return self._install(keyring, act, payload, now)
                except _UNFIT as error:
                    raise SealNotInstalled(str(error)) from error
        except OSError as error:
            raise SealNotInstalled(f"keys.toml cannot be written: {error.strerror}") from error

    def _install(
        self, keyring: Keyring, act: Act, payload: Mapping[str, Any], now: datetime
    ) -> str:
        certificate = keyring.credential(payload["key"]).certificate
        if certificate.fingerprint != payload["certificate_sm3"]:
            raise CertificateMismatch(
                f"the key '{payload['key']}' has another certificate than was proposed"
            )
        there = {one.alias: one.seal for one in keyring.seals}.get(payload["seal"])
        if there is not None:
            _THE_SAME[act](there, payload)
            return sm3(there.der).hex()
        seal, chain = _SOURCES[act](keyring, payload, now)
        append_seal(
            self.keyring_file,
            keyring,
            alias=payload["seal"],
            seal=seal,
            key=payload["key"],
            maker_chain=chain,
        )
        return sm3(seal.der).hex()


_UNFIT = (
    BadPicture,
    CertificateMismatch,
    InvalidSeal,
    InvalidSignature,
    KeyNotFound,
    MalformedAsn1,
    MalformedCertificate,
)
"""What is wrong with the seal, not with a device: no key answers differently another time."""

Source = tuple[Seal, tuple[Certificate, ...]]


def _made(keyring: Keyring, payload: Mapping[str, Any], now: datetime) -> Source:
    signer, maker = keyring.credential(payload["key"]), keyring.credential(payload["maker"])
    if signer.certificate.public_key == maker.certificate.public_key:
        raise InvalidSeal("the maker of a seal may not be its signer")
    plan = SealPlan(
        seal_id=payload["seal_id"],
        name=payload["seal_name"],
        type_code=SEAL_TYPE,
        picture=read_picture(
            base64.b64decode(payload["picture"]),
            width_mm=payload["width_mm"],
            height_mm=payload["height_mm"],
        ),
        signers=(signer.certificate,),
        created_at=now,
        valid_from=datetime.fromisoformat(payload["valid_from"]),
        valid_until=datetime.fromisoformat(payload["valid_until"]),
    )
    return make_seal(plan, maker=maker, signer=keyring.signer(payload["maker"])), maker.chain


def _sent(_keyring: Keyring, payload: Mapping[str, Any], _now: datetime) -> Source:
    seal = Seal.from_der(base64.b64decode(payload["file"]))
    return seal, Certificate.load_pem_chain(payload["maker_chain"].encode())


def _require_planned(there: Seal, payload: Mapping[str, Any]) -> None:
    if (there.seal_id, there.name) != (payload["seal_id"], payload["seal_name"]):
        raise InvalidSeal(f"the keyring has another seal '{payload['seal']}' already")


def _require_sent(there: Seal, payload: Mapping[str, Any]) -> None:
    if there.der != base64.b64decode(payload["file"]):
        raise InvalidSeal(f"the keyring has another seal '{payload['seal']}' already")


_SOURCES: Mapping[Act, Callable[[Keyring, Mapping[str, Any], datetime], Source]] = {
    Act.SEAL_MAKE: _made,
    Act.SEAL_IMPORT: _sent,
}
_THE_SAME: Mapping[Act, Callable[[Seal, Mapping[str, Any]], None]] = {
    Act.SEAL_MAKE: _require_planned,
    Act.SEAL_IMPORT: _require_sent,
}
