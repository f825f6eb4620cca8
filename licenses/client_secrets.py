"""The secrets of clients: how they are made, stretched and compared."""

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from licenses.errors import BadProposal

# Tells a leaked secret at sight, to people and to scanners of repositories.
PREFIX = "qyc"
# 256 bits: beyond guessing whatever the lock-out does.
_SECRET_BYTES = 32
_NAME_BYTES = 6
_SALT_BYTES = 16
_HASH_BYTES = 32
ENROLMENT_PREFIX = "qye"
_ENROLMENT = re.compile(ENROLMENT_PREFIX + r"_([0-9a-f]{12})_([0-9a-f]{32})_([0-9a-f]{64})")
_FORM = re.compile(PREFIX + r"_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of scrypt (RFC 7914 section 2)."""

    n: int
    r: int
    p: int


# 16 MB and 30 to 40 ms on a core of 2020: a token lasts many minutes, so one is seldom asked for.
COST = Cost(n=2**14, r=8, p=1)

Stretch = Callable[[str, bytes, Cost], bytes]


@dataclass(frozen=True, slots=True)
class StretchedSecret:
    """What is kept of a secret; `id` is its public part, by which it is found and spoken of."""

    id: str
    salt: bytes
    hash: bytes
    cost: Cost


def scrypt(secret: str, salt: bytes, cost: Cost) -> bytes:
    """Return the 32 bytes that are stored in place of the secret."""
    kdf = Scrypt(salt=salt, length=_HASH_BYTES, n=cost.n, r=cost.r, p=cost.p)
    return kdf.derive(secret.encode("utf-8", "backslashreplace"))


def new_secret(stretch: Stretch) -> tuple[str, StretchedSecret]:
    """Make a secret: the text to show once, and what is kept of it."""
    name, salt = secrets.token_hex(_NAME_BYTES), secrets.token_bytes(_SALT_BYTES)
    text = f"{PREFIX}_{name}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return text, StretchedSecret(name, salt, stretch(text, salt, COST), COST)


def enrolment_of(text: str, stretch: Stretch) -> StretchedSecret:
    """Return what may be kept of a secret its owner made; raises `BadProposal` for another text.

    Whoever registers a person sees this and never the secret.
    """
    name = secret_id(text)
    if name is None:
        raise BadProposal("the text is no secret of ours")
    salt = secrets.token_bytes(_SALT_BYTES)
    return StretchedSecret(name, salt, stretch(text, salt, COST), COST)


def enrolment_text(kept: StretchedSecret) -> str:
    """Return the enrolment as its owner hands it over: public, and of no use without the secret."""
    return f"{ENROLMENT_PREFIX}_{kept.id}_{kept.salt.hex()}_{kept.hash.hex()}"


def read_enrolment(text: str) -> StretchedSecret:
    """Return what `enrolment_text` wrote; raises `BadProposal`."""
    match = _ENROLMENT.fullmatch(text)
    if match is None:
        raise BadProposal("the enrolment is not one that `qianyin person secret` printed")
    return StretchedSecret(match[1], bytes.fromhex(match[2]), bytes.fromhex(match[3]), COST)


def secret_id(text: str) -> str | None:
    """Return the public part of a secret, None where the text is none."""
    match = _FORM.fullmatch(text)
    return match[1] if match else None


# Compared against where there is nothing to compare against, so that it takes as long.
_NOBODY = StretchedSecret("", bytes(_SALT_BYTES), bytes(_HASH_BYTES), COST)


def fits(text: str, kept: StretchedSecret | None, stretch: Stretch) -> bool:
    """Say whether the text is the secret; None takes as long and never fits."""
    against = kept or _NOBODY
    same = hmac.compare_digest(stretch(text, against.salt, against.cost), against.hash)
    return same and kept is not None
