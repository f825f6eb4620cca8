"""`qianyin person`: the administrators."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.acting import AsOption, SecretOption, acting, say, write_secret
from api.cli.options import DataOption, settings_for
from api.migrating import open_current
from licenses.client_secrets import enrolment_text, new_secret, scrypt
from licenses.people import People, PersonRecord
from licenses.roles import Act, Right, Role, require_right

__all__ = ["app"]

app = typer.Typer(
    name="person", help="Administrators, three roles. 三类管理员", no_args_is_help=True
)

NameArgument = Annotated[str, typer.Argument(help="a-z, 0-9 and -, a letter first")]
FullNameOption = Annotated[str, typer.Option(help="As people read it. 姓名")]
RoleOption = Annotated[Role, typer.Option(help="For good: a person has one role.")]
EnrolmentOption = Annotated[str, typer.Option(help="What their `person secret` printed.")]
OutOption = Annotated[Path, typer.Option(help="File for the secret, made with mode 600.")]


@app.command("secret")
def secret(out: OutOption) -> None:
    """Make one's own secret, and print the enrolment that others may see. 生成本人密钥。

    Example: `qianyin person secret --out my.secret`
    """
    text, kept = new_secret(scrypt)
    write_secret(out, text)
    typer.echo(enrolment_text(kept))


@app.command("first")
def first(
    name: NameArgument,
    full_name: FullNameOption,
    role: RoleOption,
    out: OutOption,
    data: DataOption = None,
) -> None:
    """Register the first person of a role, while there has never been one. 首位管理员。

    Example: `qianyin person first zhang-shili --full-name 张示例 --role system --out zhang.secret`
    """
    now, (text, kept) = datetime.now(UTC), new_secret(scrypt)
    write_secret(out, text)
    person = PersonRecord(name, full_name, role, now, None)
    by = f"operator:{getpass.getuser()}"
    People(open_current(settings_for(data))).set_up_first(person, kept, by=by, now=now)
    typer.echo(f"{name}  {role}  {out}")


@app.command("add")
def add(  # noqa: PLR0913, PLR0917 - a person has these parts
    name: NameArgument,
    full_name: FullNameOption,
    role: RoleOption,
    enrolment: EnrolmentOption,
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Propose another person; one of the other role approves. 提议增加人员。

    Example: `qianyin person add zhao-moni --full-name 赵模拟 --role security --enrolment qye_…
    --as zhang-shili --secret-file zhang.secret`
    """
    payload = {"name": name, "full_name": full_name, "role": role, "enrolment": enrolment}
    _propose(Act.PERSON_ADD, payload, by, secret_file, data)


@app.command("replace-secret")
def replace_secret(
    name: NameArgument,
    enrolment: EnrolmentOption,
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Propose a new secret for somebody who lost theirs. 提议更换遗失的密钥。

    Example: `qianyin person replace-secret wang-xugou --enrolment qye_… --as zhang-shili
    --secret-file zhang.secret`
    """
    payload = {"name": name, "enrolment": enrolment}
    _propose(Act.PERSON_SECRET, payload, by, secret_file, data)


@app.command("rotate")
def rotate(
    by: AsOption, secret_file: SecretOption, out: OutOption, data: DataOption = None
) -> None:
    """Replace one's own secret; the old one ends at once. 更换本人密钥。

    Example: `qianyin person rotate --as zhang-shili --secret-file zhang.secret --out new.secret`
    """
    with acting(data, by, secret_file) as desk:
        out.touch(mode=0o600, exist_ok=False)
        out.write_text(f"{desk.governance.people.rotate(by, now=desk.now)}\n", encoding="ascii")
    typer.echo(str(out))


@app.command("disable")
def disable(
    name: NameArgument, by: AsOption, secret_file: SecretOption, data: DataOption = None
) -> None:
    """Refuse a person from now on; one administrator is enough. 停用人员。

    Example: `qianyin person disable zhao-moni --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        desk.governance.people.disable(name, by=by, now=desk.now)
    typer.echo(f"{name}: disabled")


@app.command("list")
def show(by: AsOption, secret_file: SecretOption, data: DataOption = None) -> None:
    """List the administrators, never a secret. 列出管理员。

    Example: `qianyin person list --as wang-xugou --secret-file wang.secret`
    """
    with acting(data, by, secret_file) as desk:
        require_right(desk.person.role, Right.READ_PEOPLE)
        for one in desk.governance.people.all():
            state = "disabled" if one.disabled_at else "active"
            typer.echo(f"{one.name}  {one.role}  {state}  {one.full_name}")


def _propose(
    act: Act, payload: Mapping[str, object], by: str, secret_file: Path, data: Path | None
) -> None:
    with acting(data, by, secret_file) as desk:
        say(desk.governance.proposals.propose(act, payload, by=by, now=desk.now))
