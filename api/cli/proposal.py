"""`qianyin proposal`: what others ask for, read, and allowed or refused."""

from typing import Annotated

import typer

from api.cli.acting import AsOption, SecretOption, acting, say
from api.cli.options import DataOption
from licenses.proposal_records import ProposalState
from licenses.roles import Right, require_right

__all__ = ["app"]

app = typer.Typer(name="proposal", help="What takes two people. 双人复核", no_args_is_help=True)

NumberArgument = Annotated[int, typer.Argument(help="The proposal's number.")]


@app.command("list")
def show_all(
    by: AsOption,
    secret_file: SecretOption,
    state: Annotated[ProposalState | None, typer.Option(help="Those in this state.")] = None,
    data: DataOption = None,
) -> None:
    """List the newest proposals. 列出提议。

    Example: `qianyin proposal list --state OPEN --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        require_right(desk.person.role, Right.READ_PROPOSALS)
        for one in desk.governance.proposals.newest(state=state):
            told = "EXPIRED" if one.is_expired(desk.now) else one.state
            typer.echo(f"{one.id}  {one.act}  {told}  {one.proposed_by}  {one.payload_sm3}")


@app.command("show")
def show(
    number: NumberArgument, by: AsOption, secret_file: SecretOption, data: DataOption = None
) -> None:
    """Read exactly what would be done, and its digest. 查看提议。

    Example: `qianyin proposal show 3 --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        require_right(desk.person.role, Right.READ_PROPOSALS)
        say(desk.governance.proposals.find(number))


@app.command("approve")
def approve(
    number: NumberArgument,
    digest: Annotated[str, typer.Option(help="The digest that `show` printed.")],
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Allow what was proposed, and do it. 批准并执行。

    Example: `qianyin proposal approve 3 --digest 5fa2… --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        say(desk.governance.proposals.approve(number, seen_sm3=digest, by=by, now=desk.now))


@app.command("reject")
def reject(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Why. 理由")],
    by: AsOption,
    secret_file: SecretOption,
    data: DataOption = None,
) -> None:
    """Refuse it for good, or take one's own back. 驳回或撤回。

    Example: `qianyin proposal reject 3 --reason 材料不全 --as li-yangben --secret-file li.secret`
    """
    with acting(data, by, secret_file) as desk:
        say(desk.governance.proposals.reject(number, reason=reason, by=by, now=desk.now))
