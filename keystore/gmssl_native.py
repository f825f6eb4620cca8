"""SM2 by GmSSL's C code, through gmssl-pyx's digest-level functions (x86-64 Linux)."""

from dataclasses import dataclass, field

import gmssl_pyx

from keystore.sm2_backends import BackendRefused, Sm2Backend, require_scalar

__all__ = ["GmsslNative"]

PAIR_TEST_DIGEST = bytes(range(32))


@dataclass(frozen=True, slots=True)
class _PrivateKey:
    scalar: bytes = field(repr=False)


class GmsslNative(Sm2Backend):
    """GmSSL 3; its one-shot API is ten times slower than the digest API, so only that is used."""

    @property
    def name(self) -> str:
        """The library and its version."""
        return f"GmSSL by gmssl-pyx {gmssl_pyx.__version__}"

    def generate(self) -> tuple[bytes, bytes]:
        """Return a new pair."""
        public, private = gmssl_pyx.sm2_key_generate()
        return private, b"\x04" + public

    def load_private(self, scalar: bytes | bytearray, point: bytes) -> _PrivateKey:
        """Keep the scalar; the pair is proven by one signature, for GmSSL derives no point."""
        key = _PrivateKey(bytes(require_scalar(scalar)))
        signature = self.sign(key, PAIR_TEST_DIGEST)
        if not self.verify(self.load_public(point), PAIR_TEST_DIGEST, signature):
            raise BackendRefused("the public key is not this private key's")
        return key

    def load_public(self, point: bytes) -> bytes:
        """Return X‖Y after the check that it lies on the curve."""
        try:
            return bytes(gmssl_pyx.normalize_sm2_public_key(point))
        except gmssl_pyx.InvalidValueError as error:
            raise BackendRefused("GmSSL does not accept this SM2 key") from error

    def sign(self, private: object, digest: bytes) -> bytes:
        """Return the DER signature over e."""
        assert isinstance(private, _PrivateKey)  # noqa: S101 - handles never leave the keystore
        try:
            return bytes(gmssl_pyx.sm2_sign_sm3_digest(private.scalar, digest))
        except (gmssl_pyx.InvalidValueError, gmssl_pyx.GmsslInnerError) as error:
            raise BackendRefused("GmSSL did not sign") from error

    def verify(self, public: object, digest: bytes, signature: bytes) -> bool:
        """Say whether the DER signature is over e."""
        try:
            return bool(gmssl_pyx.sm2_verify_sm3_digest(public, digest, signature))
        except (gmssl_pyx.InvalidValueError, gmssl_pyx.GmsslInnerError):
            return False
