"""`qianyin key distrust` and `reissue`: what to do when a key may be known to others."""

import getpass
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for
from api.errors import BadSettings
from api.issuing_parts import issuing, now
from api.key_names import key_named
from api.migrating import open_current
from api.settings import Settings
from keystore.errors import KeystoreError
from licenses.errors import LicenseError
from licenses.keys import Affected, KeyName, Keys
from licenses.register import Register
from verify import Distrust

__all__ = ["register"]

SOME_REFUSED = 1

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done. 只演练")]


def register(app: typer.Typer) -> None:
    """Add the commands to `qianyin key`."""
    app.command("distrust")(distrust)
    app.command("reissue")(reissue)


def distrust(
    key: Annotated[str, typer.Argument(help="Alias, certificate file or serial (hex).")],
    since: Annotated[str, typer.Option("--from", help="ISO 8601 with its zone. 从何时起不可信")],
    batch: Annotated[
        Path | None, typer.Option(help="Write what to issue again here, for key reissue.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a licence.")] = False,
    dry_run: DryRunOption = False,
    data: DataOption = None,
) -> None:
    """Let nothing count that a key sealed from a moment on without an earlier stamp. 密钥泄露处置。

    The key signs nothing more, verification by this deployment heeds the moment from the next
    file on, and every licence the key ever sealed is listed.

    Example: `qianyin key distrust seal-signer --from 2026-11-20T00:00:00+08:00 --dry-run`
    """
    settings, moment = settings_for(data), _moment(since)
    name = key_named(settings, key)
    keys = Keys(open_current(settings))
    if not dry_run:
        moment = keys.distrust(name, since=moment, by=f"operator:{getpass.getuser()}", now=now())
        _tell_verifiers(settings, Distrust(name.sm3, moment))
    found = keys.affected(name, moment)
    for one in found:
        typer.echo(json.dumps(_row(one), ensure_ascii=False) if as_json else _line(one))
    if batch is not None and not dry_run:
        batch.write_text("".join(f"{line}\n" for line in _batch(found)), encoding="utf-8")
    _sum_up(name, moment, found, batch, dry_run=dry_run)


def reissue(
    batch: Annotated[Path, typer.Argument(help="What key distrust --batch wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the new PDFs.")],
    dry_run: DryRunOption = False,
    data: DataOption = None,
) -> None:
    """Issue licences again under the deployment's seal and replace the old ones. 批量重新签发。

    Run it again to go on where it stopped: nothing is issued twice.

    Example: `qianyin key reissue batch.jsonl --out reissued`
    """
    settings, work = settings_for(data), _read_batch(batch)
    if dry_run:
        _say_what_would_be_issued(settings, work)
        return
    out.mkdir(parents=True, exist_ok=True)
    refused = 0
    with issuing(settings) as issuer:
        for identifier in work:
            try:
                made = issuer.reissue(issuer.register.find(identifier), client="command-line")
            except (LicenseError, KeystoreError) as error:
                refused += 1
                typer.echo(f"{identifier}: {error}", err=True)
                continue
            (out / f"{made.record.identifier}.pdf").write_bytes(made.pdf)
            typer.echo(f"{identifier} → {made.record.identifier}")
    typer.echo(f"{len(work) - refused} issued again, {refused} refused")
    raise typer.Exit(SOME_REFUSED if refused else 0)


def _say_what_would_be_issued(settings: Settings, work: tuple[str, ...]) -> None:
    register = Register(open_current(settings))
    for identifier in work:
        record = register.find(identifier)
        typer.echo(f"{identifier}  {record.number}  {record.state}  {record.replaced_by or ''}")
    typer.echo(f"{len(work)} would be issued again")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not ISO 8601", param_hint="--from") from error
    if moment.tzinfo is None:
        raise typer.BadParameter("name the zone, such as +08:00 or Z", param_hint="--from")
    if moment > now():
        raise typer.BadParameter("this moment is still to come", param_hint="--from")
    return moment


def _tell_verifiers(settings: Settings, word: Distrust) -> None:
    """Put the word among the revocation data, whole or not at all; later words replace it."""
    folder = settings.revocation_cache_dir
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{word.key_sm3}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(word.to_json())
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / f"{word.key_sm3[:32]}.distrust")


def _row(one: Affected) -> dict[str, object]:
    record = one.record
    return {
        "identifier": record.identifier,
        "number": record.number,
        "license_type": record.license_type,
        "state": record.state,
        "sealed_at": record.sealed_at.isoformat() if record.sealed_at else None,
        "becomes": _becomes(one),
        "reissue": one.can_be_issued_again(now()),
    }


def _becomes(one: Affected) -> str:
    return "TOTAL_FAILED/REVOKED" if one.is_failing else "INDETERMINATE/REVOKED_NO_POE"


def _line(one: Affected) -> str:
    sealed = f"{one.record.sealed_at:%Y-%m-%dT%H:%M:%SZ}" if one.record.sealed_at else "-"
    return f"{one.record.identifier}  {sealed}  {one.record.state}  {_becomes(one)}"


def _batch(found: tuple[Affected, ...]) -> Iterator[str]:
    moment = now()
    for one in found:
        if one.can_be_issued_again(moment):
            yield json.dumps({"reissue": one.record.identifier}, ensure_ascii=False)


def _read_batch(path: Path) -> tuple[str, ...]:
    try:
        lines = [json.loads(one) for one in path.read_text(encoding="utf-8").splitlines() if one]
        return tuple(str(one["reissue"]) for one in lines)
    except (ValueError, KeyError, TypeError) as error:
        raise BadSettings(f"{path} is not what key distrust --batch writes") from error


def _sum_up(
    name: KeyName,
    moment: datetime,
    found: tuple[Affected, ...],
    batch: Path | None,
    *,
    dry_run: bool,
) -> None:
    failing = sum(one.is_failing for one in found)
    again = len(tuple(_batch(found)))
    typer.echo(
        f"{'would distrust' if dry_run else 'distrusted'} {name.alias} ({name.sm3[:16]}…) from"
        f" {moment.isoformat()}: {len(found)} licences affected, {failing} fail,"
        f" {len(found) - failing} cannot prove their time, {again} to be issued again",
        err=True,
    )
    if batch is not None and not dry_run:
        typer.echo(f"{batch}: next, with another key in place: qianyin key reissue", err=True)
