"""`sdf:` keys in devices that speak GM/T 0018, through the vendor's library.

sdf:module-path=/opt/vendor/libsdf.so;index=1?pin-source=secrets/hsm.pin
sdf:module-path=/opt/vendor/libsdf.so;index=1?pin-source=secrets/hsm.pin&access-right=use
sdf:module-path=/opt/vendor/libsdf.so;index=2?pin-source=secrets/hsm.pin&sessions=4
"""

from hsm_adapters.sdf.provider import SdfProvider

__all__ = ["SdfProvider"]
