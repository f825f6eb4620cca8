"""`qianyin secrets`: wrap what opens keys under a master key, and change the master key."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, ask, asking, settings_for
from api.secrets_at_rest import in_clear, purpose_of, secret_files
from api.settings import Settings
from keystore.erasing import erase
from keystore.errors import KeyRefused, KeystoreError
from keystore.rotation import drop_earlier, name_master_key, rewrap, wrap_file, wrap_secret
from keystore.vault import Vault, read_wrapped

__all__ = ["app"]

FAULTY = 1
RANDOM_BYTES = 32

app = typer.Typer(
    name="secrets",
    help="What opens keys, at rest. 静态秘密与主密钥",
    no_args_is_help=True,
)
SourceOption = Annotated[
    str | None,
    typer.Option("--master", help="file:PATH, env:QIANYIN_MASTER_KEY_…, or tpm2:path=FILE."),
]


@app.command("list")
def show(data: DataOption = None) -> None:
    """Name every secret, under which master key it is wrapped, and whether it opens. 列出秘密。

    Example: `qianyin secrets list`
    """
    settings = settings_for(data)
    vault, is_well = asking(settings), True
    for path in vault.files():
        purpose = master = "-"
        try:
            found = read_wrapped(path)
            if found is None:
                continue
            purpose, master, state = found.purpose, found.master, "opens"
            erase(vault.opened(path, found.purpose))
        except KeystoreError as error:
            state, is_well = f"✘ {error}", False
        typer.echo(f"{vault.name_of(path)}  {purpose}  {master}  {state}")
    for path in in_clear(secret_files(settings)):
        is_well = False
        typer.echo(f"{path}  {purpose_of(path)}  -  ✘ lies in clear")
    raise typer.Exit(0 if is_well else FAULTY)


@app.command("wrap")
def wrap(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Else what keys.toml names, and the token key's."),
    ] = None,
    master: SourceOption = None,
    data: DataOption = None,
) -> None:
    """Wrap secrets that lie in clear; the first time, say where the master key is. 封存秘密。

    Example: `qianyin secrets wrap --master file:/etc/qianyin/master.key`
    """
    settings = settings_for(data)
    vault = asking(settings)
    if master is not None:
        typer.echo(f"master key {name_master_key(vault, master)} ({master})")
    folder = settings.data_dir.absolute()
    for path in (folder / one for one in files) if files else _within(settings, vault):
        done = wrap_file(vault, path, purpose_of(path))
        typer.echo(f"{path}: {'wrapped' if done else 'was wrapped already'}")


@app.command("enter")
def enter(
    file: Annotated[Path, typer.Argument(help="Such as secrets/hsm.pin, for a pin-source.")],
    is_random: Annotated[bool, typer.Option("--random", help="Make one up.")] = False,
    data: DataOption = None,
) -> None:
    """Write a PIN into a wrapped file: typed or made up, never on the disk in clear. 录入口令。

    Example: `qianyin secrets enter secrets/hsm.pin`
    """
    settings = settings_for(data)
    path = settings.data_dir.absolute() / file
    if is_random and path.exists():
        raise KeyRefused(f"there is a secret already: {file}")
    text = secrets.token_urlsafe(RANDOM_BYTES) if is_random else ask("pin")
    secret = bytearray(text.encode("utf-8", "surrogateescape"))
    wrap_secret(asking(settings), path, secret, purpose_of(path))
    typer.echo(f"{file}: wrapped")


@app.command("rotate")
def rotate(
    master: SourceOption = None,
    data: DataOption = None,
) -> None:
    """Wrap all under another master key; services go on, and so does this after a crash. 轮换。

    Example: `qianyin secrets rotate --master file:/etc/qianyin/master-2.key`
    """
    vault = asking(settings_for(data))
    if master is not None:
        typer.echo(f"master key {name_master_key(vault, master)} ({master})")
    for name in rewrap(vault):
        typer.echo(f"{name}: wrapped anew")
    typer.echo("earlier master keys are still named; when all is well: qianyin secrets drop")


@app.command("drop")
def drop(data: DataOption = None) -> None:
    """Forget earlier master keys, once nothing is wrapped under them. 弃用旧主密钥。

    Example: `qianyin secrets drop`
    """
    for source in drop_earlier(asking(settings_for(data))):
        typer.echo(f"{source}: no longer named; erase it, and its copies")


def _within(settings: Settings, vault: Vault) -> tuple[Path, ...]:
    """Return the known secrets; one outside the folder is told of and left alone."""
    found = []
    for path in secret_files(settings):
        try:
            vault.name_of(path)
        except KeystoreError as error:
            typer.echo(f"{path}: {error}", err=True)
            continue
        found.append(path)
    return tuple(found)
