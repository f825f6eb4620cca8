"""Key files: encrypted, in the one way we write, and silent about what is in them."""

import base64

import pytest
from cryptography.hazmat import asn1

from keystore import pkcs8, private_key_der
from keystore.errors import KeyRefused, KeystoreError, MalformedKey, WrongPin
from keystore.pkcs8 import PrivateKey, decrypt_private_key, encrypt_private_key
from keystore.sm2_backends import backend

PASSPHRASE = "四季平安".encode()
PAIR = PrivateKey(*backend().generate())


@pytest.fixture(scope="module")
def pem():
    return encrypt_private_key(PAIR, PASSPHRASE)


def to_der(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def from_der(der: bytes) -> pkcs8._EncryptedPrivateKeyInfo:
    return asn1.decode_der(pkcs8._EncryptedPrivateKeyInfo, der)


def rebuilt(pem: bytes, **changes: object) -> bytes:
    """The same file with other parameters."""
    sealed = from_der(to_der(pem))
    parameters = sealed.encryption.parameters
    kdf = parameters.kdf.parameters
    prf = kdf.prf
    if "prf" in changes:
        prf = pkcs8.AlgorithmIdentifier(algorithm=changes["prf"], parameters=asn1.Null())
    return asn1.encode_der(
        pkcs8._EncryptedPrivateKeyInfo(
            encryption=pkcs8._Pbes2(
                algorithm=changes.get("scheme", sealed.encryption.algorithm),
                parameters=pkcs8._Pbes2Parameters(
                    kdf=pkcs8._Kdf(
                        algorithm=changes.get("kdf", parameters.kdf.algorithm),
                        parameters=pkcs8._Pbkdf2Parameters(
                            salt=kdf.salt,
                            iterations=changes.get("iterations", kdf.iterations),
                            key_length=changes.get("key_length", kdf.key_length),
                            prf=prf,
                        ),
                    ),
                    encryption=pkcs8._Encryption(
                        algorithm=changes.get("cipher", parameters.encryption.algorithm),
                        iv=changes.get("iv", parameters.encryption.iv),
                    ),
                ),
            ),
            data=changes.get("data", sealed.data),
        )
    )


def test_a_key_comes_back_from_pem_and_from_der(pem):
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert pem.endswith(b"\n-----END ENCRYPTED PRIVATE KEY-----\n")
    assert max(map(len, pem.splitlines())) == 64
    for data in (pem, to_der(pem), pem.replace(b"\n", b"\r\n"), b"\n" + pem):
        assert decrypt_private_key(data, PASSPHRASE) == PAIR


def test_salt_and_iv_are_new_each_time(pem):
    other = encrypt_private_key(PAIR, PASSPHRASE)
    assert other != pem
    assert PAIR.scalar not in to_der(pem)


def test_a_key_is_never_written_without_a_passphrase():
    with pytest.raises(KeyRefused):
        encrypt_private_key(PAIR, b"")


@pytest.mark.parametrize("wrong", [b"", b"x", PASSPHRASE + b" ", PASSPHRASE[:-1]])
def test_a_wrong_passphrase_is_refused_without_a_cause_that_could_quote_the_key(pem, wrong):
    with pytest.raises(KeyRefused) as caught:
        decrypt_private_key(pem, wrong)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


SCALAR_PEM = base64.b64encode(PAIR.scalar)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"0\x03\x02\x01\x00",
        b"-----BEGIN PRIVATE KEY-----\n" + SCALAR_PEM + b"\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n!!!!\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    ],
)
def test_other_formats_are_malformed(data):
    with pytest.raises(MalformedKey) as caught:
        decrypt_private_key(data, PASSPHRASE)
    assert SCALAR_PEM.decode() not in repr(caught.value) + repr(caught.value.__cause__)


OTHER = pkcs8.ObjectIdentifier("1.2.3")


@pytest.mark.parametrize(
    "changes",
    [
        {"scheme": OTHER},
        {"kdf": OTHER},
        {"prf": OTHER},
        {"cipher": OTHER},
        {"iterations": 0},
        {"iterations": -1},
        {"iterations": 10_000_001},  # would keep a processor busy for seconds
        {"key_length": 32},
    ],
)
def test_other_ways_to_encrypt_are_named_as_such(pem, changes):
    with pytest.raises(MalformedKey, match="in a way this product does not"):
        decrypt_private_key(rebuilt(pem, **changes), PASSPHRASE)


