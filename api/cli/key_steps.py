"""`qianyin key activate|rollover|retire|destroy|policy`: a key's life, on record."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for
from api.issuing_parts import now
from api.key_names import key_named
from api.migrating import open_current
from licenses.catalog import Catalog
from licenses.key_life import KeyStep
from licenses.key_policies import KeyPolicy
from licenses.keys import KeyName, Keys

__all__ = ["operator", "record", "register"]

KeyArgument = Annotated[str, typer.Argument(help="Alias, certificate file or serial (hex).")]


def register(app: typer.Typer) -> None:
    """Add the commands to `qianyin key`."""
    for command in (activate, rollover, retire, destroy, policy):
        app.command(command.__name__)(command)


def activate(key: KeyArgument, data: DataOption = None) -> None:
    """Let a key of keys.toml sign. 启用密钥。

    Example: `qianyin key activate seal-signer`
    """
    record(data, key_named(settings_for(data), key), KeyStep.ACTIVATE)


def rollover(
    old: KeyArgument,
    new: Annotated[str, typer.Argument(help="The key that takes its place.")],
    data: DataOption = None,
) -> None:
    """Put a key in another's place; until the old one is retired both may sign. 轮换密钥。

    What the old one sealed keeps verifying. Name the new one in keys.toml first.

    Example: `qianyin key rollover seal-signer seal-signer-2027`
    """
    settings = settings_for(data)
    names = (key_named(settings, old), key_named(settings, new))
    Keys(open_current(settings)).roll_over(*names, by=operator(), now=now())
    typer.echo(f"{names[0].alias}: ROLLED_OVER\n{names[1].alias}: ACTIVE")


def retire(key: KeyArgument, data: DataOption = None) -> None:
    """Let a key sign nothing more; what it sealed keeps verifying. 停用密钥。

    Example: `qianyin key retire seal-signer`
    """
    record(data, key_named(settings_for(data), key), KeyStep.RETIRE)


def destroy(key: KeyArgument, data: DataOption = None) -> None:
    """Note that a key was destroyed with the device's own tools. 登记密钥已销毁。

    Nothing is deleted here: a key file is deleted, a device's key erased, by hand and before.

    Example: `qianyin key destroy certificates/seal-signer.pem`
    """
    record(data, key_named(settings_for(data), key), KeyStep.DESTROY)


def policy(  # noqa: PLR0913, PLR0917 - one option each
    key: KeyArgument,
    purpose: Annotated[
        list[str] | None, typer.Option(help="license, audit; else both. 用途")
    ] = None,
    license_type: Annotated[list[str] | None, typer.Option(help="Else every type.")] = None,
    hours: Annotated[str, typer.Option(help="Such as 08:00-18:00, Beijing time.")] = "",
    per_day: Annotated[int | None, typer.Option(help="Licences on one day.")] = None,
    in_all: Annotated[int | None, typer.Option(help="Licences in all.")] = None,
    data: DataOption = None,
) -> None:
    """Say what a key may be used for; replaces what was said before. 设定密钥使用规则。

    Example: `qianyin key policy seal-signer --license-type animal_clinic --per-day 500`
    """
    for slug in license_type or ():
        Catalog.shipped().get(slug)
    rules = KeyPolicy(
        frozenset(purpose or KeyPolicy().purposes),
        frozenset(license_type or ()),
        hours,
        per_day,
        in_all,
    )
    settings = settings_for(data)
    name = key_named(settings, key)
    Keys(open_current(settings)).set_policy(name, rules, by=operator(), now=now())
    typer.echo(f"{name.alias}: {rules.to_row()}")


def record(data: Path | None, name: KeyName, step: KeyStep) -> None:
    """Take one step of the key's life and say where it leads."""
    keys = Keys(open_current(settings_for(data)))
    typer.echo(f"{name.alias}: {keys.step(name, step, by=operator(), now=now())}")


def operator() -> str:
    """Return who is at the keyboard, as the audit trail names them."""
    return f"operator:{getpass.getuser()}"
