"""Keys, nonces and numbers from a seed, so that a file comes out the same every time. Tests only."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from math import gcd, prod

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keystore import Signer, sm3
from keystore.ports import SigningKey
from keystore.sm2 import _A, _G, Sm2PublicKey, Sm2Signature
from keystore.sm2_backends import ORDER

Chance = Callable[[int], bytes]
Point = tuple[int, int, int]

PRIME = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = int.from_bytes(_A, "big")
GENERATOR: Point = (int.from_bytes(_G[:32], "big"), int.from_bytes(_G[32:], "big"), 1)
PUBLIC_EXPONENT = 65537
SMALL_PRIMES = prod(n for n in range(3, 2000) if all(n % d for d in range(2, int(n**0.5) + 1)))

_chance: ContextVar[Chance] = ContextVar("chance", default=secrets.token_bytes)


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Whatever is made inside is made of this seed and nothing else."""
    turns = count()

    def from_seed(size: int) -> bytes:
        out = b""
        while len(out) < size:
            out += sm3(b"%d %s" % (next(turns), seed.encode()))
        return out[:size]

    before = _chance.set(from_seed)
    try:
        yield
    finally:
        _chance.reset(before)


def chance(size: int) -> bytes:
    """Bytes from the seed that is in force, or from the system."""
    return _chance.get()(size)


def scalar(order: int) -> int:
    """A number in 1 … order-2."""
    return int.from_bytes(chance(48), "big") % (order - 2) + 1


@dataclass(frozen=True)
class SeededKey(SigningKey):
    """An SM2 key whose nonce follows from the key and the digest: never for real use."""

    d: int = field(repr=False)

    @property
    def public_key(self) -> Sm2PublicKey:
        return Sm2PublicKey(point_of(self.d))

    def sign_digest(self, digest: bytes) -> Sm2Signature:
        for turn in count():
            seed = self.d.to_bytes(32, "big") + digest + bytes([turn])
            k = int.from_bytes(sm3(seed) + sm3(b"k" + seed), "big") % (ORDER - 1) + 1
            r = (int.from_bytes(digest, "big") + affine(times_generator(k))[0]) % ORDER
            s = pow(1 + self.d, -1, ORDER) * (k - r * self.d) % ORDER
            if r and s and r + k != ORDER:
                return Sm2Signature(r, s)
        raise AssertionError


def new_sm2_signer() -> Signer:
    key = SeededKey(scalar(ORDER))
    return Signer(key, key.public_key)


def new_ec_key(curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar(curve.group_order), curve)


def new_rsa_key(bits: int) -> rsa.RSAPrivateKey:
    p, q = (_prime(bits // 2) for _ in range(2))
    d = pow(PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(PUBLIC_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public
    )
    return numbers.private_key()


def _prime(bits: int) -> int:
    """The next prime after a number from the seed whose two highest bits are set."""
    start = int.from_bytes(chance(bits // 8), "big") | 3 << (bits - 2) | 1
    for one in count(start, 2):
        if gcd(one, SMALL_PRIMES) == 1 and pow(3, one - 1, one) == 1 and one % PUBLIC_EXPONENT != 1:
            return one
    raise AssertionError


def point_of(number: int) -> bytes:
    """Return 04‖X‖Y of number times the generator."""
    x, y = affine(times_generator(number))
    return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def times_generator(number: int) -> Point:
    total: Point = (0, 1, 0)
    for row in _rows():
        total = added(total, row[number & 15])
        number >>= 4
    return total


@cache
def _rows() -> list[list[Point]]:
    """0 … 15 times the generator, shifted by each of 64 nibbles."""
    rows, base = [], GENERATOR
    for _ in range(64):
        row: list[Point] = [(0, 1, 0)]
        for _ in range(15):
            row.append(added(row[-1], base))
        rows.append(row)
        base = added(row[-1], base)
    return rows


def added(one: Point, other: Point) -> Point:
    """Jacobian coordinates; Z = 0 is the point at infinity."""
    (x1, y1, z1), (x2, y2, z2) = one, other
    if not z1 or not z2:
        return other if not z1 else one
    u1, u2 = x1 * z2 * z2 % PRIME, x2 * z1 * z1 % PRIME
    s1, s2 = y1 * z2**3 % PRIME, y2 * z1**3 % PRIME
    if u1 == u2:
        return doubled(one) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    x3 = (r * r - h**3 - 2 * u1 * h * h) % PRIME
    return x3, (r * (u1 * h * h - x3) - s1 * h**3) % PRIME, h * z1 * z2 % PRIME


def doubled(one: Point) -> Point:
    x, y, z = one
    slope, middle = 3 * x * x + A * z**4, 4 * x * y * y
    x3 = (slope * slope - 2 * middle) % PRIME
    return x3, (slope * (middle - x3) - 8 * y**4) % PRIME, 2 * y * z % PRIME


def affine(one: Point) -> tuple[int, int]:
    x, y, z = one
    inverse = pow(z, -1, PRIME)
    return x * inverse**2 % PRIME, y * inverse**3 % PRIME
