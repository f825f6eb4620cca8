"""`qianyin doctor`: is everything here that the service needs, and does it work?"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.audit_desk import audit_keys
from api.cli.options import DataOption, asking, open_keyring, settings_for
from api.endings import days_left, endings, step_reached
from api.errors import ApiError
from api.examination.confinement import Wall
from api.examination.service import make_pool
from api.issuing_parts import now
from api.key_examination import Examined, examine_key
from api.migrating import is_current
from api.seal_standing import obstacles
from api.secrets_at_rest import in_clear, is_clear_allowed, secret_files
from api.settings import Settings
from api.trusting import open_anchors, open_evidence
from keystore import SIGNER_ID_GM, Certificate, Credential, KeyUri
from keystore.erasing import erase
from keystore.errors import KeystoreError
from keystore.sm2_backends import installed_backends
from keystore.vault import Vault, read_wrapped
from licenses.catalog import Catalog
from licenses.checkpoints import Checkpoints
from licenses.database import open_database
from licenses.errors import LicenseError
from licenses.register import Register
from verify.errors import VerifyError

__all__ = ["register"]

FAULTY = 1
ABANDONED_AFTER = timedelta(minutes=10)
READABLE_BY_OTHERS = 0o077

Finding = tuple[bool, str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    data: DataOption = None,
    key: Annotated[str | None, typer.Option(help="Examine one key by its URI or alias.")] = None,
    chain: Annotated[Path | None, typer.Option(help="Its chain, PEM; else from keys.toml.")] = None,
) -> None:
    """Open every key, check every chain, seal, anchor and the database; prints no secret. 体检。

    With `--key` one key only, thoroughly: device, signatures, threads, speed, chain, dates, use.

    Example: `qianyin doctor`, `qianyin doctor --key "sdf:module-path=…;index=1?pin-source=…"`
    """
    settings = settings_for(data)
    if key is not None:
        raise typer.Exit(_examine(_named(settings, key, chain)))
    healthy = True
    for title, examine in EXAMINATIONS.items():
        for is_well, sentence in _examined(examine, settings):
            healthy &= is_well
            typer.echo(f"{'✔' if is_well else '✘'} {title:10} {sentence}")
    raise typer.Exit(0 if healthy else FAULTY)


def _examine(one: Examined) -> int:
    healthy = True
    for found in examine_key(one):
        healthy &= found.is_well
        typer.echo(f"{'✔' if found.is_well else '✘'} {found.title:10} {found.sentence}")
    return 0 if healthy else FAULTY


def _named(settings: Settings, key: str, chain: Path | None) -> Examined:
    """Find the key and its chain: an alias of keys.toml, or a URI that may stand there."""
    keyring_file = settings.keyring_file.absolute()
    files = tuple(file for file in (keyring_file, chain) if file is not None and file.exists())
    credentials: dict[str, Credential] = {}
    if keyring_file.exists():
        with open_keyring(settings.data_dir) as keyring:
            credentials = {alias: keyring.credential(alias) for alias in keyring.aliases}
    known = credentials.get(key)
    uri = known.uri if known else KeyUri.parse(key).resolved(settings.data_dir.absolute())
    if chain is not None:
        certificates = Certificate.load_pem_chain(chain.read_bytes())
    else:
        own = (one.chain for one in credentials.values() if uri in (one.uri, *one.mirrors))
        certificates = next(own, ())
    return Examined(uri, asking(settings), certificates, files, now)


def _examined(
    examine: Callable[[Settings], Iterator[Finding]], settings: Settings
) -> Iterator[Finding]:
    try:
        yield from examine(settings)
    except (KeystoreError, LicenseError, VerifyError, ApiError, OSError) as error:
        yield False, str(error)


def _sm2(_: Settings) -> Iterator[Finding]:
    backends = installed_backends()
    for name, found in backends.items():
        yield True, f"{name}: {found if isinstance(found, str) else found.name}"
    yield any(not isinstance(one, str) for one in backends.values()), "native SM2 passes its test"


def _keys(settings: Settings) -> Iterator[Finding]:
    with open_keyring(settings.data_dir) as keyring:
        for alias in keyring.aliases:
            keyring.signer(alias).sign(b"qianyin doctor", signer_id=SIGNER_ID_GM)
            yield True, f"{alias}: signs"


def _ends(settings: Settings) -> Iterator[Finding]:
    with open_keyring(settings.data_dir) as keyring:
        for one in endings(keyring):
            left = one.at - now()
            sentence = f"{one.kind} {one.alias}: ends {one.at:%Y-%m-%d}, {days_left(left)}"
            yield step_reached(left) is None, sentence


def _seal(settings: Settings) -> Iterator[Finding]:
    found = list(obstacles(settings, open_database(settings.resolved_database_url), now()))
    yield from ((False, sentence) for sentence in found)
    if not found:
        yield True, f"the seal '{settings.seal}' can be used"


def _secrets(settings: Settings) -> Iterator[Finding]:
    vault = asking(settings)
    for path in vault.files():
        yield from _wrapped_secret(vault, path)
    for path in in_clear(secret_files(settings)):
        is_well = is_clear_allowed(settings, path)
        yield is_well, f"{path.name} lies in clear: qianyin secrets wrap --master SOURCE"
    for folder in ("secrets", "keys"):
        for path in sorted((settings.data_dir / folder).glob("*")):
            mode = path.stat().st_mode
            yield not mode & READABLE_BY_OTHERS, f"{path.name}: mode {mode & 0o777:o}"


def _wrapped_secret(vault: Vault, path: Path) -> Iterator[Finding]:
    try:
        found = read_wrapped(path)
        if found is not None:
            erase(vault.opened(path, found.purpose))
            yield True, f"{path.name}: wrapped under the master key {found.master}, and opens"
    except KeystoreError as error:
        yield False, f"{path.name}: {error}"


def _trust(settings: Settings) -> Iterator[Finding]:
    anchors = open_anchors(settings.trust_dir)
    yield True, f"{len(anchors.fingerprints)} roots"
    evidence = open_evidence(settings.evidence_dirs)
    yield True, f"{len(evidence.revocation_lists)} revocation lists"


def _database(settings: Settings) -> Iterator[Finding]:
    engine = open_database(settings.resolved_database_url)
    yield is_current(engine), "the database has this version's tables (else: qianyin migrate)"
    head, count = Checkpoints(engine).verify(audit_keys(settings))
    yield True, f"the audit trail holds, {head.sequence} lines, {count} checkpoints"
    register = Register(engine)
    for intent in register.abandoned(before=now() - ABANDONED_AFTER):
        sentence = "a key's use was announced and has no outcome; the same request completes it"
        yield False, f"{intent.identifier}: {sentence}"
    yield os.access(settings.data_dir, os.W_OK), f"{settings.data_dir} can be written"


def _types(_: Settings) -> Iterator[Finding]:
    yield True, f"{len(Catalog.shipped())} licence types"


def _examiners(settings: Settings) -> Iterator[Finding]:
    with closing(make_pool(settings)) as pool:
        pool.start()
        missing = pool.missing_walls
    names = ", ".join(sorted(missing)) or "none"
    yield (
        Wall.CALLS not in missing,
        f"walls of the kernel around examiners that are missing: {names}",
    )


EXAMINATIONS: dict[str, Callable[[Settings], Iterator[Finding]]] = {
    "SM2": _sm2,
    "keys": _keys,
    "ends": _ends,
    "seal": _seal,
    "secrets": _secrets,
    "trust": _trust,
    "database": _database,
    "types": _types,
    "examiners": _examiners,
}
