"""The SDF test device: SM2 keys by index, each with a password."""

from pathlib import Path

from keystore.uri import KeyUri
from tests.fakes.c_devices import OTHER_INDEX, CDevice, built, copied, new_scalar

__all__ = ["OTHER_INDEX", "PIN", "Device", "new_device", "new_scalar"]

SOURCE = Path(__file__).parent / "sdf_device" / "sdf_device.c"
PIN = "hsm-四季-8821"


class Device(CDevice):
    def hold(self, index: int, scalar: int, pin: str = PIN) -> None:
        self.hold_scalar(index, scalar)
        self.write(f"pin-{index}", pin)

    def uri(self, index: int = 1, query: str = "") -> KeyUri:
        return KeyUri.parse(f"sdf:module-path={self.module};index={index}{query}")


def new_device(folder: Path, scalar: int | None = None, *flags: str) -> Device:
    """Make a device that holds one key at index 1, and another's at 16."""
    device = Device(copied(built(SOURCE, *flags), folder / "libsdf.so"))
    device.hold(1, scalar or new_scalar())
    device.hold(OTHER_INDEX, new_scalar())
    return device
