"""A demo deployment whose seal key has moved into an SDF test device."""

from pathlib import Path

from api.settings import Settings
from keystore.pkcs8 import decrypt_private_key
from tests.fakes.sdf_devices import PIN, Device, new_device

KEY_ALIAS = "seal-signer"


def move_key_into_device(settings: Settings, folder: Path, query: str = "") -> Device:
    """Put the key of `settings`' seal into a new device and write its name into keys.toml."""
    data = settings.data_dir
    passphrase = (data / "secrets/keys.pass").read_bytes().split(b"\n", 1)[0]
    pem = (data / f"keys/{KEY_ALIAS}.key").read_bytes()
    scalar = int.from_bytes(decrypt_private_key(pem, passphrase).scalar)
    device = new_device(folder, scalar)
    (data / "secrets/hsm.pin").write_text(PIN + "\n", encoding="utf-8")
    uri = f"sdf:module-path={device.module};index=1?pin-source=secrets/hsm.pin{query}"
    lines = (data / "keys.toml").read_text(encoding="utf-8").splitlines()
    moved = [
        f'uri = "{uri}"' if line.startswith("uri") and f"keys/{KEY_ALIAS}.key" in line else line
        for line in lines
    ]
    assert moved != lines
    (data / "keys.toml").write_text("\n".join(moved) + "\n", encoding="utf-8")
    (data / f"keys/{KEY_ALIAS}.key").unlink()
    return device
