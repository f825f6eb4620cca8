"""The TLS both sides agree on: one authority, the service's name, our certificate.

TLS here is the international one (ECDSA or RSA certificates): Python's has no TLCP (GB/T 38636).
What is asked and answered is SM2 all the same.
"""

import ssl

from hsm_adapters.remote.service_file import ServiceFile
from keystore.deadlines import DeadlineSocket
from keystore.erasing import erase
from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, WrongPin
from keystore.pins import pin_for
from keystore.ports import SecretSource
from keystore.uri import KeyUri

__all__ = ["tls_context"]


def tls_context(service: ServiceFile, uri: KeyUri, secrets: SecretSource) -> ssl.SSLContext:
    """Return what connections are made with; the key's passphrase is asked for once, if needed.

    Raises `KeyNotFound`, `KeyUnavailable`, `WrongPin` or `KeyRefused`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the name and the certificate
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = DeadlineSocket
    asked: list[bytearray] = []

    def passphrase() -> bytearray:
        asked.append(pin_for(uri, secrets))
        return asked[-1]

    try:
        context.load_verify_locations(cafile=service.ca)
        context.load_cert_chain(service.certificate, service.certificate_key, passphrase)
    except (ssl.SSLError, ValueError) as error:
        if asked and getattr(error, "reason", None) != "KEY_VALUES_MISMATCH":
            raise WrongPin(f"the passphrase does not open {service.certificate_key}") from error
        raise KeyRefused("the certificate files of the service file cannot be used") from error
    except FileNotFoundError as error:
        raise KeyNotFound("a certificate file of the service file is missing") from error
    except OSError as error:
        raise KeyUnavailable("a certificate file of the service file cannot be read") from error
    finally:
        erase(*asked)
    return context
