"""Every error the keystore raises."""


class KeystoreError(Exception):
    """Something about a key, a certificate or a seal is not as it must be."""


class UnknownScheme(KeystoreError):
    """No installed adapter answers to the scheme of this key URI."""


class MalformedUri(KeystoreError):
    """The key URI cannot be parsed."""


class KeyNotFound(KeystoreError):
    """The device or folder holds no such key; mend the configuration."""


RETRY_SOON_SECONDS = 5


class KeyUnavailable(KeystoreError):
    """The device does not answer now; trying again after `retry_after` seconds may help."""

    def __init__(self, message: str, *, retry_after: int = RETRY_SOON_SECONDS) -> None:
        """`retry_after` is in seconds."""
        super().__init__(message)
        self.retry_after = retry_after


class KeyBusy(KeyUnavailable):
    """The device is there and has too much to do; the session is still good."""


class KeyLost(KeyUnavailable):
    """The key's process or session is dead; opening the key again may help."""


class KeyRefused(KeystoreError):
    """The device refused the key (wrong PIN, no right); do not retry."""


class WrongPin(KeyRefused):
    """The device refused the PIN; it was tried once and is never tried again by itself."""


class ReadableByOthers(KeyRefused):
    """Others than its owner may read or change a file that holds a secret."""


class SecretDamaged(KeyRefused):
    """A wrapped secret was changed or cut, or is another one than belongs here."""


class MasterKeyMissing(KeyRefused):
    """The master key that a secret is wrapped under is not here."""


class AdapterFault(KeystoreError):
    """An adapter returned a value that is not what was asked for; stop using it."""


class NoSm2Backend(KeystoreError):
    """No native SM2 implementation passed its self-test; the service must not start."""


class InvalidSignature(KeystoreError):
    """The signature is not this key's over this message."""


class MalformedSignature(InvalidSignature):
    """The signature value is not a strict DER or raw pair (r, s) in range."""


class MalformedKey(KeystoreError):
    """The bytes are not a point of the SM2 curve or not a supported public key."""


class MalformedCertificate(KeystoreError):
    """The bytes are not an X.509 certificate that can be read strictly."""


class MalformedRequest(KeystoreError):
    """A request to a signing service in another zone is not in its one form."""


class MalformedAsn1(KeystoreError):
    """The bytes are not the ASN.1 structure they were read as."""


class CertificateMismatch(KeystoreError):
    """The certificate chain does not fit the key, or does not hold together."""


class InvalidSeal(KeystoreError):
    """The seal object is malformed, or its maker's signature does not hold."""


class BadPicture(KeystoreError):
    """The seal picture cannot be used: not a PNG, too large, or without the glyphs it needs."""
