"""Native SM2 or none: every candidate proves itself, and bad keys and values are refused."""

import ast
from pathlib import Path

import pytest

from keystore import sm2_backends
from keystore.errors import NoSm2Backend
from keystore.gmssl_native import GmsslNative
from keystore.libcrypto import Libcrypto
from keystore.sm2 import Sm2Signature
from keystore.sm2_backends import (
    ORDER,
    BackendRefused,
    backend,
    installed_backends,
    require_scalar,
    self_test,
)

ROOT = Path(__file__).parents[3]
FOLDERS = ("signing", "licenses", "verify", "keystore", "api", "hsm_adapters")
DIGEST = bytes(range(32))
GENERATOR = bytes.fromhex(
    "0432C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
PRIME = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
MINUS_GENERATOR = GENERATOR[:33] + (PRIME - int.from_bytes(GENERATOR[33:])).to_bytes(32)


@pytest.fixture(params=[Libcrypto, GmsslNative], ids=["libcrypto", "gmssl"], scope="module")
def native(request):
    return request.param()


@pytest.fixture
def fresh_choice(monkeypatch):
    """Let `backend()` choose anew, and forget its choice afterwards."""
    backend.cache_clear()
    yield lambda candidates: monkeypatch.setattr(sm2_backends, "CANDIDATES", candidates)
    backend.cache_clear()


def scalar(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_each_native_backend_passes_its_self_test(native):
    self_test(native)


@pytest.mark.parametrize("turn", range(5))
def test_the_native_backends_accept_each_other(turn):
    for signs, checks in ((Libcrypto(), GmsslNative()), (GmsslNative(), Libcrypto())):
        private, point = signs.generate()
        signature = signs.sign(signs.load_private(private, point), DIGEST)
        public = checks.load_public(point)
        assert checks.verify(public, DIGEST, signature)
        assert not checks.verify(public, bytes(32), signature)
        Sm2Signature.from_der(signature)
        assert len(private) == 32
        assert len(point) == 65


@pytest.mark.parametrize(
    ("value", "point"),
    [
        (0, b"\0"),  # libcrypto 3.0 would load this and sign with it
        (ORDER - 1, MINUS_GENERATOR),  # 1 + d = 0: libcrypto would loop for ever
        (ORDER, b"\0"),
        (ORDER + 1, GENERATOR),
        (2, GENERATOR),  # in range, but not this key's point
    ],
)
def test_a_private_key_out_of_range_or_of_another_point_is_refused(native, value, point):
    with pytest.raises(BackendRefused):
        native.load_private(scalar(value), point)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_private_key_has_32_bytes(length):
    with pytest.raises(BackendRefused, match="out of range"):
        require_scalar(b"\1" * length)


def test_the_ends_of_the_range_are_keys(native):
    for value in (1, ORDER - 2):
        require_scalar(scalar(value))
    private = native.load_private(scalar(1), GENERATOR)
    assert native.verify(native.load_public(GENERATOR), DIGEST, native.sign(private, DIGEST))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_only_a_digest_of_32_bytes_is_signed(native, length):
    private = native.load_private(scalar(1), GENERATOR)
    with pytest.raises(BackendRefused):
        native.sign(private, bytes(length))
    assert not native.verify(native.load_public(GENERATOR), bytes(length), b"")


@pytest.mark.parametrize("point", [b"", b"\x04", GENERATOR[:-1], GENERATOR[:-1] + b"\0"])
def test_a_point_off_the_curve_is_refused(native, point):
    with pytest.raises(BackendRefused):
        native.load_public(point)


def test_hostile_values_are_refused_and_libcrypto_says_nothing_of_it(capfd):
    """GmSSL writes a trace to stderr for each refusal, from C: one reason why it comes second."""
    libcrypto = Libcrypto()
    public = libcrypto.load_public(GENERATOR)
    good = libcrypto.sign(libcrypto.load_private(scalar(1), GENERATOR), DIGEST)
    for value in (b"", good + b"\0", good[:-1], b"\x30\x81" + good[1:], bytes(72)):
        assert not libcrypto.verify(public, DIGEST, value)
        assert not GmsslNative().verify(GENERATOR[1:], DIGEST, value)
    assert "sm2_sign.c" in capfd.readouterr().err
    for value in (b"", good + b"\0", good[:-1], b"\x30\x81" + good[1:], bytes(72)):
        assert not libcrypto.verify(public, DIGEST, value)
    assert capfd.readouterr().err == ""


def test_libcrypto_does_not_verify_with_no_key():
    from keystore.libcrypto import _Key

    libcrypto = Libcrypto()
    empty = object.__new__(_Key)
    empty.pointer = None
    with pytest.raises(BackendRefused, match="cannot verify"):
        libcrypto.verify(empty, DIGEST, b"")
    with pytest.raises(BackendRefused, match="did not sign"):
        libcrypto.sign(empty, DIGEST)
    with pytest.raises(BackendRefused, match="not this private key's"):
        libcrypto.load_private(scalar(1), b"")


def test_private_handles_do_not_print_their_key():
    secret = scalar(0x1234567890ABCDEF)
    gmssl = GmsslNative()
    libcrypto = Libcrypto()
    held = libcrypto._load(libcrypto._lib.d2i_AutoPrivateKey, pkcs8(secret))
    point = libcrypto._public_point(held)
    for handle in (gmssl.load_private(secret, point), libcrypto.load_private(secret, point)):
        assert "1234567890" not in f"{handle!r}{handle}".lower().replace("\\x", "")


def pkcs8(secret: bytes) -> bytearray:
    from keystore.libcrypto import _PKCS8

    return bytearray(_PKCS8 + secret)


def test_libcrypto_is_the_first_choice(fresh_choice, caplog):
    with caplog.at_level("INFO", logger="keystore.sm2_backends"):
        assert backend().name.startswith("OpenSSL")
    assert "SM2 by OpenSSL" in caplog.text


class Broken(Libcrypto):
    """Passes all facts but those of a method replaced in a subclass."""

    name = "broken"


def pairs_unchecked(self, value, point):
    return self._load(self._lib.d2i_AutoPrivateKey, pkcs8(value))


def constant_signature(self, private, digest):
    return sm2_backends._SIGNATURE


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"verify": lambda self, public, digest, value: True}, "rejects another digest"),
        ({"verify": lambda self, public, digest, value: False}, "accepts the standard's"),
        (
            {
                "verify": lambda self, public, digest, value: (
                    value == sm2_backends._ZERO_R or Libcrypto.verify(self, public, digest, value)
                )
            },
            "rejects r = 0",
        ),
        ({"sign": constant_signature}, "signs for itself"),
        ({"load_private": pairs_unchecked}, "refuses a pair that is none"),
    ],
)
def test_the_self_test_catches_a_library_that_fails(change, claim):
    with pytest.raises(NoSm2Backend, match=claim):
        self_test(type("Changed", (Broken,), change)())


