"""`tpm2:` keys of a TPM 2.0, persistent under a handle or wrapped in a file only that TPM opens.

tpm2:handle=0x81010001?pin-source=secrets/tpm.pin
tpm2:path=keys/seal.tpm?pin-source=secrets/tpm.pin&tcti=device:/dev/tpmrm0
tpm2:path=keys/seal.tpm?pin-source=secrets/tpm.pin&key-type=sm2        (to generate one)
"""

from hsm_adapters.tpm2.provider import Tpm2Provider

__all__ = ["Tpm2Provider"]
