"""A demo deployment whose seal key has moved: into a test device, or into another zone."""

import json
from collections.abc import Sequence
from pathlib import Path

from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore import Certificate, PublicKey
from keystore.pkcs8 import decrypt_private_key
from keystore.wrapping import Purpose
from tests.fakes import pkcs11_devices, sdf_devices
from tests.fakes.key_zones import PIN as ZONE_PIN
from tests.fakes.key_zones import Zone, new_zone
from tests.fakes.pkcs11_devices import Token, new_token
from tests.fakes.sdf_devices import Device, new_device

KEY_ALIAS = "seal-signer"


def move_key_into_device(settings: Settings, folder: Path, query: str = "") -> Device:
    """Put the key of `settings`' seal into a new SDF device."""
    (device,) = move_key_into_devices(settings, [folder], query)
    return device


def move_key_into_devices(
    settings: Settings, folders: Sequence[Path], query: str = ""
) -> list[Device]:
    """Put the key of `settings`' seal into several SDF devices, a pool."""
    scalar, pin = _taken_scalar(settings), _pin_file(settings, sdf_devices.PIN)
    devices = [new_device(folder, scalar) for folder in folders]
    uris = [f"sdf:module-path={one.module};index=1?{pin}{query}" for one in devices]
    _rename(settings, uris[0], *uris[1:])
    return devices


def move_key_into_token(settings: Settings, folder: Path, query: str = "") -> Token:
    """Put the key of `settings`' seal into a new PKCS #11 token."""
    token = new_token(folder, _taken_scalar(settings))
    pin = _pin_file(settings, pkcs11_devices.PIN)
    _rename(settings, f"{token.uri()}&{pin}{query}")
    return token


def move_key_into_zone(settings: Settings, folder: Path, service_file: str, query: str) -> Zone:
    """Let a service keep the key of `settings`' seal; `service_file` is read from its caller."""
    data, there = settings.data_dir, folder / "there"
    uri = f"soft:path={folder}/moved.key?pin-source={folder}/moved.pass"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "moved.pass").write_bytes(_passphrase(settings))
    zone = new_zone(folder, uri, public_key=_public_key(settings))
    (data / f"keys/{KEY_ALIAS}.key").rename(folder / "moved.key")
    pin = _pin_file(settings, ZONE_PIN)
    name = f"service={zone.here}/{service_file};key={KEY_ALIAS};purpose=seal"
    _rename(settings, f"remote:{name}?{pin}{query}")
    assert there.is_dir()
    return zone


def _public_key(settings: Settings) -> PublicKey:
    path = settings.certificates_dir / f"{KEY_ALIAS}.pem"
    return Certificate.load_pem_chain(path.read_bytes())[0].public_key


def _taken_scalar(settings: Settings) -> int:
    data = settings.data_dir
    passphrase = _passphrase(settings)
    file = data / f"keys/{KEY_ALIAS}.key"
    scalar = int.from_bytes(decrypt_private_key(file.read_bytes(), passphrase).scalar)
    file.unlink()
    return scalar


def _passphrase(settings: Settings) -> bytearray:
    return vault_of(settings).opened(settings.secrets_dir / "keys.pass", Purpose.PIN)


def _pin_file(settings: Settings, pin: str) -> str:
    (settings.data_dir / "secrets/device.pin").write_text(pin + "\n", encoding="utf-8")
    return "pin-source=secrets/device.pin"


def _rename(settings: Settings, uri: str, *mirrors: str) -> None:
    file = settings.data_dir / "keys.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    named = f'uri = "{uri}"' + (f"\nmirrors = {json.dumps(mirrors)}" if mirrors else "")
    moved = [
        named if line.startswith("uri") and f"keys/{KEY_ALIAS}.key" in line else line
        for line in lines
    ]
    assert moved != lines
    file.write_text("\n".join(moved) + "\n", encoding="utf-8")
