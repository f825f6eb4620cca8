"""Putting a seal that came from elsewhere into a deployment's `keys.toml`."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keystore.certificates import Certificate
from keystore.credential import require_chain
from keystore.errors import InvalidSeal, KeyNotFound
from keystore.keyring import Keyring
from keystore.seals import Seal
from keystore.sm2 import SIGNER_ID_GM

__all__ = ["append_seal", "sole_writer"]

_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,63}")


@contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Keep other writers of `path`, in whatever process, waiting until the block ends.

    Raises `KeyNotFound` where there is no such file.
    """
    try:
        opened = path.open("rb")
    except FileNotFoundError as error:
        raise KeyNotFound(f"a file of the keyring is missing: {path}") from error
    with opened as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append_seal(
    path: Path,
    keyring: Keyring,
    *,
    alias: str,
    seal: Seal,
    key: str,
    maker_chain: tuple[Certificate, ...],
) -> None:
    """Write the seal's files beside `path` and its entry at the end of it, as `sole_writer`.

    `keyring` is what `path` holds now. Raises `InvalidSeal` for an alias that is taken or none,
    a maker's signature that does not hold, a chain that is another maker's, or a seal that does
    not list the key; `KeyNotFound` for an unknown key, `InvalidSignature` for a broken seal,
    `CertificateMismatch` for a chain that does not hold together, `OSError` of the disk.
    """
    require_chain(maker_chain)
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)
    faults = {
        "a seal's alias is made of a-z, 0-9 and -": _ALIAS.fullmatch(alias) is None,
        f"there is a seal '{alias}' already": alias in {one.alias for one in keyring.seals},
        "the chain is not that of the seal's maker": maker_chain[0] != seal.maker,
        f"the seal does not list the certificate of the key '{key}'": not seal.lists(
            keyring.credential(key).certificate
        ),
    }
    for sentence, is_so in faults.items():
        if is_so:
            raise InvalidSeal(sentence)
    files = {"seals": f"{alias}.esl", "certificates": f"{alias}-maker.pem"}
    for folder in files:
        (path.parent / folder).mkdir(exist_ok=True)
    (path.parent / "seals" / files["seals"]).write_bytes(seal.der)
    pem = b"".join(one.to_pem() for one in maker_chain)
    (path.parent / "certificates" / files["certificates"]).write_bytes(pem)
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f'\n[seals.{alias}]\nfile = "seals/{files["seals"]}"\nkey = "{key}"\n'
            f'maker_chain = "certificates/{files["certificates"]}"\n'
        )
