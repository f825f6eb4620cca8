"""`qianyin client`: who may call the API."""

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import DataOption, settings_for
from api.migrating import open_current
from api.tokens import Scope
from licenses.clients import Clients

__all__ = ["app"]

app = typer.Typer(name="client", help="API clients. 接口调用方", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="a-z, 0-9 and -, a letter first")]
ScopeOption = Annotated[list[str], typer.Option(help=f"One of {', '.join(Scope)}.")]


@app.command("add")
def add(name: NameArgument, scope: ScopeOption, data: DataOption = None) -> None:
    """Register a client; its secret is shown this once. 登记调用方，密钥只显示一次。

    Example: `qianyin client add approvals --scope licenses:issue --scope licenses:read`
    """
    unknown = set(scope) - {one.value for one in Scope}
    if unknown:
        raise typer.BadParameter(
            f"unknown scope {', '.join(sorted(unknown))}", param_hint="--scope"
        )
    secret = _clients(data).add(name, frozenset(scope), by=_person(), now=datetime.now(UTC))
    _show(name, secret)


@app.command("rotate")
def rotate(
    name: NameArgument,
    overlap: Annotated[int, typer.Option(help="Hours the old secret stays good.")] = 24,
    data: DataOption = None,
) -> None:
    """Give a client a new secret. 更换密钥，旧密钥在重叠期内仍有效。

    Example: `qianyin client rotate approvals --overlap 24`
    """
    window = timedelta(hours=overlap)
    secret = _clients(data).rotate(name, overlap=window, by=_person(), now=datetime.now(UTC))
    _show(name, secret)


@app.command("disable")
def disable(name: NameArgument, data: DataOption = None) -> None:
    """Refuse a client from now on. 停用调用方。

    Example: `qianyin client disable approvals`
    """
    _clients(data).disable(name, by=_person(), now=datetime.now(UTC))
    typer.echo(f"{name}: disabled")


@app.command("unlock")
def unlock(name: NameArgument, data: DataOption = None) -> None:
    """Forget the wrong secrets that locked a client. 解除锁定。

    Example: `qianyin client unlock approvals`
    """
    _clients(data).unlock(name, by=_person(), now=datetime.now(UTC))
    typer.echo(f"{name}: unlocked")


@app.command("list")
def show(data: DataOption = None) -> None:
    """List clients, never a secret. 列出调用方。

    Example: `qianyin client list`
    """
    for one in _clients(data).all():
        state = "disabled" if one.disabled_at else "active"
        typer.echo(f"{one.name}  {state}  {' '.join(sorted(one.scopes))}")


def _clients(data: Path | None) -> Clients:
    return Clients(open_current(settings_for(data)))


def _person() -> str:
    return f"operator:{getpass.getuser()}"


def _show(name: str, secret: str) -> None:
    typer.echo(f"client_id      {name}\nclient_secret  {secret}")
    typer.echo("Keep it now: it is not stored and cannot be shown again.", err=True)
