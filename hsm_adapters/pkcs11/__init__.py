"""`pkcs11:` keys in tokens and HSMs, through the vendor's PKCS #11 library (names as RFC 7512).

pkcs11:token=seals;object=signer?module-path=/opt/v/libp11.so&pin-source=secrets/hsm.pin
pkcs11:token=seals;id=%01?module-path=…&pin-source=…&sm2-key-type=0x80000004&sm2-mechanism=0x80008200
pkcs11:…;object=new?…&key-type=sm2&sm2-generation=0x80008001       # for `qianyin key generate`
pkcs11:serial=8a33;object=signer?module-path=…&pin-source=…&environment=SOFTHSM2_CONF:/etc/hsm.conf
"""

from hsm_adapters.pkcs11.provider import Pkcs11Provider

__all__ = ["Pkcs11Provider"]
