"""Certificates of other kinds of key, made by `cryptography`."""

from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from keystore import Certificate
from tests.fakes.pki import NOW, name


def foreign_der(key, digest=None) -> bytes:
    """A self-signed certificate."""
    return (
        x509.CertificateBuilder()
        .subject_name(name("外国"))
        .issuer_name(name("外国"))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW.replace(tzinfo=None) - timedelta(days=1))
        .not_valid_after(NOW.replace(tzinfo=None) + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, digest)
        .public_bytes(serialization.Encoding.DER)
    )


@cache
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_certificate() -> Certificate:
    return Certificate.from_der(foreign_der(rsa_key(), hashes.SHA256()))


def ec_certificate() -> Certificate:
    return Certificate.from_der(foreign_der(ec_key(), hashes.SHA256()))


def ed25519_der() -> bytes:
    return foreign_der(ed25519.Ed25519PrivateKey.generate())