@pytest.mark.parametrize("changes", [{"iv": b"short"}, {"data": b""}, {"data": bytes(33)}])
def test_damaged_files_are_refused(pem, changes):
    with pytest.raises(KeystoreError):
        decrypt_private_key(rebuilt(pem, **changes), PASSPHRASE)


@pytest.mark.parametrize("name", ["algorithm", "no public key"])
def test_a_file_that_decrypts_to_something_else_is_refused(monkeypatch, name):
    inner = private_key_der._EcPrivateKey(
        version=1, private_key=PAIR.scalar, parameters=None, public_key=None
    )
    algorithm = private_key_der._ALGORITHM
    if name == "algorithm":
        inner.public_key = asn1.BitString(PAIR.point, 0)
        algorithm = pkcs8.AlgorithmIdentifier(algorithm=OTHER, parameters=None)
    encoded = asn1.encode_der(
        private_key_der._PrivateKeyInfo(
            version=0, algorithm=algorithm, private_key=asn1.encode_der(inner)
        )
    )
    monkeypatch.setattr(pkcs8, "encode", lambda key: encoded)
    with pytest.raises(KeyRefused):
        decrypt_private_key(encrypt_private_key(PAIR, PASSPHRASE), PASSPHRASE)


def test_a_pair_in_memory_prints_its_public_half_only():
    for text in (repr(PAIR), str(PAIR), f"{PAIR}"):
        assert "scalar" not in text
        assert PAIR.scalar.hex() not in text
        assert repr(PAIR.scalar)[2:-1] not in text
        assert repr(PAIR.point) in text


def rewritten(monkeypatch, der):
    """A key file of ours that holds this instead."""
    monkeypatch.setattr(pkcs8, "encode", lambda key: der)
    return encrypt_private_key(PAIR, PASSPHRASE)


@pytest.mark.parametrize(
    "change",
    [
        lambda der: der[:-1],
        lambda der: der + b"\0",
        lambda der: b"\x31" + der[1:],
        lambda der: der.replace(
            b"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", b"\x2a\x81\x1c\xcf\x55\x01\x82\x2e"
        ),
        lambda der: der.replace(b"\xa1\x44\x03\x42\0", b"\xa2\x44\x03\x42\0"),
        lambda der: der.replace(b"\xa1\x44\x03\x42\0", b"\xa1\x44\x04\x42\0"),
        lambda der: b"",
        lambda der: b"\x30\0",
    ],
)
def test_what_is_inside_is_read_strictly(monkeypatch, change):
    der = private_key_der.encode(PAIR)
    assert change(der) != der
    with pytest.raises(WrongPin):
        decrypt_private_key(rewritten(monkeypatch, change(der)), PASSPHRASE)


def test_padding_that_is_none_opens_nothing():
    for text, size in ((bytearray(16), 16), (bytearray(b"\x11" * 32), 32), (bytearray(), 0)):
        with pytest.raises(ValueError, match=r"^$"):
            pkcs8._unpadded(text, size)
    assert pkcs8._unpadded(bytearray(b"a" * 15 + b"\x01"), 16) == 15


def test_what_was_decrypted_is_overwritten(monkeypatch):
    kept, pem = [], encrypt_private_key(PAIR, PASSPHRASE)
    real = pkcs8.erase
    monkeypatch.setattr(pkcs8, "erase", lambda *buffers: (real(*buffers), kept.extend(buffers)))
    pair = decrypt_private_key(pem, PASSPHRASE)
    assert pair.scalar == PAIR.scalar
    assert all(one == bytes(len(one)) for one in kept)
    key, text = kept
    assert len(key) == 16
    assert len(text) > 128


def test_what_was_derived_to_encrypt_is_overwritten(monkeypatch):
    held = []
    real = pkcs8._derive
    monkeypatch.setattr(pkcs8, "_derive", lambda *asked: held.append(real(*asked)) or held[-1])
    scalar, point = backend().generate()
    encrypt_private_key(PrivateKey(bytearray(scalar), point), b"passphrase")
    assert held == [bytes(pkcs8.KEY_BYTES)]