def test_the_self_test_catches_a_library_that_takes_any_point():
    class Changed(Broken):
        def load_public(self, point):
            try:
                return super().load_public(point)
            except BackendRefused:
                return super().load_public(GENERATOR)

    with pytest.raises(NoSm2Backend, match="off the curve"):
        self_test(Changed())


def absent():
    raise ImportError("no module named gmssl_pyx")


def faulty():
    return type("Faulty", (Broken,), {"sign": constant_signature})()


def test_without_a_backend_the_service_must_not_start(fresh_choice):
    fresh_choice((("libcrypto", faulty), ("gmssl-pyx", absent)))
    with pytest.raises(NoSm2Backend) as caught:
        backend()
    sentence = str(caught.value)
    assert "libcrypto: broken fails its self-test: signs for itself" in sentence
    assert "gmssl-pyx: no module named gmssl_pyx" in sentence
    assert "install an OpenSSL 3 built with SM2 or gmssl-pyx" in sentence


def test_the_second_backend_serves_when_the_first_fails(fresh_choice):
    fresh_choice((("libcrypto", faulty), sm2_backends.CANDIDATES[1]))
    assert backend().name.startswith("GmSSL")


def test_a_doctor_can_list_what_is_installed(fresh_choice):
    assert [type(one) for one in installed_backends().values()] == [Libcrypto, GmsslNative]
    fresh_choice((("libcrypto", absent),))
    assert installed_backends() == {"libcrypto": "no module named gmssl_pyx"}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_pure_python_sm2_is_imported_nowhere_in_the_product():
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 50
    pure = {"gmssl", "gmalg", "smx", "sm_bc", "ecdsa", "gd_sm"}
    assert {path: imports_of(path) & pure for path in sources if imports_of(path) & pure} == {}


def test_gmssls_c_code_is_reached_through_one_module_only():
    users = [
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "gmssl_pyx" in imports_of(path)
    ]
    assert users == ["keystore/gmssl_native.py"]
