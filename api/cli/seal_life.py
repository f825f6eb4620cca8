"""`qianyin seal register|suspend|withdraw|list|grants|uses`: what one person may do or read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.acting import AsOption, SecretOption, acting
from api.cli.options import DataOption
from api.use_lists import use_csv
from licenses.grant_records import Grant
from licenses.roles import Right, require_right

__all__ = ["add_commands"]

SealArgument = Annotated[str, typer.Argument(help="The seal's alias.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to `qianyin seal`."""
    app.command("register")(register)
    app.command("suspend")(suspend)
    app.command("withdraw")(withdraw)
    app.command("list")(show_all)
    app.command("uses")(uses)


def register(
    seal: SealArgument,
    name: Annotated[str, typer.Option(help="The seal's name. 印章名称")],
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Announce a seal before it is made or imported. 登记印章。

    Example: `qianyin seal register second --name 示例市农业农村局电子印章 --as zhang-shili
    --secret-file zhang.secret`
    """
    with acting(data, by, secret_file) as desk:
        made = desk.governance.seals.register(seal, name, by=by, now=desk.now)
    typer.echo(f"{made.alias}  {made.state}  {made.name}")


def suspend(
    seal: SealArgument,
    reason: Annotated[str, typer.Option(help="Why. 理由")],
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Take a seal out of use at once; one person stops, two resume. 停用印章。

    Example: `qianyin seal suspend authority --reason 核查 --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        made = desk.governance.seals.suspend(seal, reason=reason, by=by, now=desk.now)
    typer.echo(f"{made.alias}  {made.state}")


def withdraw(
    seal: SealArgument,
    grant: Annotated[int, typer.Option(help="The grant's number.")],
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """End a grant at once. 收回授权。

    Example: `qianyin seal withdraw authority --grant 2 --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        desk.governance.grants.withdraw(seal, grant, by=by, now=desk.now)
    typer.echo(f"{seal}: grant {grant} withdrawn")


def show_all(by: AsOption, secret_file: SecretOption, data: DataOption = None) -> None:
    """List seals and their grants. 列出印章与授权。

    Example: `qianyin seal list --as wang-xugou --secret-file wang.secret`
    """
    with acting(data, by, secret_file) as desk:
        require_right(desk.person.role, Right.READ_SEALS)
        for seal in desk.governance.seals.all():
            typer.echo(f"{seal.alias}  {seal.state}  {seal.name}")
            for one in desk.governance.grants.of_seal(seal.alias):
                typer.echo(_grant_line(one))


def _grant_line(grant: Grant) -> str:
    quota = f"{grant.used}/{grant.in_all or '∞'} in all, {grant.per_day or '∞'} a day"
    until = "withdrawn" if grant.withdrawn_at else f"until {grant.valid_until:%Y-%m-%d}"
    types = " ".join(grant.license_types)
    return f"  grant {grant.id}  {grant.client}  {types}  {quota}  {until}"


def uses(  # noqa: PLR0913, PLR0917 - what is asked for
    seal: SealArgument,
    by: AsOption,
    secret_file: SecretOption,
    since: Annotated[datetime | None, typer.Option("--from", help="UTC")] = None,
    until: Annotated[datetime | None, typer.Option(help="UTC")] = None,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write CSV there.")] = None,
    data: DataOption = None,
) -> None:
    """List every use of a seal, for the audit administrator. 用印记录。

    Example: `qianyin seal uses authority --from 2026-11-01 --csv uses.csv --as wang-xugou
    --secret-file wang.secret`
    """
    with acting(data, by, secret_file) as desk:
        require_right(desk.person.role, Right.READ_USES)
        found = desk.governance.uses.all(
            seal,
            since=since and since.replace(tzinfo=UTC),
            until=until and until.replace(tzinfo=UTC),
        )
        content = b"".join(use_csv(found))
    if to_csv is None:
        typer.echo(content.decode("utf-8-sig"), nl=False)
    else:
        to_csv.write_bytes(content)
        typer.echo(str(to_csv))
